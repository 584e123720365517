"""Which refusals are told at once, and which are only counted: pure, for one process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock


@dataclass(slots=True)
class _Told:
    name: str | None
    at: datetime
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
            if told is not None and told.at <= now < told.at + every:
                told.more += 1
                return None
            self._told[user] = _Told(name, now, 0)
            return 1 if told is None else 1 + told.more

    def due(self, now: datetime, every: timedelta) -> list[tuple[str | None, int]]:
        """Whose time is over: the name, and how many were only counted, to be told now. They are forgotten here."""
        with self._lock:
            over = {user: one for user, one in self._told.items() if not one.at <= now < one.at + every}
            for user in over:
                del self._told[user]
            return [(one.name, one.more) for one in over.values() if one.more]
