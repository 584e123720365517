"""A clock that jumps: it is compared with one that does not, and with the latest time that is on record.

The policy says what is done then. *Hold* means that the time goes on from where it was, by the clock that does not
jump, until the other one is back where it should be. *Go on* believes the clock; *refuse* stops. A new process knows
the record only: what it finds later than that may be a jump, or a night when nothing ran, and is believed.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import NamedTuple

from host_tools.login.rules.errors import ClockError
from host_tools.policy.rules import ClockRules, Jump


class Verdict(enum.StrEnum):
    """What became of the clock."""

    FINE = "fine"
    WENT_BACK = "went back"
    JUMPED_AHEAD = "jumped ahead"


@dataclass(frozen=True, slots=True)
class Reading:
    """The time to go by (UTC), what the clock shows (UTC), and by how much it has jumped: below zero for back."""

    at: datetime
    shows: datetime
    verdict: Verdict
    by: timedelta


def utc_now() -> datetime:
    """The time of day, in UTC."""
    return datetime.now(UTC)


def steady_seconds() -> float:
    """Seconds of a clock that nobody sets, and that goes on while the machine sleeps, where there is one."""
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):  # the latter sleeps on Linux, and does not on macOS
        clock = getattr(time, name, None)
        if clock is not None:
            return time.clock_gettime(clock)
    return time.monotonic()


class _Sample(NamedTuple):
    """What the clock showed, and the steady seconds before and after: a thread may be suspended in between."""

    before: float
    shows: datetime
    after: float

    @property
    def took(self) -> timedelta:
        return timedelta(seconds=self.after - self.before)


class Clock:
    """The time of day, judged at every reading. It may be shared by threads.

    Small steps, up to the policy's tolerance within its time, are followed, but never back: no two readings are in the
    wrong order unless the policy lets the clock go back.
    """

    def __init__(
        self,
        wall: Callable[[], datetime] = utc_now,
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        """`wall` gives the time of day (UTC), `steady` the seconds of a clock that does not jump."""
        self._wall = wall
        self._steady = steady
        self._lock = Lock()
        first = min((self._sample() for _ in range(3)), key=lambda one: one.took)
        self._from(first.before, first.shows)
        self._last = first.shows

    def read(self, rules: ClockRules, latest: datetime | None = None) -> Reading:
        """The time, by the rules; `latest` is the latest time on record. Raises ClockError."""
        with self._lock:
            reading = self._judged(self._sample(), rules, latest)
            self._last = reading.at
            return reading

    def _judged(self, sample: _Sample, rules: ClockRules, latest: datetime | None) -> Reading:
        elapsed = timedelta(seconds=sample.before - self._steady_then)
        expected = self._time_then + elapsed
        floor = self._last
        if latest is not None:
            floor = max(floor, latest)
            if latest > expected + rules.tolerance:
                # Somebody has gone by a later time: this clock, before its process began, or another one since.
                self._from(sample.before, latest)
                expected = latest
        by = sample.shows - expected
        if by < -rules.tolerance:
            action, verdict = rules.back, Verdict.WENT_BACK
        elif by > rules.tolerance + sample.took:
            action, verdict = rules.ahead, Verdict.JUMPED_AHEAD
        else:
            if elapsed >= rules.within and sample.took < rules.tolerance:
                self._from(sample.before, sample.shows)
            return Reading(max(sample.shows, floor), sample.shows, Verdict.FINE, timedelta())
        if action is Jump.REFUSE:
            raise ClockError(sample.shows, by)
        if action is Jump.GO_ON:
            self._from(sample.before, sample.shows)
            return Reading(sample.shows, sample.shows, verdict, by)
        return Reading(max(expected, floor), sample.shows, verdict, by)

    def _sample(self) -> _Sample:
        return _Sample(self._steady(), self._wall(), self._steady())

    def _from(self, steady: float, time_then: datetime) -> None:
        """From now on, the time is counted on from this one."""
        self._steady_then = steady
        self._time_then = time_then
