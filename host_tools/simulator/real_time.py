"""A token that lives in real time: its clock follows ours, and typed keys wait for their turn."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from host_tools.display.frame import Frame
from host_tools.engines.base import Engine
from host_tools.engines.errors import EngineError, FirmwareStoppedError
from host_tools.engines.keys import position
from host_tools.simulator.script import TAP_MS

STEP_SECONDS: Final = 0.02  # as long as a key press or a frame may wait
MOST_SKIPPED_MS: Final = 200  # a machine that was busy for longer makes the token's time slower, not jumpy
REPORT_SECONDS: Final = 0.25  # how often the clock alone is worth a report
PACE_SECONDS: Final = 2.0  # the span that the pace is measured over


@dataclass(frozen=True)
class Snapshot:
    """A token at one moment: `time_ms` is its own clock, `pace` its speed against real time (1.0: equal).

    `stopped` says in a line why the firmware ended by itself or did not start; it is None while all is well.
    `asleep` is a display that went dark with the power on: the firmware takes the next key for waking it alone.
    """

    frame: Frame
    powered: bool = False
    asleep: bool = False
    stopped: str | None = None
    down: frozenset[str] = frozenset()
    time_ms: int = 0
    pace: float = 0.0
    faults: tuple[str, ...] = ()

    def looks_like(self, other: Snapshot) -> bool:
        """Whether only the clock differs."""
        mine = (self.powered, self.stopped, self.down, self.faults)
        return mine == (other.powered, other.stopped, other.down, other.faults) and self.frame == other.frame


@dataclass(frozen=True)
class _Move:
    """A key goes down or up, and stays so for at least `stay_ms` of the token's time."""

    key: str
    down: bool
    stay_ms: int


@dataclass
class _Pace:
    """The token's time against ours, over the last seconds."""

    samples: deque[tuple[float, int]] = field(default_factory=deque)

    def restart(self, now: float, time_ms: int) -> None:
        self.samples.clear()
        self.samples.append((now, time_ms))

    def measure(self, now: float, time_ms: int) -> float:
        self.samples.append((now, time_ms))
        while len(self.samples) > 2 and now - self.samples[1][0] >= PACE_SECONDS:
            self.samples.popleft()
        seconds = now - self.samples[0][0]
        return (time_ms - self.samples[0][1]) / 1000 / seconds if seconds > 0 else 0.0


