"""The Pico's flash chip, a W25Q16JV, behind the chip's serial interface: commands, wear, power cuts.

What it cures in rp2040py: the unique id is not answered; a page program runs on into the next page; only two of the
erases are known. Reading through the execute-in-place window takes no time and never waits for an operation, so what
takes time on the emulated flash takes at least that long on a real one.

Source: Winbond, W25Q16JV data sheet, revision H, sections 7 (status registers), 8 (instructions), 9.6 (times).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from host_tools.emulator import noise
from host_tools.emulator.errors import OutsideFlashError
from host_tools.emulator.power_cuts import Cut, PlannedCut, PowerCutError, torn

if TYPE_CHECKING:
    from rp2040py.rp2040 import RP2040

PAGE: Final = 256
SECTOR: Final = 4096
PROGRAM: Final = "program"
ERASE: Final = "erase"
UID_BYTES: Final = 8

WRITE_ENABLE, WRITE_DISABLE = 0x06, 0x04
READ_STATUS_1, READ_STATUS_2, READ_STATUS_3 = 0x05, 0x35, 0x15
PAGE_PROGRAM: Final = 0x02
READ_DATA: Final = 0x03
READ_UNIQUE_ID: Final = 0x4B
READ_JEDEC_ID: Final = 0x9F
ERASES: Final = {0x20: SECTOR, 0x52: 32 << 10, 0xD8: 64 << 10}  # instruction: bytes
CHIP_ERASES: Final = (0xC7, 0x60)

_WRITE_ENABLED: Final = 0x02  # of status register 1
_QUAD_ENABLE: Final = 0x02  # of status register 2; the Pico's boot code wants it
_ADDRESS_END: Final = 4  # instruction and three bytes of address
_JEDEC_ID: Final = (0xEF, 0x40)  # and the capacity, as a power of two
_IDLE_BUS: Final = 0xFF
_WORN_BYTES: Final = 100  # one in so many is bad in a sector beyond its endurance


@dataclass(frozen=True)
class FlashOperation:
    """An operation that the chip has carried out, or begun: PROGRAM or ERASE of `length` bytes at `offset`.

    `number` counts from 1; `before` is what was there.
    """

    kind: str
    offset: int
    length: int
    number: int
    before: bytes


class NorFlash:
    """`size` bytes in sectors of 4096, each of 16 pages; programming clears bits, erasing sets them.

    `wear` counts the erases of each sector. With an `endurance`, a sector that was erased more often keeps some bits
    at 0. With `keeps_programs` False, a chip at the end of its life, programming changes nothing.
    """

    def __init__(self, mcu: RP2040, uid: bytes, size: int, seed: int = 0) -> None:
        if len(uid) != UID_BYTES:
            raise ValueError(f"a unique id has {UID_BYTES} bytes, not {len(uid)}")
        self.uid = uid
        self.size = size
        self.data = memoryview(mcu.flash)[:size]
        self.wear = [0] * (size // SECTOR)
        self.endurance: int | None = None
        self.keeps_programs = True
        self.operations = 0
        self.on_operation: list[Callable[[FlashOperation], None]] = []
        self._seed = seed
        self._planned: PlannedCut | None = None
        self._doubtful: dict[int, int] = {}  # offset: the bits that read differently after each power-on
        self._power_ons = 0
        self._command = bytearray()
        self._write_enabled = False
        interface: Any = mcu.ssi
        interface._shift_byte = self._shift
        interface._apply_command = self._deselect

    def cut_power_at(
        self, number: int, cut: Cut = Cut.TORN, seed: int = 0, *, doubtful: bool = False
    ) -> None:
        """Raise PowerCutError, out of whatever lets time pass, at operation `number`, counted as `operations` is.

        Whoever catches it takes the board's power away: the processor could go on.
        """
        self._planned = PlannedCut(number, cut, seed, doubtful)

    def write(self, offset: int, data: bytes) -> None:
        """Put `data` at `offset`, whatever was there, as a programmer would. Raises OutsideFlashError."""
        if offset < 0 or offset + len(data) > self.size:
            raise OutsideFlashError(offset, len(data), self.size)
        self.data[offset : offset + len(data)] = data

    def power_on(self) -> None:
        """Power has come: no command is under way, and doubtful bits read in a new way."""
        self.reset()
        self._write_enabled = False
        self._power_ons += 1
        for offset, bits in self._doubtful.items():
            drawn = noise.number(self._seed, "doubtful bits", offset, self._power_ons) & bits
            self.data[offset] = self.data[offset] & ~bits & 0xFF | drawn

    def reset(self) -> None:
        """The chip that drives this one was reset: a command that it had begun is forgotten."""
        self._command.clear()

    @property
    def doubtful(self) -> dict[int, int]:
        """Offset and bits of what a torn operation left in doubt."""
        return dict(self._doubtful)

    def _shift(self, byte: int) -> int:
        """One byte to the chip and one back, in the same eight clocks."""
        self._command.append(byte)
        position = len(self._command) - 1
        instruction = self._command[0]
        if position == 0:
            return _IDLE_BUS
        if instruction == READ_STATUS_1:
            return _WRITE_ENABLED if self._write_enabled else 0
        if instruction == READ_STATUS_2:
            return _QUAD_ENABLE
        if instruction == READ_STATUS_3:
            return 0
        if instruction == READ_JEDEC_ID:
            identity = (*_JEDEC_ID, self.size.bit_length() - 1)
            return identity[position - 1] if position <= len(identity) else 0
        if instruction == READ_UNIQUE_ID and position > _ADDRESS_END:
            return self.uid[(position - _ADDRESS_END - 1) % UID_BYTES]
        if instruction == READ_DATA and position >= _ADDRESS_END:
            return self.data[(self._address() + position - _ADDRESS_END) % self.size]
        return _IDLE_BUS

    def _deselect(self) -> None:
        """The command is complete: what programs and erases does so now."""
        command = bytes(self._command)
        if not command:
            return
        instruction = command[0]
        enabled, address = self._write_enabled, self._address() if len(command) >= _ADDRESS_END else 0
        self._command.clear()
        if instruction in (WRITE_ENABLE, WRITE_DISABLE):
            self._write_enabled = instruction == WRITE_ENABLE
        elif instruction == PAGE_PROGRAM and len(command) > _ADDRESS_END and enabled:
            self._program(address, command[_ADDRESS_END:])
        elif instruction in ERASES and len(command) == _ADDRESS_END and enabled:
            self._erase(address - address % ERASES[instruction], ERASES[instruction])
        elif instruction in CHIP_ERASES and enabled:
            self._erase(0, self.size)

    def _address(self) -> int:
        return int.from_bytes(self._command[1:_ADDRESS_END], "big") % self.size

    def _program(self, address: int, data: bytes) -> None:
        page = address - address % PAGE
        before = bytes(self.data[page : page + PAGE])
        after = bytearray(before)
        latches: dict[int, int] = {}
        for index, byte in enumerate(data):
            latches[(address + index) % PAGE] = byte  # the last one for a place counts
        for place, byte in latches.items():
            after[place] &= byte
        if not self.keeps_programs:
            after = bytearray(before)
        self._carry_out(PROGRAM, page, before, bytes(after), latches)

    def _erase(self, offset: int, length: int) -> None:
        before = bytes(self.data[offset : offset + length])
        after = bytearray(b"\xff" * length)
        for sector in range(offset // SECTOR, (offset + length) // SECTOR):
            self.wear[sector] += 1
            if self.endurance is not None and self.wear[sector] > self.endurance:
                begin = sector * SECTOR - offset
                for place in range(SECTOR):
                    draw = noise.number(self._seed, "worn", sector, place)
                    if draw % _WORN_BYTES == 0:
                        after[begin + place] = draw >> 8 & 0xFF
        self._carry_out(ERASE, offset, before, bytes(after), None)

    def _carry_out(
        self, kind: str, offset: int, before: bytes, after: bytes, latches: dict[int, int] | None
    ) -> None:
        self._write_enabled = False
        number = self.operations + 1
        planned = self._planned if self._planned and self._planned.number == number else None
        if planned and planned.cut is Cut.BEFORE:
            self._planned = None
            raise PowerCutError(number, planned.cut)
        self.operations = number
        content = torn(before, after, planned.seed) if planned and planned.cut is Cut.TORN else after
        self.data[offset : offset + len(content)] = content
        self._settle(offset, len(content), latches)
        if planned and planned.cut is Cut.TORN and planned.doubtful:
            for place, (old, new) in enumerate(zip(before, after, strict=True)):
                if old != new:
                    self._doubtful[offset + place] = self._doubtful.get(offset + place, 0) | old ^ new
        operation = FlashOperation(kind, offset, len(content), number, before)
        for call in self.on_operation:
            call(operation)
        if planned:
            self._planned = None
            raise PowerCutError(number, planned.cut)

    def _settle(self, offset: int, length: int, latches: dict[int, int] | None) -> None:
        """Bits that were erased, or programmed to 0, are in doubt no more."""
        for place in [place for place in self._doubtful if offset <= place < offset + length]:
            left = 0 if latches is None else self._doubtful[place] & latches.get(place - offset, 0xFF)
            if left:
                self._doubtful[place] = left
            else:
                del self._doubtful[place]


def install(mcu: RP2040, uid: bytes, size: int, seed: int = 0) -> NorFlash:
    """Give `mcu` this flash chip; call its `reset` after each chip reset. Raises ValueError for an impossible `uid`."""
    return NorFlash(mcu, uid, size, seed)
