"""A USB host with a cable to the chip: recognises the device, and is the other end of its serial port.

What it cures: rp2040py's host answers each time that the device is ready to receive with an empty packet if it has
nothing to send, every 10 µs, so that the firmware never sleeps. A host does not acknowledge then, which the device
does not notice. Its bus resets, addresses and transfers are rp2040py's, and take their times.

Sources: Universal Serial Bus specification 2.0, sections 8.5.3 (control transfers), 9.4 (standard requests); CDC
PSTN subclass 1.2, section 6.3 (SET_LINE_CODING, SET_CONTROL_LINE_STATE).
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from host_tools.emulator import usb_descriptors as descriptors

if TYPE_CHECKING:
    from rp2040py.rp2040 import RP2040

ADDRESS: Final = 1  # that the device is given
PACKET: Final = 64  # bytes of the largest one at full speed
GET_DESCRIPTOR, SET_ADDRESS, SET_CONFIGURATION = 6, 5, 9
SET_LINE_CODING, SET_CONTROL_LINE_STATE = 0x20, 0x22
TO_HOST, TO_DEVICE, TO_CLASS_INTERFACE = 0x80, 0x00, 0x21
DTR, RTS = 1, 2
LINE_CODING: Final = struct.pack("<IBBB", 115200, 0, 0, 8)  # 8N1
PULLUP_EN: Final = 1 << 16  # of SIE_CTRL (RP2040 data sheet, section 4.1.4)
ENGLISH: Final = 0x0409

_PAUSE: Final = 100e3  # nanoseconds between two control transfers
_PATIENCE: Final = 500e6  # for one; then it is given up


@dataclass
class _Transfer:
    """A control transfer: the setup packet, what goes to the device, and who gets what comes from it."""

    setup: bytes
    data: bytes
    done: Callable[[bytes], None]

    @property
    def to_host(self) -> bool:
        return bool(self.setup[0] & TO_HOST)

    @property
    def length(self) -> int:
        return int(struct.unpack_from("<H", self.setup, 6)[0])


class UsbHost:
    """Without a cable until `plug`. `connected` is whether the device can be used as a serial port.

    Everything that the device sends is taken at once, into memory without bounds; a real host has some KiB.
    """

    def __init__(self, mcu: RP2040) -> None:
        self._usb = cast("Any", mcu.usb_ctrl)
        self._clock = mcu.clock
        self.plugged = False
        self.connected = False
        self.vendor_id = self.product_id = 0
        self.serial_number = ""
        self.on_connect: list[Callable[[], None]] = []
        self.on_disconnect: list[Callable[[], None]] = []
        self.pull_ups = 0  # how often the device has switched its pull-up on
        self._next = mcu.clock.create_alarm(self._start)
        self._given_up = mcu.clock.create_alarm(self._give_up)
        self._status_over = mcu.clock.create_alarm(self._finish)
        usb = self._usb
        self._write_sie_ctrl = usb._handle_sie_ctrl_write
        usb._handle_sie_ctrl_write = self._sie_ctrl_written
        usb.on_usb_enabled = self._look
        usb.on_reset_received = self._enumerate
        usb.on_endpoint_write = self._sent_by_device
        usb.on_endpoint_read = self._ready_to_receive
        usb.on_reset = self._drop
        self._forget()

    @property
    def pulled_up(self) -> bool:
        """Whether the device shows itself on the bus: its pull-up resistor is on."""
        return bool(self._usb._sie_ctrl & PULLUP_EN)

    def plug(self) -> None:
        """Connect the cable."""
        if not self.plugged:
            self.plugged = True
            self._look()

    def unplug(self) -> None:
        """Pull the cable."""
        self.plugged = False
        self._drop()

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        """Say that a program has opened the port, or closed it. Without effect while there is no device."""
        if self.connected:
            lines = (DTR if dtr else 0) | (RTS if rts else 0)
            self._class_request(SET_CONTROL_LINE_STATE, lines)

    def send(self, data: bytes) -> None:
        """Have `data` sent to the device's serial port, as fast as it takes it."""
        self._outgoing += data
        self._serve()

    def receive(self, most: int | None = None) -> bytes:
        """What has come from the device's serial port, at most so many bytes; nothing of it is kept."""
        count = len(self._incoming) if most is None else min(most, len(self._incoming))
        data = bytes(self._incoming[:count])
        self._incoming[:count] = bytes(count)
        del self._incoming[:count]
        return data

    @property
    def waiting(self) -> int:
        """Bytes that `receive` would return."""
        return len(self._incoming)

    def _forget(self) -> None:
        """All that is known of a device."""
        self._transfers: deque[_Transfer] = deque()
        self._current: _Transfer | None = None
        self._control_data = bytearray()
        self._descriptors: descriptors.Serial | None = None
        self._outgoing = bytearray()
        self._incoming = bytearray()
        self._room: int | None = None  # bytes that the device is ready to receive, if it is

    def _drop(self) -> None:
        """The device has left the bus."""
        was_connected, self.connected = self.connected, False
        self._next.cancel()
        self._given_up.cancel()
        self._status_over.cancel()
        self._usb.reset_alarm.cancel()
        self._forget()
        if was_connected:
            for call in list(self.on_disconnect):
                call()

    def _sie_ctrl_written(self, value: int) -> None:
        before = self.pulled_up
        self._write_sie_ctrl(value)
        if self.pulled_up and not before:
            self.pull_ups += 1
            self._look()
        elif before and not self.pulled_up:
            self._drop()

    def _look(self) -> None:
        """Reset the bus if there is a device on it."""
        if self.plugged and self.pulled_up and not self.connected:
            self._drop()
            self._usb.reset_device()

    def _enumerate(self) -> None:
        """The device has seen the bus reset: ask what it is, and use its first configuration."""
        self._forget()
        self._get(descriptors.DEVICE, 0, 8, lambda _: None)
        self._transfer(TO_DEVICE, SET_ADDRESS, ADDRESS, 0, 0, lambda _: None)
        self._get(descriptors.DEVICE, 0, descriptors.DEVICE_LENGTH, self._device_known)

    def _device_known(self, data: bytes) -> None:
        if len(data) < descriptors.DEVICE_LENGTH:
            return  # what does not say what it is cannot be used
        device = descriptors.device(data)
        self.vendor_id, self.product_id = device.vendor_id, device.product_id
        if device.serial_index:
            self._get(
                descriptors.STRING, device.serial_index, 255, self._serial_number_known, language=ENGLISH
            )
        self._get(descriptors.CONFIGURATION, 0, descriptors.CONFIGURATION_LENGTH, self._length_known)

    def _serial_number_known(self, data: bytes) -> None:
        self.serial_number = data[2:].decode("utf-16-le", "replace")

    def _length_known(self, data: bytes) -> None:
        if len(data) < descriptors.CONFIGURATION_LENGTH:
            return
        self._get(descriptors.CONFIGURATION, 0, descriptors.total_length(data), self._configuration_known)

    def _configuration_known(self, data: bytes) -> None:
        self._descriptors = descriptors.serial_port(data)
        if self._descriptors:
            self._transfer(TO_DEVICE, SET_CONFIGURATION, 1, 0, 0, self._configured)

    def _configured(self, _: bytes) -> None:
        self._class_request(SET_LINE_CODING, 0, LINE_CODING)
        self.connected = True
        for call in list(self.on_connect):
            call()

    def _class_request(self, request: int, value: int, data: bytes = b"") -> None:
        interface = self._descriptors.control_interface if self._descriptors else 0
        self._transfer(TO_CLASS_INTERFACE, request, value, interface, len(data), lambda _: None, data)

    def _get(
        self, kind: int, index: int, length: int, done: Callable[[bytes], None], language: int = 0
    ) -> None:
        self._transfer(TO_HOST, GET_DESCRIPTOR, kind << 8 | index, language, length, done)

    def _transfer(
        self,
        kind: int,
        request: int,
        value: int,
        index: int,
        length: int,
        done: Callable[[bytes], None],
        data: bytes = b"",
    ) -> None:
        setup = struct.pack("<BBHHH", kind, request, value, index, length)
        self._transfers.append(_Transfer(setup, data, done))
        if self._current is None:
            self._next.schedule(_PAUSE)

    def _start(self) -> None:
        if self._current is None and self._transfers:
            self._current = self._transfers.popleft()
            self._control_data.clear()
            self._given_up.schedule(_PATIENCE)
            self._usb.send_setup_packet(self._current.setup)

    def _finish(self) -> None:
        """The status stage is over."""
        transfer, self._current = self._current, None
        self._given_up.cancel()
        if transfer:
            transfer.done(bytes(self._control_data))
        if self._transfers and self._current is None:
            self._next.schedule(_PAUSE)

    def _give_up(self) -> None:
        """The device does not answer: a request that it does not know, perhaps."""
        self._current = None
        self._status_over.cancel()
        if self._transfers:
            self._next.schedule(_PAUSE)

    def _sent_by_device(self, endpoint: int, data: bytes) -> None:
        if endpoint == 0 and self._current:
            if self._current.to_host:
                self._control_data += data  # its end is told by the device's readiness for the status stage
            else:
                self._finish()
        elif self._descriptors and endpoint == self._descriptors.in_endpoint:
            self._incoming += data

    def _ready_to_receive(self, endpoint: int, size: int) -> None:
        if endpoint == 0:
            if self._current and self._current.to_host:
                self._usb.endpoint_read_done(0, b"")
                # The last of its data may still be on its way.
                self._status_over.schedule(self._usb.write_delay_microseconds * 1000)
            elif self._current:
                self._usb.endpoint_read_done(0, self._current.data[:size])
        elif self._descriptors and endpoint == self._descriptors.out_endpoint:
            self._room = size
            self._serve()

    def _serve(self) -> None:
        """Send a packet if there is one and the device is ready; else the device waits, without knowing it."""
        if self._room is None or not self._outgoing or not self._descriptors:
            return
        count = min(self._room, PACKET, len(self._outgoing))
        self._usb.endpoint_read_done(self._descriptors.out_endpoint, bytes(self._outgoing[:count]))
        self._outgoing[:count] = bytes(count)
        del self._outgoing[:count]
        self._room = None


def install(mcu: RP2040) -> UsbHost:
    """Give the chip's USB controller a host, with the cable not yet plugged."""
    return UsbHost(mcu)
