"""A production line: units one after another, each by the next order; what came of each, and how fast it goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import or_, select

from host_tools.inventory import Inventory, TokenState
from host_tools.inventory.schema import TokenRow
from host_tools.station.receipt import Receipt
from host_tools.station.recipes import Recipe

NOT_MADE = (TokenState.BLANK.value, TokenState.DESTROYED.value)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one unit: a receipt, or what went wrong. `seconds` is what it took."""

    recipe: Recipe
    seconds: float
    receipt: Receipt | None = None
    error: Exception | None = None


@dataclass
class Tally:
    """Counts of a line. `rate` is units in an hour, since the line was begun."""

    begun: float
    made: int = 0
    failed: int = 0

    def add(self, outcome: Outcome) -> None:
        """Count one."""
        if outcome.receipt is None:
            self.failed += 1
        else:
            self.made += 1

    def rate(self, now: float) -> float:
        """Units that were made, an hour."""
        return self.made * 3600 / max(now - self.begun, 1e-9)


def run(
    recipes: Iterable[Recipe],
    make: Callable[[Recipe], Receipt],
    expected: tuple[type[Exception], ...],
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Outcome]:
    """Make one unit by each recipe. An `expected` error is one unit's, and the line goes on; any other ends it."""
    for recipe in recipes:
        begun = clock()
        try:
            receipt = make(recipe)
        except expected as error:
            yield Outcome(recipe, clock() - begun, error=error)
        else:
            yield Outcome(recipe, clock() - begun, receipt)


def made_before(inventory: Inventory, recipes: Iterable[Recipe]) -> dict[int, str]:
    """Which orders of a list have their token already, in doubt or made: line -> serial.

    An order is known by its reference, or by its serial.
    """
    made: dict[int, str] = {}
    with inventory.reading() as session:
        for recipe in recipes:
            if recipe.reference is None and recipe.serial is None:
                continue
            known = [
                column == value
                for column, value in (
                    (TokenRow.reference, recipe.reference),
                    (TokenRow.serial, recipe.serial),
                )
                if value is not None
            ]
            query = select(TokenRow.serial).where(or_(*known), TokenRow.state.not_in(NOT_MADE))
            serial = session.scalar(query.limit(1))
            if serial is not None:
                made[recipe.line] = serial
    return made
