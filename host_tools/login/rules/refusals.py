"""Which refusals are told at once, and which are only counted: pure, for one process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock


@dataclass(slots=True)
class _Told:
    """When somebody was last told of, None if that was lost, and how often he was only counted since."""

    name: str | None
    at: datetime | None
    more: int

    def holds(self, now: datetime, every: timedelta) -> bool:
        return self.at is not None and self.at <= now < self.at + every


@dataclass(frozen=True, slots=True)
class Due:
    """A user of whom it is to be told how many of his refusals were only counted."""

    user: int
    name: str | None
    more: int


class Refusals:
    """What was told of whom, and how many more there were since. Threads may share it."""

    def __init__(self) -> None:
        self._told: dict[int, _Told] = {}
        self._lock = Lock()

    def times(self, user: int, name: str | None, now: datetime, every: timedelta) -> int | None:
        """How many refusals one that is told now stands for, itself included; None if it is only counted.

        A user is told of once in a time of `every`.
        """
        with self._lock:
            told = self._told.get(user)
            if told is not None and told.holds(now, every):
                told.more += 1
                return None
            self._told[user] = _Told(name, now, 0)
            return 1 if told is None else 1 + told.more

    def due(self, now: datetime, every: timedelta) -> list[Due]:
        """Whose time is over, to be told now. They are forgotten here."""
        with self._lock:
            over = {user: one for user, one in self._told.items() if not one.holds(now, every)}
            for user in over:
                del self._told[user]
            return [Due(user, one.name, one.more) for user, one in over.items() if one.more]

    def put_back(self, lost: Due) -> None:
        """What was to be told is not on record after all: the next one is told at once, and stands for these, too."""
        with self._lock:
            told = self._told.pop(lost.user, None)
            more = lost.more + (0 if told is None else told.more)
            if more:
                self._told[lost.user] = _Told(lost.name, None, more)
