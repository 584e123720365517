"""A USB serial port as firmware makes one, by the controller's registers; it can refuse, or talk nonsense."""

import struct

USB, DPRAM = 0x5011_0000, 0x5010_0000
MAIN_CTRL, SIE_CTRL, SIE_STATUS, BUFF_STATUS = (USB + offset for offset in (0x40, 0x4C, 0x50, 0x58))
PULL_UP, BUS_RESET, SETUP_RECEIVED = 1 << 16, 1 << 19, 1 << 17
AVAILABLE, LENGTH = 1 << 10, 0x3FF
ENDPOINT, BUFFERS = 2, (0x180, 0x1C0)  # of the data; its buffers in the DPRAM, in and out
POLL_NANOS = 20_000
GET_DESCRIPTOR, SET_CONFIGURATION = 6, 9

DEVICE = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0xEF, 2, 1, 64, 0x1209, 0xBEEF, 0x0100, 1, 2, 3, 1)


def interface(number: int, kind: int, endpoints: int = 2) -> bytes:
    return bytes([9, 4, number, 0, endpoints, kind, 0, 0, 0])


def endpoint(address: int, kind: int = 2) -> bytes:
    return struct.pack("<BBBBHB", 7, 5, address, kind, 64, 0)


def configuration(*parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), 2, 1, 0, 0x80, 50) + body


SERIAL = configuration(
    interface(0, 2, 1), endpoint(0x81, 3), interface(1, 10), endpoint(0x80 | ENDPOINT), endpoint(ENDPOINT)
)


class UsbDevice:
    """Looks at the controller every 20 µs. `requests` are the set-up packets that came, as (type, request, value).

    `ignored` are requests that it never answers; `takes` is whether it makes room for what the host sends.
    """

    def __init__(self, mcu, *, device=DEVICE, configured_as=SERIAL, serial="E660", ignored=(), takes=True):
        self.mcu = mcu
        self.device = device
        self.configuration = configured_as
        self.serial = serial
        self.ignored = set(ignored)
        self.takes = takes
        self.requests = []
        self.packets = []  # that came from the host to the serial port, empty ones too
        self._parts = []
        self._expects = False
        self._armed = False
        self._poll = mcu.clock.create_alarm(self._look)

    @property
    def received(self):
        return b"".join(self.packets)

    def switch_on(self):
        self._put(MAIN_CTRL, 1)
        self._put(SIE_CTRL, PULL_UP)
        self._poll.schedule(POLL_NANOS)

    def switch_off(self):
        self._put(SIE_CTRL, 0)
        self._poll.cancel()

    def send(self, data):
        """One packet to the host."""
        self._write(ENDPOINT, BUFFERS[0], data)

    def make_room(self):
        self._put(DPRAM + 0x84 + 8 * ENDPOINT, AVAILABLE | 64)

    def _put(self, address, value):
        self.mcu.write_uint32(address, value)

    def _write(self, number, buffer, data):
        self.mcu.usb_dpram[buffer : buffer + len(data)] = data
        self._put(DPRAM + 0x80 + 8 * number, AVAILABLE | len(data))

    def _look(self):
        self._poll.schedule(POLL_NANOS)
        status = self.mcu.read_uint32(SIE_STATUS)
        if status & BUS_RESET:
            self._parts, self._expects, self._armed = [], False, False
            self._put(SIE_STATUS, BUS_RESET)
        if status & SETUP_RECEIVED:
            self._put(SIE_STATUS, SETUP_RECEIVED)
            self._set_up(*struct.unpack("<BBHHH", bytes(self.mcu.usb_dpram[:8])))
        buffers = self.mcu.read_uint32(BUFF_STATUS)
        if buffers:
            self._put(BUFF_STATUS, buffers)
        if buffers & 1:
            self._next_part()
        if buffers & 2 and self._expects:
            self._expects = False
            self._write(0, 0x100, b"")
        if buffers & 2 << 2 * ENDPOINT:
            length = self.mcu.read_uint32(DPRAM + 0x84 + 8 * ENDPOINT) & LENGTH
            self.packets.append(bytes(self.mcu.usb_dpram[BUFFERS[1] : BUFFERS[1] + length]))
            self._armed = False
        if self._armed is False and self.takes and self._is_configured():
            self._armed = True
            self.make_room()

    def _is_configured(self):
        return any(request == SET_CONFIGURATION for _, request, _ in self.requests)

    def _set_up(self, kind, request, value, index, length):
        self.requests.append((kind, request, value))
        if request in self.ignored:
            return
        if request == GET_DESCRIPTOR:
            text = struct.pack("<BB", 2 + 2 * len(self.serial), 3) + self.serial.encode("utf-16-le")
            answer = {1: self.device, 2: self.configuration, 3: text}[value >> 8][:length]
            self._parts = [answer[start : start + 64] for start in range(0, len(answer), 64)]
            self._next_part()
        elif length:
            self._expects = True
            self._put(DPRAM + 0x84, AVAILABLE | length)
        else:
            if request == SET_CONFIGURATION:
                for offset, buffer in zip((0, 4), BUFFERS, strict=True):
                    self._put(DPRAM + 8 + 8 * (ENDPOINT - 1) + offset, 1 << 31 | 1 << 29 | buffer)
            self._write(0, 0x100, b"")

    def _next_part(self):
        if self._parts:
            self._write(0, 0x100, self._parts.pop(0))
            if not self._parts:
                self._put(DPRAM + 0x84, AVAILABLE)  # ready for the status stage
