"""A production line: units one after another, each by the next order; what came of each, and how fast it goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import or_, select

from host_tools.inventory import Inventory, Token, TokenState
from host_tools.inventory.recording import token_of
from host_tools.inventory.schema import TokenRow
from host_tools.station.errors import OtherOrderError
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


def made_before(inventory: Inventory, recipes: Iterable[Recipe]) -> dict[int, Token]:
    """Which orders of a list have their token already, in doubt or made: line -> token.

    An order is known by its reference, or by its serial. Raises OtherOrderError if that token was made by another one.
    """
    made: dict[int, Token] = {}
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
            query = select(TokenRow).where(or_(*known), TokenRow.state.not_in(NOT_MADE))
            for row in session.scalars(query.order_by(TokenRow.id)):
                if not _is_of(row, recipe):
                    raise OtherOrderError(recipe.line, row.serial, row.reference, row.user)
                made[recipe.line] = token_of(row)
    return made


def _is_of(row: TokenRow, recipe: Recipe) -> bool:
    """Whether what the order says of its token is so. Whose it is now may have changed since."""
    for wanted, found in ((recipe.serial, row.serial), (recipe.reference, row.reference)):
        if None not in (wanted, found) and wanted != found:
            return False
    return recipe.reference is not None or recipe.user in (None, row.user)
