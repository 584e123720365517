"""What Prometheus reads: each worker counts in a file of its own, and whichever is asked adds them up.

A file belongs to a place among the workers, not to a process: who replaces a dead worker goes on where it was. So sums
never fall, and there are no more files than places.
"""

from __future__ import annotations

import os
import shutil
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

_place: int | str = "parent"


class MetricsFolder:
    """The files of all workers. The parent makes the folder before it forks, and removes it at the end."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="picodsc-metrics-"))
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

    def forget_gauges(self, place: int) -> None:
        """A worker died: what it has now is nothing. What it counted stays."""
        mark_process_dead(place, str(self.path))  # type: ignore[no-untyped-call]


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
