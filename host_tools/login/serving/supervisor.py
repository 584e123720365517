"""The parent of the workers: forks them, replaces the dead, reloads them one by one, stops them in order."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from host_tools.login.serving import logs
from host_tools.login.serving.errors import ServingError, StartError
from host_tools.login.serving.master_key import MasterKeySecrets
from host_tools.login.serving.metrics import MetricsFolder
from host_tools.login.serving.settings import Settings
from host_tools.login.serving.worker import FAILED, READY, Service, Shared, run_forked

HANDLED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
STEADY_SECONDS: Final = 10.0  # a worker that lived so long did not die of its start
LONGEST_BACK_OFF: Final = 30.0
FIRST_BACK_OFF: Final = 0.5
KILL_SECONDS: Final = 5.0  # beyond the time for requests under way
TICK_SECONDS: Final = 1.0
NEEDS_RESTART: Final = ("host", "port", "remembered", "database", "master_key")


@dataclass(slots=True, eq=False)
class Worker:
    """A worker as its parent knows it. `said` is what it reported; times are of the monotonic clock."""

    pid: int
    place: int
    report: int
    generation: int
    since: float
    said: bytes = b""
    stop_by: float | None = None
    killed: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether it answers, and goes on to."""
        return self.said.startswith(READY) and self.stop_by is None


