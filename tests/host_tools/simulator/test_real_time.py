"""A token in real time: nothing typed is lost, time neither jumps nor stands still, stops are reported."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from fakes.scratch_pad import ScratchPad
from host_tools.display.frame import Frame
from host_tools.engines.errors import UnknownKeyError
from host_tools.simulator.real_time import MOST_SKIPPED_MS, RealTimeToken, Snapshot
from host_tools.simulator.script import TAP_MS

DARK = Frame.from_vlsb(bytes(1024), 128, 64)


class Running:
    """A token that a thread of its own serves, and what it has reported."""

    def __init__(self) -> None:
        self.engine = ScratchPad()
        self.reports: list[Snapshot] = []
        self.token = RealTimeToken(self.engine, self.reports.append)

    @property
    def last(self) -> Snapshot:
        return self.reports[-1]

    def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.005)


@contextmanager
def serving() -> Iterator[Running]:
    running = Running()
    thread = threading.Thread(target=running.token.serve)
    thread.start()
    try:
        running.until(lambda: running.reports != [])
        yield running
    finally:
        running.token.quit()
        thread.join(10)
    assert not thread.is_alive()


def test_keys_typed_faster_than_fingers_can_all_arrive_one_after_the_other():
    keys = ["1", "1", "2", "2", "2", "3", "OK", "C", "FA", "0"]
    with serving() as running:
        for key in keys:
            running.token.tap(key)
        running.until(lambda: len(running.engine.log) == 2 * len(keys))
        assert running.engine.typed == keys
        assert [down for _, down, _ in running.engine.log] == [True, False] * len(keys)
        moments = [moment for _, _, moment in running.engine.log]
        assert all(after - before >= TAP_MS for before, after in pairwise(moments))


def test_a_hold_lasts_as_long_as_it_says():
    with serving() as running:
        running.token.hold("C", 700)
        running.until(lambda: len(running.engine.log) == 2)
        (_, _, pressed), (_, _, released) = running.engine.log
        assert released - pressed == 700


def test_a_key_stays_down_until_it_is_released():
    with serving() as running:
        running.token.press("5")
        running.until(lambda: running.last.down == {"5"} and running.last.time_ms > 400)
        running.token.release("5")
        running.until(lambda: running.last.down == frozenset())


def test_a_click_of_no_length_lasts_as_long_as_a_tap():
    with serving() as running:
        running.token.press("5")
        running.token.release("5")
        running.until(lambda: len(running.engine.log) == 2)
        assert running.engine.log[1][2] - running.engine.log[0][2] == TAP_MS


def test_a_key_that_the_keypad_does_not_have_is_refused():
    with serving() as running, pytest.raises(UnknownKeyError):
        running.token.tap("E")


def test_switching_off_drops_what_is_still_to_be_typed():
    with serving() as running:
        for _ in range(50):
            running.token.tap("7")
        running.until(lambda: running.engine.typed != [])
        running.token.toggle_power()
        running.until(lambda: not running.last.powered)
        typed = len(running.engine.log)
        running.token.tap("8")
        running.token.toggle_power()
        running.until(lambda: running.last.powered and running.last.time_ms > 2 * TAP_MS)
        assert len(running.engine.log) == typed
        assert running.last.down == frozenset()
        assert running.engine.starts == 2


def test_a_firmware_that_stops_is_reported_with_its_reason_and_can_be_restarted():
    with serving() as running:
        running.engine.stop_next = True
        running.until(lambda: running.last.stopped is not None)
        assert running.last.stopped == "firmware stopped: MemoryError: no heap"
        assert not running.last.powered
        running.token.toggle_power()
        running.until(lambda: running.last.powered)
        assert running.last.stopped is None


def test_what_is_no_error_of_an_engine_ends_the_service_and_the_engine_is_closed():
    running = Running()
    running.engine.crash_next = True
    with pytest.raises(RuntimeError, match="not an engine's error"):
        running.token.serve()
    assert running.engine.closed


def test_the_engine_is_closed_in_the_end_and_only_one_thread_ever_touched_it():
    with serving() as running:
        running.token.tap("1")
        running.until(lambda: len(running.engine.log) == 2)
    assert running.engine.closed
    assert len(running.engine.threads) == 1
    assert threading.get_ident() not in running.engine.threads


def test_after_a_delay_time_goes_on_without_a_jump():
    with serving() as running:
        running.until(lambda: len(running.engine.runs) > 3)
        running.engine.slow_next = 0.6
        granted = len(running.engine.runs)
        running.until(lambda: len(running.engine.runs) > granted + 3)
        assert max(running.engine.runs) <= MOST_SKIPPED_MS


def test_token_time_keeps_up_with_real_time():
    with serving() as running:
        running.until(lambda: running.last.time_ms > 0)
        began, at = time.monotonic(), running.last.time_ms
        running.until(lambda: running.last.time_ms >= at + 1000)
        assert time.monotonic() - began >= 0.7
        assert running.last.pace > 0


def test_while_nothing_changes_only_the_clock_is_reported_and_seldom():
    with serving() as running:
        running.until(lambda: running.last.time_ms > 1000)
        assert len(running.reports) < len(running.engine.runs) / 2


def test_a_display_that_goes_dark_is_asleep_unless_the_power_is_off_or_nothing_was_drawn_yet():
    with serving() as running:
        running.until(lambda: running.last.powered)
        assert not running.last.asleep
        running.engine.frame = lambda: DARK
        running.until(lambda: running.last.asleep)
        running.token.toggle_power()
        running.until(lambda: not running.last.powered)
        assert not running.last.asleep
        running.token.toggle_power()
        running.until(lambda: running.last.powered and running.last.time_ms > 0)
        assert not running.last.asleep
