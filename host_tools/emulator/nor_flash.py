"""The Pico's flash chip, a W25Q16JV, behind the chip's serial interface: commands, wear, power cuts.

What it cures in rp2040py: the unique id is not answered; a page program runs on into the next page; only two of the
erases are known; programs and erases take no time. Here they take the data sheet's typical times. Reading through the
execute-in-place window takes no time and never waits for an operation, so what takes time on the emulated flash takes
at least about that long on a real one.

Source: Winbond, W25Q16JV data sheet, revision H, sections 7 (status registers), 8 (instructions), 9.6 (times).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from host_tools.emulator import noise
from host_tools.emulator.doubtful_bits import DoubtfulBits
from host_tools.emulator.errors import OutsideFlashError
from host_tools.emulator.power_cuts import HALF, Cut, PlannedCut, PowerCutError, Tear, in_doubt, torn

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

# Typical times in nanoseconds (section 9.6): tPP, and by length tSE, tBE1, tBE2; tCE.
PROGRAM_NANOS: Final = 0.4e6
ERASE_NANOS: Final = {SECTOR: 45e6, 32 << 10: 120e6, 64 << 10: 150e6}
CHIP_ERASE_NANOS: Final = 5e9

_BUSY: Final = 0x01  # of status register 1
_WRITE_ENABLED: Final = 0x02  # of status register 1
_QUAD_ENABLE: Final = 0x02  # of status register 2; the Pico's boot code wants it
_ADDRESS_END: Final = 4  # instruction and three bytes of address
_JEDEC_ID: Final = (0xEF, 0x40)  # and the capacity, as a power of two
_IDLE_BUS: Final = 0xFF
_WORN_BYTES: Final = 100  # one in so many is bad in a sector beyond its endurance


@dataclass(frozen=True)
class FlashOperation:
    """An operation that the chip has begun, or carried out: PROGRAM or ERASE of `length` bytes at `offset`.

    `number` counts from 1; `before` is what was there; `nanos` is how long it takes.
    """

    kind: str
    offset: int
    length: int
    number: int
    before: bytes
    nanos: float


class _Change(NamedTuple):
    """From what to what an operation changes the flash, and a mask of the bits in doubt there; empty if none are."""

    offset: int
    before: bytes
    after: bytes
    doubt: bytes


class NorFlash:
    """`size` bytes in sectors of 4096, each of 16 pages; programming clears bits, erasing sets them.

    What an operation changes is changed as soon as it begins; while it takes its time the chip is `busy`, heeds no
    other command, and leaves a torn operation behind if its power goes. A processor that asks it meanwhile whether it
    is ready is passed over until it is: that is what asking again and again comes to.

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
        self._core: Any = mcu.core
        self._doubtful = DoubtfulBits(self.data, mcu.clock, seed)
        self._under_way: _Change | None = None
        self._done = mcu.clock.create_alarm(self._finish)
        self._polled = False  # whether the processor was passed over
        self._command = bytearray()
        self._write_enabled = False
        interface: Any = mcu.ssi
        interface._shift_byte = self._shift
        interface._apply_command = self._deselect

    def cut_power_at(
        self,
        number: int,
        cut: Cut = Cut.TORN,
        seed: int = 0,
        *,
        changed: float = HALF,
        doubtful: float = 0.0,
        weak: bool = False,
    ) -> None:
        """Raise PowerCutError, out of whatever lets time pass, at operation `number`, counted as `operations` is.

        What a torn operation leaves is told by the other arguments, as by those of Tear. Whoever catches the error
        takes the board's power away: the processor could go on.
        """
        self._planned = PlannedCut(number, cut, Tear(seed, changed, doubtful, weak))

    def tear(self, offset: int, before: bytes, after: bytes, how: Tear, doubt: bytes = b"") -> None:
        """Put at `offset`, the start of a page, what an operation that led from `before` to `after` leaves if torn.

        `doubt` is a mask of bits that were in doubt before it: those that it was to change, and has not, are so still.
        """
        content = torn(before, after, how.seed, how.changed)
        self.write(offset, content)
        doubtful = in_doubt(before, after, how.seed, how.doubtful)
        if doubt:
            doubtful = bytes(
                drawn | known & ~((old ^ new) & ~(now ^ new))
                for drawn, known, old, new, now in zip(doubtful, doubt, before, after, content, strict=True)
            )
        self._doubtful.put(offset, doubtful, weak=how.weak)

    def write(self, offset: int, data: bytes) -> None:
        """Put `data` at `offset`, whatever was there, as a programmer would. Raises OutsideFlashError."""
        if offset < 0 or offset + len(data) > self.size:
            raise OutsideFlashError(offset, len(data), self.size)
        self.data[offset : offset + len(data)] = data
        if self._doubtful:
            page, end = offset - offset % PAGE, offset + len(data)
            mask = bytearray(self._doubtful.at(page, end - page))
            mask[offset - page : end - page] = bytes(len(data))
            self._doubtful.put(page, mask)

    def power_on(self) -> None:
        """Power has come: no command is under way, and bits in doubt are drawn in a new way."""
        self.reset()
        self._write_enabled = False
        self._doubtful.power_on()

    def power_off(self) -> None:
        """Power has gone; an operation that was under way is torn."""
        if self._under_way:
            offset, before, after, doubt = self._under_way
            self.tear(
                offset, before, after, Tear(noise.number(self._seed, "power off", self.operations)), doubt
            )
        self._finish()
        self._doubtful.power_off()

    def reset(self) -> None:
        """The chip that drives this one was reset: a command that it had begun is forgotten."""
        self._command.clear()

    @property
    def busy(self) -> bool:
        """Whether an operation is under way."""
        return self._under_way is not None

    @property
    def polled(self) -> bool:
        """Whether the processor, which seems to wait for an event, asks when the operation under way will end."""
        return self._polled

    @property
    def doubtful(self) -> dict[int, int]:
        """Offset of each byte with bits that a torn operation left in doubt, and these bits."""
        return self._doubtful.masks()

    def _shift(self, byte: int) -> int:
        """One byte to the chip and one back, in the same eight clocks."""
        self._command.append(byte)
        position = len(self._command) - 1
        instruction = self._command[0]
        if position == 0:
            return _IDLE_BUS
        if instruction == READ_STATUS_1:
            return self._status()
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
        if self.busy:
            return  # it heeds nothing but being asked for its status
        if instruction in (WRITE_ENABLE, WRITE_DISABLE):
            self._write_enabled = instruction == WRITE_ENABLE
        elif instruction == PAGE_PROGRAM and len(command) > _ADDRESS_END and enabled:
            self._program(address, command[_ADDRESS_END:])
        elif instruction in ERASES and len(command) == _ADDRESS_END and enabled:
            length = ERASES[instruction]
            self._erase(address - address % length, length, ERASE_NANOS[length])
        elif instruction in CHIP_ERASES and enabled:
            self._erase(0, self.size, CHIP_ERASE_NANOS)

    def _status(self) -> int:
        if not self.busy:
            return _WRITE_ENABLED if self._write_enabled else 0
        self._polled = self._core.waiting = True
        return _BUSY | _WRITE_ENABLED

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
        targets = bytes(~latches.get(place, 0xFF) & 0xFF for place in range(PAGE))
        if not self.keeps_programs:
            after, targets = bytearray(before), bytes(PAGE)
        self._carry_out(PROGRAM, page, before, bytes(after), targets, PROGRAM_NANOS)

    def _erase(self, offset: int, length: int, nanos: float) -> None:
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
        self._carry_out(ERASE, offset, before, bytes(after), b"\xff" * length, nanos)

    def _carry_out(
        self, kind: str, offset: int, before: bytes, after: bytes, targets: bytes, nanos: float
    ) -> None:
        """Bring the content from `before` to `after`; the bits of the mask `targets` are then certain."""
        self._write_enabled = False
        number = self.operations + 1
        planned = self._planned if self._planned and self._planned.number == number else None
        if planned:
            self._planned = None
            if planned.cut is Cut.BEFORE:
                raise PowerCutError(number, planned.cut)
        self.operations = number
        change = self._change(offset, before, after, targets)
        if planned and planned.cut is Cut.TORN:
            self.tear(offset, change.before, after, planned.tear, change.doubt)
        else:
            self.data[offset : offset + len(after)] = after
            if change.doubt:
                left = bytes(bits & ~sure for bits, sure in zip(change.doubt, targets, strict=True))
                self._doubtful.put(offset, left)
        operation = FlashOperation(kind, offset, len(after), number, before, nanos)
        for call in self.on_operation:
            call(operation)
        if planned:
            raise PowerCutError(number, planned.cut)
        self._under_way = change
        self._done.schedule(nanos)

    def _change(self, offset: int, before: bytes, after: bytes, targets: bytes) -> _Change:
        """A target bit in doubt is still to be changed, whatever it reads as."""
        doubt = self._doubtful.at(offset, len(before)) if self._doubtful else b""
        if doubt:
            before = bytes(
                old & ~(bits & aimed) | ~new & bits & aimed
                for old, new, bits, aimed in zip(before, after, doubt, targets, strict=True)
            )
        return _Change(offset, before, after, doubt)

    def _finish(self) -> None:
        """The chip is ready again."""
        self._done.cancel()
        self._under_way = None
        if self._polled:
            self._polled = self._core.waiting = False


def install(mcu: RP2040, uid: bytes, size: int, seed: int = 0) -> NorFlash:
    """Give `mcu` this flash chip; call its `reset` after each chip reset. Raises ValueError for an impossible `uid`."""
    return NorFlash(mcu, uid, size, seed)
