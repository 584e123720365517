"""What locks: pure functions over the times of failures, for the inventory and the login alike.

The limits are the policy's; SECURE_LOGIN.md 2.4 and 2.6 say what they are for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from host_tools.policy.rules import FailureRules


def locked_until(failures: Sequence[datetime], now: datetime, rules: FailureRules) -> datetime | None:
    """When a lock ends that failures at these times have brought about; None if there is none (any more)."""
    times = sorted(failures)
    ends = [
        last + rules.locked_for
        for first, last in zip(times, times[rules.in_a_row - 1 :], strict=False)
        if last - first < rules.within and now < last + rules.locked_for
    ]
    return max(ends, default=None)


def counting(unanswered: Sequence[datetime], rules: FailureRules) -> list[datetime]:
    """Of the times at which challenges expired unanswered, those that count as failures: so many within the time."""
    times = sorted(unanswered)
    counted: set[int] = set()
    for start, (first, last) in enumerate(zip(times, times[rules.unanswered - 1 :], strict=False)):
        if last - first < rules.within:
            counted.update(range(start, start + rules.unanswered))
    return [times[place] for place in sorted(counted)]


def blocked(failures: int, rules: FailureRules) -> bool:
    """Whether so many failures without a success block, until the user was identified (SECURE_LOGIN.md 2.7)."""
    return failures >= rules.without_success
