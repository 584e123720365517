"""An SSD1306 OLED controller on I²C: its command set, its memory, and the picture on the glass.

Source of all behaviour: Solomon Systech, SSD1306 data sheet, revision 1.1, sections 8 to 10, and its application
note on the charge pump.
"""

from __future__ import annotations

from typing import Final

from host_tools.display.frame import Frame
from host_tools.emulator import noise
from host_tools.emulator.ssd1306_rows import driven_rows

COLUMNS: Final = 128
PAGES: Final = 8

HORIZONTAL, VERTICAL, PAGE = 0, 1, 2  # addressing modes (section 10.1.3)

# How many parameter bytes follow a command byte; commands that are not here are reported as unknown.
_PARAMETERS: Final = {
    **dict.fromkeys(range(0x20), 0),  # column start for page addressing
    0x20: 1,  # addressing mode
    0x21: 2,  # column range
    0x22: 2,  # page range
    0x26: 6,  # scroll set-up, right
    0x27: 6,  # scroll set-up, left
    0x29: 5,  # scroll set-up, vertical and right
    0x2A: 5,  # scroll set-up, vertical and left
    0x2E: 0,  # scrolling off
    0x2F: 0,  # scrolling on
    **dict.fromkeys(range(0x40, 0x80), 0),  # display start line
    0x81: 1,  # contrast
    0x8D: 1,  # charge pump
    0xA0: 0,
    0xA1: 0,  # segment re-map
    0xA3: 2,  # vertical scroll area
    0xA4: 0,
    0xA5: 0,  # follow memory, all on
    0xA6: 0,
    0xA7: 0,  # normal, inverse
    0xA8: 1,  # multiplex ratio
    0xAD: 1,  # current reference (SSD1306B)
    0xAE: 0,
    0xAF: 0,  # display off, on
    **dict.fromkeys(range(0xB0, 0xB8), 0),  # page start for page addressing
    0xC0: 0,
    0xC8: 0,  # COM scan direction
    0xD3: 1,  # display offset
    0xD5: 1,  # clock divider
    0xD9: 1,  # pre-charge period
    0xDA: 1,  # COM pins
    0xDB: 1,  # VCOMH level
    0xE3: 0,  # no operation
}
# Commands whose effect cannot be seen on a still picture; `settings` keeps their parameters.
_INVISIBLE: Final = frozenset({0x29, 0x2A, 0x26, 0x27, 0xA3, 0xAD, 0xD5, 0xD9, 0xDB, 0xE3})

# By whether all is on and whether it is inverted, for each bit: a memory byte -> 1 if that pixel of it is lit.
_LIT: Final = {
    (all_on, inverted): [
        bytes((bool(byte >> bit & 1) or all_on) != inverted for byte in range(256)) for bit in range(8)
    ]
    for all_on in (False, True)
    for inverted in (False, True)
}

ADDRESSES: Final = (0x3C, 0x3D)  # by the level of SA0 (section 8.1.5)
_STATUS_OFF: Final = 0x40  # of the status byte: the display is off (section 9.1)


