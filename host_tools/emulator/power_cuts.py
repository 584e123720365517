"""What a flash cell array looks like when power fails in the middle of an operation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from host_tools.emulator import noise
from host_tools.emulator.errors import EmulatorError

HALF: Final = 0.5


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
class Tear:
    """What an interrupted operation does to the bits that it was to change: any of them, drawn by `seed`.

    A share of `doubtful` of them is in doubt: it reads differently each time, until it is programmed to 0 or erased.
    Of the others a share of `changed` has changed. A `weak` erase seems complete at first: for a while after the next
    power-on, doubtful bits read as 1.
    """

    seed: int = 0
    changed: float = HALF
    doubtful: float = 0.0
    weak: bool = False


@dataclass(frozen=True)
class PlannedCut:
    """A cut to come, and what it leaves if it comes within an operation."""

    number: int
    cut: Cut
    tear: Tear


def torn(before: bytes, after: bytes, seed: int, changed: float = HALF) -> bytes:
    """A mixture of the content before and after: of the bits that differ, any subset has changed."""
    mask = noise.bits(len(before), changed, seed, "torn bits")
    return bytes(
        (old & ~chosen | new & chosen) & 0xFF for old, new, chosen in zip(before, after, mask, strict=True)
    )


def in_doubt(before: bytes, after: bytes, seed: int, doubtful: float) -> bytes:
    """A mask of those bits that differ, or a share of them, which read differently each time."""
    mask = noise.bits(len(before), doubtful, seed, "doubtful bits")
    return bytes((old ^ new) & chosen for old, new, chosen in zip(before, after, mask, strict=True))
