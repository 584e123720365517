"""How far a token's clock is off, in steps of its codes by time: remembered, and found again (RFC 6238 section 6).

A step is accepted once for ever: none up to `last_step` is looked at, whichever way the drift or a clock has moved.
One code beside the drift may have been typed late. Two in a row to the same side say that the clock has run off; until
the second one is there, codes of both are looked for: of the clock as it was, and as the last code had it.
"""

from __future__ import annotations

from host_tools.inventory.judging import nearby
from host_tools.inventory.schema import CredentialRow
from host_tools.policy.rules import CodeRules


def greatest(reach: CodeRules, step: int) -> int:
    """How many steps, of so many seconds each, a clock may be off either way; never less than one code may be."""
    return max(int(reach.greatest_drift.total_seconds()) // step, reach.drift_steps)


def expected(row: CredentialRow, present: int, reach: CodeRules, step: int) -> list[int]:
    """The steps one of which a code may be of: the one that the token's clock should have, and then those beside it.

    Where the last code leant to one side, those beside that one, too.
    """
    most = greatest(reach, step)
    drift = max(-most, min(row.drift, most))
    floor = _first_unused(row)
    steps = dict.fromkeys([*nearby(present + drift, reach), *nearby(present + drift + row.lean, reach)])
    return [one for one in steps if one >= floor and abs(one - present) <= most]


def searched(row: CredentialRow, present: int, reach: CodeRules, step: int) -> range:
    """The steps among which two codes in a row are looked for."""
    most = greatest(reach, step)
    return range(max(_first_unused(row), present - most), present + most + 1)


def remember(row: CredentialRow, accepted: int, present: int) -> None:
    """One code, of the step `accepted`, was accepted at the step `present`; with the one before, it may move the drift.

    It goes as far as both of them lean.
    """
    lean = accepted - present - row.drift
    moved = min(lean, row.lean, key=abs) if lean * row.lean > 0 else 0
    row.last_step = accepted
    row.drift += moved
    row.lean = lean - moved


def found(row: CredentialRow, last: int, present: int) -> None:
    """Two codes in a row, the second one of the step `last`, have shown at the step `present` where the clock is."""
    row.last_step = last
    row.drift = last - present
    row.lean = 0


def _first_unused(row: CredentialRow) -> int:
    return 0 if row.last_step is None else row.last_step + 1