class Supervisor:
    """Runs the service until it is told to stop. No thread, engine or event loop may exist in this process."""

    def __init__(
        self,
        service: Service,
        settings: Settings,
        shared: Shared,
        secrets: MasterKeySecrets,
        folder: MetricsFolder,
        *,
        reread: Callable[[], tuple[Service, Settings]],
        ready: Callable[[], None],
    ) -> None:
        """`ready` is called once, when all answer.

        `reread` gives what the workers of a reload are made of, or raises ServingError. It is asked once for a
        generation: who replaces a dead worker is made of the same, whatever the files say by then.
        """
        self._service, self._settings, self._shared = service, settings, shared
        self._secrets, self._folder = secrets, folder
        self._reread, self._ready = reread, ready
        self._workers: list[Worker] = []
        self._generation = 0
        self._before: tuple[Service, Settings] | None = None  # of the generation that a reload replaces
        self._failures = 0
        self._next_start = 0.0
        self._was_ready = self._said_ready = self._stopping = False
        self._killed = 0
        self._log = logs.set_up(settings.log_level, worker="parent")
        self._selector = selectors.DefaultSelector()
        self._lifeline, self._life = os.pipe()
        self._signals, self._wake = socket.socketpair()

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; how many workers had to be killed. SIGHUP reloads. Raises StartError."""
        with self._handling_signals():
            try:
                while self._workers or not self._stopping:
                    self._step()
                    self._wait()
            finally:
                for worker in self._workers:  # only if something was raised
                    os.kill(worker.pid, signal.SIGKILL)
                    os.waitpid(worker.pid, 0)
                os.close(self._life)
                os.close(self._lifeline)
        return self._killed

    def _step(self) -> None:
        now = time.monotonic()
        self._reap(now)
        for worker in self._workers:
            late = not worker.said and now - worker.since > self._settings.start_seconds + KILL_SECONDS
            if not worker.killed and (late or (worker.stop_by is not None and now > worker.stop_by)):
                worker.killed = True
                self._log.error("worker killed: it took too long", pid=worker.pid)
                self._killed += 1
                os.kill(worker.pid, signal.SIGKILL)
        if not self._stopping:
            self._replace(now)
        ready = sum(worker.is_ready for worker in self._workers)
        self._shared.crew.set(ready, self._settings.workers)
        self._was_ready |= ready > 0
        if ready >= self._settings.workers and not self._said_ready:
            self._said_ready = True
            self._ready()

    def _replace(self, now: float) -> None:
        """Start what is missing; in a reload, one at a time, and stop an old one for each that is ready."""
        fresh = [one for one in self._workers if one.generation == self._generation and one.stop_by is None]
        old = [one for one in self._workers if one.generation != self._generation and one.stop_by is None]
        wanted = self._settings.workers
        if self._before is None:
            for _ in range(wanted - len(fresh)):
                if now >= self._next_start:
                    self._start(now)
            return
        ready = sum(one.is_ready for one in fresh)
        for one in old[: max(0, ready + len(old) - wanted)]:
            self._stop(one, now)
        if ready == len(fresh) and len(fresh) < wanted:
            self._start(now)
        elif ready >= wanted:
            for one in fresh[wanted:] + old:
                self._stop(one, now)
            self._before = None
            self._log.info("reloaded", workers=wanted)

    def _start(self, now: float) -> None:
        place = next(n for n in range(len(self._workers) + 1) if all(n != one.place for one in self._workers))
        reading, writing = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        try:
            pid = os.fork()
            if pid == 0:
                os._exit(self._as_child(place, reading, writing))
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
        os.close(writing)
        os.set_blocking(reading, False)
        worker = Worker(pid, place, reading, self._generation, now)
        self._workers.append(worker)
        self._selector.register(reading, selectors.EVENT_READ, worker)
        self._log.info("worker started", pid=pid, place=place)

    def _as_child(self, place: int, reading: int, writing: int) -> int:
        """In the child: keep nothing of the parent's, above all not its end of the lifeline; then work."""
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGINT, signal.SIGHUP):  # a terminal sends them to all; the parent decides
                signal.signal(number, signal.SIG_IGN)
            for number in (signal.SIGTERM, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
            self._selector.close()
            for descriptor in (self._life, reading, *(one.report for one in self._workers)):
                os.close(descriptor)
            self._signals.close()
            self._wake.close()
            return run_forked(
                place, self._service, self._settings, self._shared, self._secrets, writing, self._lifeline
            )
        except BaseException as error:  # noqa: BLE001 - the parent's stack must not unwind in a child
            self._log.error("worker failed", **logs.about(error))
            return 1

    def _stop(self, worker: Worker, now: float) -> None:
        worker.stop_by = now + self._settings.stop_seconds + KILL_SECONDS
        os.kill(worker.pid, signal.SIGTERM)

    def _reap(self, now: float) -> None:
        for worker in list(self._workers):
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid == 0:
                continue
            self._listen(worker)
            self._selector.unregister(worker.report)
            os.close(worker.report)
            self._workers.remove(worker)
            self._folder.forget_gauges(worker.place)
            if worker.stop_by is None and not self._stopping:
                self._died(worker, os.waitstatus_to_exitcode(status), now)
            else:
                self._log.info("worker ended", pid=worker.pid)

    def _died(self, worker: Worker, code: int, now: float) -> None:
        reason = worker.said.partition(FAILED)[2].decode() or (
            f"signal {-code}" if code < 0 else f"exit code {code}"
        )
        self._log.error("worker died", pid=worker.pid, reason=reason)
        if self._before is not None and worker.generation == self._generation and not worker.is_ready:
            self._give_up_reload(now)
        self._failures = 1 if now - worker.since > STEADY_SECONDS else self._failures + 1
        pause = 0.0 if self._failures == 1 else FIRST_BACK_OFF * 2.0 ** (self._failures - 2)
        self._next_start = now + min(pause, LONGEST_BACK_OFF)
        if not self._was_ready and not self._workers:
            raise StartError(self._settings.workers, reason)

    def _reload(self) -> None:
        try:
            service, settings = self._reread()
        except ServingError as error:
            self._log.error("not reloaded", reason=str(error))
            return
        fixed = [name for name in NEEDS_RESTART if getattr(settings, name) != getattr(self._settings, name)]
        if fixed:
            self._log.warning("some settings take a restart", settings=fixed)
        if self._before is None:
            self._before = self._service, self._settings
        self._service, self._settings = service, settings
        self._generation += 1
        self._next_start = 0.0

    def _give_up_reload(self, now: float) -> None:
        """Those of before go on, with what they were made of."""
        assert self._before is not None  # noqa: S101 - its caller looked
        self._log.error("not reloaded: a new worker could not start; the old ones go on")
        for one in self._workers:
            if one.generation == self._generation and one.stop_by is None:
                self._stop(one, now)
        self._generation += 1
        for one in self._workers:
            if one.stop_by is None:
                one.generation = self._generation
        (self._service, self._settings), self._before = self._before, None

    def _wait(self) -> None:
        for key, _ in self._selector.select(TICK_SECONDS if self._workers else FIRST_BACK_OFF / 2):
            if isinstance(key.data, Worker):
                self._listen(key.data)
            else:
                for number in self._signals.recv(64):
                    self._signalled(number)

    def _listen(self, worker: Worker) -> None:
        with contextlib.suppress(BlockingIOError):
            worker.said += os.read(worker.report, 4096)

    def _signalled(self, number: int) -> None:
        now = time.monotonic()
        if number == signal.SIGHUP and not self._stopping:
            self._reload()
        elif number in (signal.SIGTERM, signal.SIGINT):
            if self._stopping and number == signal.SIGINT:  # Ctrl-C, and again: at once
                for one in self._workers:
                    one.stop_by = now
            elif not self._stopping:
                self._stopping = True
                self._log.info("stopping", signal=signal.Signals(number).name)
                self._shared.listener.close()  # the last worker's close then is the last
                for one in self._workers:
                    self._stop(one, now)

    @contextlib.contextmanager
    def _handling_signals(self) -> Iterator[None]:
        self._signals.setblocking(False)
        self._wake.setblocking(False)
        self._selector.register(self._signals, selectors.EVENT_READ, None)
        before = {number: signal.signal(number, lambda *_: None) for number in HANDLED}
        descriptor = signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(descriptor)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._selector.close()
            self._signals.close()
            self._wake.close()