class RealTimeToken:
    """Drives an engine from one thread, the one that calls `serve`; all other methods are safe from any.

    Key movements are carried out in order, each when the one before has lasted as long as a quick finger's
    would, so nothing that is typed fast is lost. Switching the power does not wait for its turn: it drops
    what is still to be typed. `report` is called from the serving thread.
    """

    def __init__(
        self, engine: Engine, report: Callable[[Snapshot], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` is in seconds."""
        self._engine = engine
        self._report = report
        self._clock = clock
        self._requests: queue.SimpleQueue[_Move | Callable[[], None]] = queue.SimpleQueue()
        self._moves: deque[_Move] = deque()
        self._ready_at_ms = 0
        self._time_ms = 0
        self._down: set[str] = set()
        self._stopped: str | None = None
        self._was_lit = False  # since it was switched on: before, it has not drawn anything yet
        self._pace = _Pace()
        self._reported: Snapshot | None = None
        self._reported_at = 0.0
        self._ending = False

    def tap(self, key: str) -> None:
        """Press and let go, as fast as a finger can. Raises UnknownKeyError, as the next three do."""
        self.hold(key, TAP_MS)

    def hold(self, key: str, milliseconds: int) -> None:
        """Press, keep down for that much of the token's time, let go."""
        self._enqueue(key, True, milliseconds)
        self._enqueue(key, False)

    def press(self, key: str) -> None:
        """Push a key down until it is released."""
        self._enqueue(key, True)

    def release(self, key: str) -> None:
        """Let a key go."""
        self._enqueue(key, False)

    def toggle_power(self) -> None:
        """Switch off, or on again, also after the firmware stopped."""
        self._requests.put(self._toggle)

    def quit(self) -> None:
        """Let `serve` return."""
        self._requests.put(self._end)

    def serve(self) -> None:
        """Switch the token on and run it until `quit`; the engine is closed then."""
        try:
            self._switch_on()
            self._run()
        finally:
            self._engine.close()

    def _enqueue(self, key: str, down: bool, stay_ms: int = TAP_MS) -> None:
        position(key)
        self._requests.put(_Move(key, down, stay_ms))

    def _run(self) -> None:
        last = self._clock()
        owed = 0.0  # milliseconds, with the fractions that a step left over
        while not self._ending:
            if self._take_request(last + STEP_SECONDS - self._clock()):
                continue
            now = self._clock()
            owed = min(owed + (now - last) * 1000, MOST_SKIPPED_MS)
            last = now
            whole = int(owed)
            owed -= whole
            self._guard(partial(self._advance, whole))
            self._tell()

    def _take_request(self, patience: float) -> bool:
        """Wait for a request, for so many seconds at most; whether there was one."""
        try:
            request = self._requests.get(timeout=patience) if patience > 0 else self._requests.get_nowait()
        except queue.Empty:
            return False
        if not isinstance(request, _Move):
            request()
        elif self._alive():
            self._moves.append(request)
        return True

    def _advance(self, milliseconds: int) -> None:
        """Let the token's time pass, with the key movements that fall into it."""
        end = self._time_ms + milliseconds
        while self._alive() and self._time_ms < end:
            if self._moves and self._time_ms >= self._ready_at_ms:
                self._move(self._moves.popleft())
                continue
            part = end if not self._moves else min(end, self._ready_at_ms)
            self._engine.run(part - self._time_ms)
            self._time_ms = part

    def _move(self, move: _Move) -> None:
        if move.down == (move.key in self._down):
            return
        if move.down:
            self._engine.press(move.key)
            self._down.add(move.key)
        else:
            self._engine.release(move.key)
            self._down.discard(move.key)
        self._ready_at_ms = self._time_ms + move.stay_ms

    def _toggle(self) -> None:
        alive = self._alive()
        self._forget_keys()
        self._stopped = None
        self._guard(self._engine.power_off)
        if not alive:
            self._switch_on()
        self._tell()

    def _alive(self) -> bool:
        return self._engine.powered and self._stopped is None

    def _switch_on(self) -> None:
        self._time_ms = self._ready_at_ms = 0
        self._was_lit = False
        self._guard(self._engine.power_on)
        self._pace.restart(self._clock(), 0)
        self._tell()

    def _end(self) -> None:
        self._ending = True

    def _forget_keys(self) -> None:
        self._moves.clear()
        self._down.clear()

    def _guard(self, step: Callable[[], None]) -> None:
        """A firmware that stops is something to show, not the end of the program."""
        try:
            step()
        except EngineError as error:
            self._forget_keys()
            self._stopped = _in_a_line(error)

    def _tell(self) -> None:
        """Report if something changed, else now and then."""
        now = self._clock()
        frame = self._engine.frame()
        lit = any(frame.vlsb())
        self._was_lit = self._was_lit or lit
        snapshot = Snapshot(
            frame=frame,
            powered=self._engine.powered,
            asleep=self._alive() and self._was_lit and not lit,
            stopped=self._stopped,
            down=frozenset(self._down),
            time_ms=self._time_ms,
            pace=self._pace.measure(now, self._time_ms),
            faults=tuple(self._engine.faults),
        )
        if (
            self._reported is None
            or not snapshot.looks_like(self._reported)
            or now - self._reported_at >= REPORT_SECONDS
        ):
            self._reported, self._reported_at = snapshot, now
            self._report(snapshot)


def _in_a_line(error: EngineError) -> str:
    """Of what the firmware said only the end, since that is where a traceback names its cause."""
    if not isinstance(error, FirmwareStoppedError):
        return str(error)
    lines = [line.strip() for line in error.detail.splitlines() if line.strip()]
    return f"firmware stopped: {lines[-1] if lines else 'it gave no reason'}"
