"""Power cuts in everything that a flow writes: at each operation, in each way, and how the boot after that may read."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from fakes.nor_flash import DOUBTS, SET, TEARS, NorFlash, PowerCut


@dataclass(frozen=True)
class Cut:
    """`flash` is about to boot; `where` tells the place in a failing test."""

    where: str
    flash: NorFlash
    operation: int


def cuts(flash: NorFlash, act: Callable[[NorFlash], object]) -> Iterator[Cut]:
    """All cuts of what `act` does to the flash, which is left as it is. There is at least one."""
    whole = flash.copy()
    act(whole)
    count = whole.operations
    assert count, "it writes nothing"
    ways = [("before", None, False), ("after", None, True), *((name, TEARS[name], False) for name in TEARS)]
    for operation in range(1, count + 1):
        for name, tear, after in ways:
            torn = flash.copy()
            torn.cut(operation, tear, after)
            with suppress(PowerCut):
                act(torn)
            for doubt in DOUBTS if torn.doubtful else (SET,):
                booted = torn.copy()
                booted.power_on(doubt)
                yield Cut(
                    f"operation {operation} of {count}, {name}, bits in doubt {doubt}", booted, operation
                )
