"""The serials that may have been meant by one that no token has: looked for by index, however many there are."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from host_tools.inventory.schema import TokenRow

NEIGHBOURS: Final = 200  # serials before and after, in order
SUGGESTED: Final = 3
ALIKE: Final = 0.7  # of 1, as difflib counts
_CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
_LONGEST: Final = 32
_AT_ONCE: Final = 500  # values in one query


def nearest(session: Session, serial: str) -> list[str]:
    """Up to three serials, those one slip away first, then those with the fewest wrong places.

    A slip is a wrong, missing or additional character, or two swapped. The others are what is alike among the
    neighbours in order; of a small inventory that is all of it.
    """
    slipped = set(_one_slip_away(session, serial))
    candidates = slipped.union(_neighbours(session, serial))
    alike = difflib.get_close_matches(serial, sorted(candidates), n=10, cutoff=ALIKE)

    def wrong(one: str) -> tuple[bool, int]:
        return one not in slipped, sum(a != b for a, b in itertools.zip_longest(serial, one))

    return sorted(slipped.union(alike), key=wrong)[:SUGGESTED]


def slips(serial: str) -> set[str]:
    """All that one slip makes of a serial; none for a text that is too long to be one."""
    if len(serial) > _LONGEST + 1:
        return set()
    parts = [(serial[:place], serial[place:]) for place in range(len(serial) + 1)]
    return {
        *(before + after[1:] for before, after in parts if after),
        *(before + after[1] + after[0] + after[2:] for before, after in parts if len(after) > 1),
        *(before + one + after[1:] for before, after in parts if after for one in _CHARACTERS),
        *(before + one + after for before, after in parts for one in _CHARACTERS),
    } - {serial}


def _one_slip_away(session: Session, serial: str) -> Iterable[str]:
    wanted = sorted(slips(serial))
    for start in range(0, len(wanted), _AT_ONCE):
        yield from session.scalars(
            select(TokenRow.serial).where(TokenRow.serial.in_(wanted[start : start + _AT_ONCE]))
        )


def _neighbours(session: Session, serial: str) -> Iterable[str]:
    after = select(TokenRow.serial).where(TokenRow.serial >= serial).order_by(TokenRow.serial)
    before = select(TokenRow.serial).where(TokenRow.serial < serial).order_by(TokenRow.serial.desc())
    for query in (after, before):
        yield from session.scalars(query.limit(NEIGHBOURS))
