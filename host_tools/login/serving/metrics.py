"""What Prometheus reads: each worker counts in a file of its own, and whichever is asked adds them up.

A file belongs to a place among the workers, not to a process: who replaces a dead worker goes on where it was. So sums
never fall, and there are no more files than places.

The folder is locked by the parent and by all that come of it by a fork, and so for as long as one of them lives. One
that nobody has locked was left by a service that had an unclean end.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

CONTENT_TYPE: Final = prometheus_client.CONTENT_TYPE_LATEST
FOLDER_NAMED_IN: Final = "PROMETHEUS_MULTIPROC_DIR"  # of the environment; the library reads it
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

PREFIX: Final = "picodsc-metrics-"
if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, flock

_place: int | str = "parent"


class MetricsFolder:
    """The files of all workers. The parent makes the folder before it forks, and removes it at the end.

    Folders that were left behind in the same place are removed, if they are this user's.
    """

    def __init__(self) -> None:
        remove_left_behind()
        self.path, self._lock = _made()
        os.environ[FOLDER_NAMED_IN] = str(self.path)
        # Also for the metrics of other modules, whenever they are made: the file follows the place.
        values.ValueClass = values.MultiProcessValue(lambda: _place)  # type: ignore[no-untyped-call]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        values.ValueClass = values.MutexValue
        os.environ.pop(FOLDER_NAMED_IN, None)
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)

    def forget_gauges(self, place: int) -> None:
        """A worker died: what it has now is nothing. What it counted stays."""
        mark_process_dead(place, str(self.path))  # type: ignore[no-untyped-call]


def remove_left_behind() -> None:
    """Remove the folders of services that are no more; what cannot be removed stays."""
    for each in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # no folder, or a service has it locked
            held = _opened(each)
            try:
                if os.fstat(held).st_uid == os.geteuid():
                    flock(held, LOCK_EX | LOCK_NB)
                    shutil.rmtree(each, ignore_errors=True)
            finally:
                os.close(held)


def _made() -> tuple[Path, int]:
    """A new folder, and the descriptor that has it locked. Raises OSError."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        held = None
        try:
            held = _opened(path)
            # Where there are no locks nobody gets one, and nobody removes it.
            with contextlib.suppress(OSError):
                flock(held, LOCK_EX)
            if path.exists():
                return path, held
        except FileNotFoundError:
            pass  # another service that started took it for one left behind
        if held is not None:
            os.close(held)


def _opened(path: Path) -> int:
    """A folder's descriptor; no link is followed, which anybody may put there. Raises OSError."""
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def take_place(place: int) -> None:
    """In a worker: count in the file of this place, which no other living worker has."""
    global _place
    _place = place


class RequestMetrics:
    """Requests by route, method and status, and how long they took."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "picodsc_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "picodsc_request_seconds", "Time to answer.", ("route",), buckets=SECONDS, registry=self.registry
        )
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._histograms: dict[str, Histogram] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is a template, for it names a series."""
        key = (method, route, status)
        counter = self._counters.get(key)
        if counter is None:  # `labels` takes longer than counting
            counter = self._counters[key] = self._requests.labels(method, route, str(status))
            self._histograms[route] = self._seconds.labels(route)
        counter.inc()
        self._histograms[route].observe(seconds)

    def exposition(self) -> bytes:
        """All workers' sums, in Prometheus's text format."""
        registry = self.registry
        if os.environ.get(FOLDER_NAMED_IN):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return prometheus_client.generate_latest(registry)
