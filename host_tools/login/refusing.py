"""Refusals of the first factor in the audit log: each that counts, and of those that count for nobody only some.

Else whoever tries passwords of a login that is locked, or of users that there are not, would fill the disk. The first
one is told at once, and how many more there were when the policy's time is over, or the service ends.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from host_tools.inventory import audit
from host_tools.login.rules.refusals import Due
from host_tools.login.system import LoginSystem, Work

EVENT: Final = "first factor refused"


def note(work: Work, user: int, name: str | None, *, counts: bool) -> None:
    """Tell of a refusal, or count it. That takes the same work: it must not tell whether a login is locked.

    `counts`: it is a failure of the user's; a login that is open has few of them before it is locked.
    """
    every, refusals = work.rules.failures.told_every, work.system.refusals
    times = 1 if counts else refusals.times(user, name, work.now, every)
    if times is not None and not counts:
        work.if_lost(partial(refusals.put_back, Due(user, name, times - 1)))
    last = audit.head(work.session).sequence
    _write(work, name, times or 1)
    audit.take_back(work.session, last if times is None else last + 1)


def tell(system: LoginSystem, *, at_end: bool = False) -> None:
    """Tell how many were only counted, where the time for it is over; `at_end` tells all."""
    with system.reading() as work:
        now, every = work.now, work.rules.failures.told_every
    found = system.refusals.due(now, timedelta() if at_end else every)
    if not found:
        return
    try:
        with system.writing() as work:
            for one in found:
                _write(work, one.name, one.more)
    except BaseException:
        for one in found:
            system.refusals.put_back(one)
        raise


def _write(work: Work, name: str | None, times: int) -> None:
    if times == 1:
        work.note(EVENT, user=name)
    else:
        work.note(EVENT, user=name, times=times)
