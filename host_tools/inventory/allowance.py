"""How much a credential is issued: some hundreds at once, and then one every three minutes.

So that after a restore it is known how many challenges can have been issued since the backup, at most. What is kept is
one time, until which all that was issued is paid off; each costs three minutes (virtual scheduling, ITU-T I.371). What
was issued, what is left, and what comes with time make a sum that never grows, whatever backups are restored in
whatever order: a restore goes to that sum, and leaves nothing for at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from host_tools.inventory.errors import AllowanceSpentError

AT_ONCE: Final = 480
EVERY: Final = timedelta(minutes=3)  # 480 a day


def paid(due: datetime | None, now: datetime) -> datetime:
    """Until when all is paid off that was issued, one more included. Raises AllowanceSpentError."""
    after = (now if due is None else max(due, now)) + EVERY
    if after - now > AT_ONCE * EVERY:
        raise AllowanceSpentError(after - AT_ONCE * EVERY)
    return after


def most_since(due: datetime | None, then: datetime, now: datetime) -> int:
    """The most that can have been issued between `then`, when `due` was as it is, and `now`."""
    begun = then if due is None else max(due, then)
    return max(0, (AT_ONCE * EVERY + now - begun) // EVERY)


def nothing_left(now: datetime) -> datetime:
    """What is due where the next one comes three minutes from now."""
    return now + AT_ONCE * EVERY
