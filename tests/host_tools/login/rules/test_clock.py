"""A clock that is set back, set ahead, steps a little, and is asked by many at once: what is made of it."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.login.rules.clock import Clock, Verdict, steady_seconds, utc_now
from host_tools.login.rules.errors import ClockError
from host_tools.policy import Policy
from host_tools.policy.rules import Jump

START = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HOLD = replace(
    Policy.load().at(START).clock, tolerance=timedelta(seconds=5), within=timedelta(hours=1),
    back=Jump.HOLD, ahead=Jump.HOLD,
)  # fmt: skip
REFUSE = replace(HOLD, back=Jump.REFUSE, ahead=Jump.REFUSE)
GO_ON = replace(HOLD, back=Jump.GO_ON, ahead=Jump.GO_ON)


def s(seconds):
    return timedelta(seconds=seconds)


class Machine:
    """Time passes for both clocks; the wall clock is also set."""

    def __init__(self):
        self.passed = 1000.0
        self.wall = START
        self.suspend = []  # seconds that go by when the wall clock is next read, just before

    def go(self, seconds):
        self.passed += seconds
        self.wall += s(seconds)

    def step(self, seconds):
        self.wall += s(seconds)

    def shown(self):
        if self.suspend:
            self.go(self.suspend.pop())
        return self.wall

    def clock(self):
        return Clock(self.shown, lambda: self.passed)


@pytest.fixture
def machine():
    return Machine()


@pytest.mark.parametrize("rules", [HOLD, REFUSE, GO_ON])
def test_a_clock_that_runs_is_fine_however_long(machine, rules):
    clock = machine.clock()
    for seconds in (0, 1, 3599, 3600, 86_400 * 400):
        machine.go(seconds)
        reading = clock.read(rules)
        assert (reading.at, reading.shows) == (machine.wall, machine.wall)
        assert (reading.verdict, reading.by) == (Verdict.FINE, timedelta())


@pytest.mark.parametrize("jump", [-3600, -6, 6, 3600 * 24 * 365])
def test_held_time_goes_on_as_if_nothing_had_been(machine, jump):
    clock = machine.clock()
    machine.go(60)
    machine.step(jump)
    for _ in range(3):
        machine.go(7200)
        reading = clock.read(HOLD)
        assert reading.at == machine.wall - s(jump)
        assert reading.verdict is (Verdict.WENT_BACK if jump < 0 else Verdict.JUMPED_AHEAD)
        assert reading.by == s(jump)
    machine.step(-jump)
    assert clock.read(HOLD).verdict is Verdict.FINE


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_refused_is_every_reading_until_the_clock_is_right_again(machine, jump):
    clock = machine.clock()
    machine.step(jump)
    for _ in range(2):
        with pytest.raises(ClockError) as error:
            clock.read(REFUSE)
        assert (error.value.by, error.value.shows) == (s(jump), machine.wall)
        assert ("back" if jump < 0 else "ahead") in str(error.value)
    machine.step(-jump)
    assert clock.read(REFUSE).verdict is Verdict.FINE


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_a_jump_that_is_gone_along_with_is_told_once(machine, jump):
    clock = machine.clock()
    machine.step(jump)
    assert clock.read(GO_ON).by == s(jump)
    reading = clock.read(GO_ON)
    assert (reading.verdict, reading.at) == (Verdict.FINE, machine.wall)


def test_either_way_has_a_rule_of_its_own(machine):
    rules = replace(HOLD, back=Jump.REFUSE, ahead=Jump.GO_ON)
    clock = machine.clock()
    machine.step(60)
    assert clock.read(rules).at == machine.wall
    machine.step(-60)
    with pytest.raises(ClockError):
        clock.read(rules)


def test_small_steps_are_followed_but_never_back(machine):
    clock = machine.clock()
    machine.step(5)
    assert clock.read(REFUSE).at == START + s(5)
    machine.step(-10)
    reading = clock.read(REFUSE)
    assert (reading.verdict, reading.at) == (Verdict.FINE, START + s(5))
    machine.go(12)
    assert clock.read(REFUSE).at == START + s(7)


def test_held_time_does_not_fall_behind_what_small_steps_have_shown(machine):
    clock = machine.clock()
    machine.step(5)
    assert clock.read(HOLD).at == START + s(5)
    machine.step(-100)
    assert clock.read(HOLD).at == START + s(5)


def test_small_steps_add_up_within_the_time(machine):
    clock = machine.clock()
    for _ in range(2):
        machine.go(600)
        machine.step(-4)
        reading = clock.read(HOLD)
    assert (reading.verdict, reading.by) == (Verdict.WENT_BACK, s(-8))


def test_small_steps_do_not_add_up_over_days(machine):
    clock = machine.clock()
    for _ in range(100):
        machine.go(3600)
        machine.step(-4)
        assert clock.read(REFUSE).verdict is Verdict.FINE


def test_a_record_that_is_later_than_the_clock_shows_that_it_went_back_while_nothing_ran(machine):
    latest = START + s(3600)
    with pytest.raises(ClockError):
        machine.clock().read(REFUSE, latest)
    clock = machine.clock()
    assert clock.read(GO_ON, latest).at == START
    assert clock.read(HOLD, latest).at == latest
    machine.go(60)
    reading = clock.read(HOLD, latest)
    assert (reading.at, reading.by) == (latest + s(60), s(-3600))
    assert clock.read(HOLD, reading.at).at == latest + s(60)


def test_a_record_of_another_machine_may_be_a_little_later(machine):
    clock = machine.clock()
    reading = clock.read(REFUSE, START + s(5))
    assert (reading.verdict, reading.at) == (Verdict.FINE, START + s(5))


def test_an_old_record_says_nothing(machine):
    assert machine.clock().read(REFUSE, START - timedelta(days=300)).at == START


def test_a_process_that_holds_comes_along_when_the_others_went_on(machine):
    clock = machine.clock()
    machine.step(3600)
    assert clock.read(HOLD).at == START
    reading = clock.read(HOLD, machine.wall)
    assert (reading.at, reading.verdict) == (machine.wall, Verdict.FINE)


@pytest.mark.parametrize("rules", [HOLD, REFUSE])
def test_a_thread_that_was_suspended_while_it_read_has_seen_no_jump(machine, rules):
    machine.suspend = [0, 0, 30]
    clock = machine.clock()
    assert clock.read(rules).at == machine.wall
    machine.suspend = [30]
    assert clock.read(rules).at == machine.wall
    machine.go(7200)
    machine.suspend = [30]
    assert clock.read(rules).at == machine.wall
    assert clock.read(rules).verdict is Verdict.FINE
    machine.step(-6)
    with pytest.raises(ClockError):
        clock.read(REFUSE)


EVENTS = st.lists(
    st.tuples(
        st.floats(0, 10_000), st.integers(-100_000, 100_000), st.integers(-100_000, 100_000) | st.none()
    )
)


@given(EVENTS)
def test_held_time_never_goes_back_and_never_falls_behind_the_record(events):
    machine = Machine()
    clock = machine.clock()
    last = START
    for passes, jump, recorded in events:
        machine.go(passes)
        machine.step(jump)
        latest = None if recorded is None else START + s(recorded)
        at = clock.read(HOLD, latest).at
        assert at >= last
        assert latest is None or at >= latest
        last = at


@given(st.lists(st.tuples(st.floats(0, 10_000), st.integers(-100_000, 100_000))))
def test_held_time_is_off_by_no_more_than_the_tolerance_for_each_time_that_has_passed(events):
    machine = Machine()
    clock = machine.clock()
    passed = timedelta()
    for passes, jump in events:
        machine.go(passes)
        machine.step(jump)
        passed += s(passes)
        off = clock.read(HOLD).at - (START + passed)
        assert abs(off) <= HOLD.tolerance * (passed / HOLD.within + 1) + s(1e-3)


def test_one_thread_reads_at_a_time_so_that_times_come_in_order():
    class Ticking:
        """Shows a later time at every look, but some that are set back a little; notices who looks at once."""

        def __init__(self):
            self.count = self.inside = self.most = 0

        def __call__(self):
            self.inside += 1
            self.most = max(self.most, self.inside)
            time.sleep(0.0001)
            self.count += 1
            self.inside -= 1
            return START + timedelta(milliseconds=self.count - (50 if self.count % 7 == 0 else 0))

    ticking = Ticking()
    clock = Clock(ticking, lambda: 0.0)
    with ThreadPoolExecutor(4) as pool:
        for of_thread in pool.map(lambda _: [clock.read(REFUSE).at for _ in range(50)], range(4)):
            assert of_thread == sorted(of_thread)
    assert ticking.most == 1


def test_the_machines_own_clocks_agree():
    assert utc_now().tzinfo is UTC
    first, second = steady_seconds(), steady_seconds()
    assert second >= first > 0
    assert Clock().read(REFUSE).verdict is Verdict.FINE
