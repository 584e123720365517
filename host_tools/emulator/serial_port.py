"""The device's serial port as programs on a computer see it: an object with pyserial's interface, in emulated time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from mpremote.transport_serial import SerialTransport
from serial import SerialException

from host_tools.emulator.usb_host import UsbHost

STEP_MS: Final = 1
IDLE_MS: Final = 20  # that pass when somebody asks whether anything has come, and nothing has
LONGEST_MS: Final = 60_000  # for a read without a time-out: nobody waits for ever here


class EmulatedSerial:
    """A port that is open from the start. `run` lets so many emulated milliseconds pass; time-outs are in those.

    Raises serial.SerialException once the device has left.
    """

    def __init__(self, usb: UsbHost, run: Callable[[float], None], timeout: float | None = None) -> None:
        """Raises SerialException if no device is there."""
        self.timeout = timeout
        self.port = "emulated"
        self.baudrate = 115200
        self.is_open = True
        self._usb = usb
        self._run = run
        self._gone = False
        self._dtr = self._rts = True
        usb.on_disconnect.append(self._vanish)
        self._require()
        usb.set_lines(dtr=True, rts=True)

    def isOpen(self) -> bool:  # noqa: N802 - pyserial's name
        """Whether it has not been closed."""
        return self.is_open

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        self._require()
        return self._usb.waiting

    def inWaiting(self) -> int:  # noqa: N802 - pyserial's old name, by which mpremote asks again and again
        """The same, after a moment has passed if there are none: who asks in a loop lets no other time pass."""
        self._require()
        if not self._usb.waiting:
            self._run(IDLE_MS)
        return self._usb.waiting

    def read(self, size: int = 1) -> bytes:
        """`size` bytes, or fewer after the time-out (seconds)."""
        self._require()
        left: float = LONGEST_MS if self.timeout is None else self.timeout * 1000
        while self._usb.waiting < size and left > 0:
            self._run(STEP_MS)
            self._require()
            left -= STEP_MS
        if self.timeout is None and self._usb.waiting < size:
            raise SerialException(f"{size} bytes did not come within {LONGEST_MS // 1000} s")
        return self._usb.receive(size)

    def write(self, data: bytes) -> int:
        """Send all of `data`, as fast as the device takes it."""
        self._require()
        self._usb.send(bytes(data))
        self._run(STEP_MS)
        return len(data)

    def flush(self) -> None:
        """What was written has been handed over already."""

    def reset_input_buffer(self) -> None:
        """Drop what has come."""
        self._usb.receive()

    def close(self) -> None:
        """Let go of the port; the device is told, if it is still there."""
        if self.is_open:
            self.is_open = False
            if self._vanish in self._usb.on_disconnect:  # not on a board that was taken back to before
                self._usb.on_disconnect.remove(self._vanish)
            if not self._gone:
                self._usb.set_lines(dtr=False, rts=False)

    @property
    def dtr(self) -> bool:
        """Data terminal ready."""
        return self._dtr

    @dtr.setter
    def dtr(self, level: bool) -> None:
        self._dtr = level
        self._lines()

    @property
    def rts(self) -> bool:
        """Request to send."""
        return self._rts

    @rts.setter
    def rts(self, level: bool) -> None:
        self._rts = level
        self._lines()

    def _lines(self) -> None:
        if self.is_open and not self._gone:
            self._usb.set_lines(dtr=self._dtr, rts=self._rts)

    def _vanish(self) -> None:
        self._gone = True

    def _require(self) -> None:
        if not self.is_open:
            raise SerialException("the port is closed")
        if self._gone or not self._usb.connected:
            raise SerialException("the device has left")


def open_transport(serial: Any, name: str = "emulated") -> SerialTransport:
    """mpremote's transport on a port that is open already."""
    transport = SerialTransport.__new__(SerialTransport)
    transport.in_raw_repl = False
    transport.use_raw_paste = True
    transport.device_name = name
    transport.mounted = False
    transport.is_pty = False
    transport.serial = serial
    return transport