class SSD1306:
    """The controller behind a `width` x `height` panel, as an I²C device.

    `write` takes what a master sends after the address byte. Commands that the chip does not have, and
    those with parameters that it does not allow, are listed in `unknown` as byte values and change nothing; what
    it has and this model has not is listed in `unmodelled` by name. Nothing is guessed.

    `contrast` (0 to 255) says how bright the lit pixels of `frame()` are. On a module the panel's high voltage comes
    from the charge pump, and without it nothing is seen; `external_vcc` is for panels with a supply of their own.
    With a `seed` the memory holds noise when power comes, as in a real chip; with None it holds zeros.
    """

    def __init__(
        self,
        width: int = 128,
        height: int = 64,
        *,
        address: int = ADDRESSES[0],
        external_vcc: bool = False,
        seed: int | None = None,
    ) -> None:
        if not (1 <= width <= COLUMNS and 1 <= height <= 8 * PAGES):
            raise ValueError(
                f"an SSD1306 drives {COLUMNS} by {8 * PAGES} pixels at most, not {width} by {height}"
            )
        if address not in ADDRESSES:
            raise ValueError(f"{address:#04x} is no address of an SSD1306: 0x3c or 0x3d")
        self.width = width
        self.height = height
        self.address = address
        self.external_vcc = external_vcc
        self.seed = seed
        self.unknown: list[int] = []
        self.unmodelled: list[str] = []
        self.frames = 0  # complete passes over the addressed window
        self._res_low = False
        self._power_ups = 0
        self._memory = bytearray(COLUMNS * PAGES)  # one byte is eight rows of one segment, as in section 8.7
        self.power_on()

    def power_on(self) -> None:
        """Power comes: the memory holds anything, and the module pulses RES#."""
        self.powered = True
        if self.seed is None:
            self._memory[:] = bytes(COLUMNS * PAGES)
        else:
            self._memory[:] = noise.content(COLUMNS * PAGES, self.seed, "display memory", self._power_ups)
        self._power_ups += 1
        self.reset()

    def power_off(self) -> None:
        """Power goes: the panel is dark and answers nobody."""
        self.powered = False

    @property
    def res_low(self) -> bool:
        """Whether RES# is held low: the chip is in reset and answers nobody."""
        return self._res_low

    @res_low.setter
    def res_low(self, low: bool) -> None:
        self._res_low = low
        self.reset()

    def reset(self) -> None:
        """The state after RES# (section 8.5); the memory keeps its content."""
        self.on = False
        self.contrast = 0x7F
        self.inverted = False
        self.all_on = False
        self.charge_pump = False
        self.scrolling = False
        self.settings: dict[int, bytes] = {}
        self._mode = PAGE
        self._columns = (0, COLUMNS - 1)
        self._pages = (0, PAGES - 1)
        self._column = 0
        self._page = 0
        self._page_mode_column = 0
        self._start_line = 0
        self._offset = 0
        self._rows = 64
        self._remap = False
        self._scan_down = False
        self._com_pins = 0x12
        self._pending: list[int] = []

    @property
    def glows(self) -> bool:
        """Whether the panel has what it needs to show anything: power, high voltage, and display on."""
        return self.powered and self.on and (self.charge_pump or self.external_vcc)

    def accepts(self, number: int, byte: int) -> bool:
        """Whether byte `number` of a transaction, 0 being the address, is acknowledged: all, or none."""
        return self.powered and not self._res_low

    def read(self, length: int) -> bytes:
        """The status byte, again and again: all that can be read over I²C."""
        return bytes([0 if self.on else _STATUS_OFF]) * length

    def write(self, data: bytes) -> None:
        """One I²C write transaction: control bytes, each with one byte or the rest behind it (section 8.1.5.2)."""
        position = 0
        while position < len(data):
            control = data[position]
            position += 1
            is_data = bool(control & 0x40)
            end = position + 1 if control & 0x80 else len(data)
            payload = data[position:end]
            position = end
            if is_data:
                self._store(payload)
            else:
                for byte in payload:
                    self._command(byte)

    def frame(self) -> Frame:
        """What is on the glass now, be the pixels bright or dim; black if nothing glows."""
        pages = [0] * ((self.height + 7) // 8)  # numbers of a byte a column
        if self.glows:
            first = (COLUMNS - self.width) // 2  # narrow panels use the middle segments
            lit = _LIT[self.all_on, self.inverted]
            for y, row in enumerate(self._shown_rows()):
                if row is not None:
                    source = row // 8 * COLUMNS + first
                    pixels = self._memory[source : source + self.width].translate(lit[row % 8])
                    pages[y // 8] |= int.from_bytes(pixels, "little") << y % 8
        data = b"".join(page.to_bytes(self.width, "little") for page in pages)
        return Frame.from_vlsb(data, self.width, self.height)

    def _shown_rows(self) -> list[int | None]:
        """The memory row that each line of the glass shows, from the top; None where no row is driven."""
        rows = driven_rows(self.width, self.height, self._rows, self._offset, self._scan_down, self._com_pins)
        return [None if row is None else (row + self._start_line) % 64 for row in rows]

    def _command(self, byte: int) -> None:
        self._pending.append(byte)
        command = self._pending[0]
        if command not in _PARAMETERS:
            self.unknown.append(command)
            self._pending = []
        elif len(self._pending) == 1 + _PARAMETERS[command]:
            parameters = self._pending[1:]
            self._pending = []
            self._execute(command, parameters)

    def _execute(self, command: int, parameters: list[int]) -> None:
        if command in _INVISIBLE:
            self.settings[command] = bytes(parameters)
        elif command < 0x10:
            self._page_mode_column = self._page_mode_column & 0x70 | command
            self._column = self._page_mode_column
        elif command < 0x20:
            self._page_mode_column = self._page_mode_column & 0x0F | (command & 0x07) << 4
            self._column = self._page_mode_column
        elif command in (0x20, 0x21, 0x22):
            self._set_addressing(command, parameters)
        elif command in (0x2E, 0x2F):
            self.scrolling = command == 0x2F
            if self.scrolling:
                self.unmodelled.append("scrolling (0x2F)")
        elif 0x40 <= command < 0x80:
            self._start_line = command & 0x3F
        elif command == 0x81:
            self.contrast = parameters[0]
        elif command == 0x8D:
            self.charge_pump = bool(parameters[0] & 0x04)
        elif command in (0xA0, 0xA1):
            self._remap = command == 0xA1
        elif command in (0xA4, 0xA5):
            self.all_on = command == 0xA5
        elif command in (0xA6, 0xA7):
            self.inverted = command == 0xA7
        elif command == 0xA8:
            self._set_rows(parameters[0])
        elif command in (0xAE, 0xAF):
            self.on = command == 0xAF
        elif 0xB0 <= command < 0xB8:
            self._page = command & 7
        elif command in (0xC0, 0xC8):
            self._scan_down = command == 0xC8
        elif command == 0xD3:
            self._offset = parameters[0] & 0x3F
        elif command == 0xDA:
            self._com_pins = parameters[0] & 0x30

    def _set_addressing(self, command: int, parameters: list[int]) -> None:
        if command == 0x20:
            if parameters[0] & 3 > PAGE:
                self.unknown.append(command)
            else:
                self._mode = parameters[0] & 3
            return
        mask = COLUMNS - 1 if command == 0x21 else PAGES - 1
        first, last = parameters[0] & mask, parameters[1] & mask
        if first > last:
            self.unknown.append(command)  # must not be (sections 10.1.4 and 10.1.5)
        elif command == 0x21:
            self._columns = (first, last)
            self._column = first
        else:
            self._pages = (first, last)
            self._page = first

    def _set_rows(self, ratio: int) -> None:
        rows = (ratio & 0x3F) + 1
        if rows < 16:
            self.unknown.append(0xA8)  # ratios below 16 are invalid (section 10.1.11)
        else:
            self._rows = rows

    def _store(self, data: bytes) -> None:
        stored = 0
        while stored < len(data):
            run = data[stored : stored + self._room()]
            # The segment re-map acts when data is written, not when it is shown (section 8.7).
            if self._remap:
                begin = self._page * COLUMNS + self._column
                self._memory[begin : begin + len(run)] = run
            else:
                end = (self._page + 1) * COLUMNS - self._column
                self._memory[end - len(run) : end] = run[::-1]
            self._column += len(run) - 1
            self._advance()
            stored += len(run)

    def _room(self) -> int:
        """How many bytes from here on go into the same page, each into the next column."""
        if self._mode == VERTICAL:
            return 1
        ends = self._mode == HORIZONTAL and self._column <= self._columns[1]
        return (self._columns[1] if ends else COLUMNS - 1) - self._column + 1

    def _advance(self) -> None:
        if self._mode == PAGE:
            self._column = (self._column + 1) % COLUMNS
        elif self._mode == HORIZONTAL:
            if self._next_column():
                self._next_page()
        elif self._next_page():
            self._next_column()

    def _next_column(self) -> bool:
        """Step the column in its range; True if it wrapped."""
        wrapped = self._column == self._columns[1]
        self._column = self._columns[0] if wrapped else (self._column + 1) % COLUMNS
        return wrapped

    def _next_page(self) -> bool:
        """Step the page in its range; True if it wrapped."""
        wrapped = self._page == self._pages[1]
        self._page = self._pages[0] if wrapped else (self._page + 1) % PAGES
        if wrapped:
            self.frames += 1
        return wrapped
