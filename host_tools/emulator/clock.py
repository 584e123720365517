"""The emulated time, and what is to happen at which moment of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rp2040py.clock.simulation_clock import ClockAlarm, SimulationClock

# What is due: the alarm, its emulated time in nanoseconds, and its place among those of the same time.
Due = tuple["Alarm", float, int]


class Alarm(ClockAlarm):
    """Calls `callback` once at a time to come, each time that it is scheduled."""

    def __init__(self, clock: Clock, callback: Callable[[], object]) -> None:
        super().__init__(clock, self._fire)
        self._timeline = clock
        self._call = callback

    def schedule(self, delta_nanos: float) -> None:
        """Be due `delta_nanos` from now; an earlier time that was set no longer counts."""
        super().schedule(delta_nanos)  # which cancels first what was set before, by the method below
        self._timeline.note(self, self._timeline.nanos + delta_nanos)

    def cancel(self) -> None:
        """Be due no more."""
        self._timeline.forget(self)
        super().cancel()

    def snapshot_state(self) -> Callable[[], object]:
        """Whom it calls; when, the clock keeps."""
        return self._call

    def restore_state(self, state: Callable[[], object]) -> None:
        """Call whom it called then."""
        self._call = state

    def _fire(self) -> None:
        self._timeline.forget(self)
        self._timeline.before_alarm()
        self._call()


class Clock(SimulationClock):
    """rp2040py's clock, which keeps its queue of alarms to itself, with a list of them that can be put back.

    `before_alarm` is called before each alarm: the only moments at which waiting can end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.before_alarm: Callable[[], object] = lambda: None
        self._due: dict[Alarm, tuple[float, int]] = {}
        self._count = 0

    def create_alarm(self, callback: Callable[[], object]) -> Alarm:
        """An alarm, not yet due, that will call `callback`."""
        return Alarm(self, callback)

    def note(self, alarm: Alarm, nanos: float) -> None:
        """Keep in mind that `alarm` is due at `nanos`."""
        self._count += 1
        self._due[alarm] = (nanos, self._count)

    def forget(self, alarm: Alarm) -> None:
        """The alarm has fired, or was cancelled."""
        self._due.pop(alarm, None)

    @property
    def due(self) -> list[Due]:
        """All alarms that are due, in the order in which they will fire."""
        entries = [(alarm, nanos, number) for alarm, (nanos, number) in self._due.items()]
        return sorted(entries, key=lambda entry: entry[1:])

    def set(self, nanos: float, due: Iterable[Due]) -> None:
        """Make it `nanos`, be it earlier or later, with exactly these alarms to come; none fires now."""
        for alarm in list(self._due):
            alarm.cancel()
        # Times are kept as sums of a time and a difference. From zero the sums are exact, or a machine that
        # is put back would differ from itself in the last digit. With no alarm to come, a tick may go back.
        self.tick(-self.nanos)
        waiting = sorted(due, key=lambda entry: entry[1:])
        late = [(alarm, when) for alarm, when, _ in waiting if when <= nanos]
        for alarm, when, _ in waiting:
            if when > nanos:
                alarm.schedule(when)
        self.tick(nanos)
        for alarm, when in late:
            alarm.schedule(when - nanos)

    def snapshot_state(self) -> tuple[float, tuple[Due, ...], Callable[[], object]]:
        """What is hidden in rp2040py's clock, from the list that this one keeps."""
        due = tuple((alarm, nanos, place) for place, (alarm, nanos, _) in enumerate(self.due))
        return self.nanos, due, self.before_alarm

    def restore_state(self, state: tuple[float, tuple[Due, ...], Callable[[], object]]) -> None:
        """Make it that time again, with what was to come then."""
        nanos, due, self.before_alarm = state
        self.set(nanos, due)
