"""What a flash cell array looks like when power fails in the middle of an operation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from host_tools.emulator import noise
from host_tools.emulator.errors import EmulatorError


class Cut(Enum):
    """When power fails: before an operation changes anything, within it, or as soon as it is complete."""

    BEFORE = "before"
    TORN = "torn"
    AFTER = "after"


class PowerCutError(EmulatorError):
    """Power failed at flash operation `number`, counted from 1 since the chip was made."""

    def __init__(self, number: int, cut: Cut) -> None:
        when = "within" if cut is Cut.TORN else cut.value
        super().__init__(f"power failed {when} flash operation {number}")
        self.number = number
        self.cut = cut


@dataclass(frozen=True)
class PlannedCut:
    """A cut to come. `seed` draws which of the target bits a torn operation has changed.

    With `doubtful` the bits that a torn operation was to change read differently after each power-on, until they
    are programmed or erased again; without, they stay as they were drawn.
    """

    number: int
    cut: Cut
    seed: int = 0
    doubtful: bool = False


def torn(before: bytes, after: bytes, seed: int) -> bytes:
    """A mixture of the content before and after: of the bits that differ, any subset has changed."""
    mask = noise.content(len(before), seed, "torn bits")
    return bytes(
        (old & ~chosen | new & chosen) & 0xFF for old, new, chosen in zip(before, after, mask, strict=True)
    )
