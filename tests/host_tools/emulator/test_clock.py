"""The emulated time: alarms come at their moment, in their order, and what is due is known."""

from hypothesis import given
from hypothesis import strategies as st

from host_tools.emulator.clock import Clock


def test_an_alarm_comes_at_its_time_and_only_once():
    clock, times = Clock(), []
    clock.create_alarm(lambda: times.append(clock.nanos)).schedule(100)
    clock.tick(99)
    assert times == []
    clock.tick(500)
    assert (times, clock.nanos) == ([100], 599)


def test_an_alarm_that_is_set_anew_comes_at_the_new_time_only():
    clock, times = Clock(), []
    alarm = clock.create_alarm(lambda: times.append(clock.nanos))
    alarm.schedule(100)
    clock.tick(50)
    alarm.schedule(100)
    clock.tick(500)
    assert times == [150]


def test_an_alarm_that_is_cancelled_does_not_come():
    clock, times = Clock(), []
    alarm = clock.create_alarm(lambda: times.append(clock.nanos))
    alarm.schedule(100)
    alarm.cancel()
    alarm.cancel()
    clock.tick(500)
    assert (times, clock.due) == ([], [])


def test_an_alarm_can_set_itself_anew():
    clock, times = Clock(), []

    def again():
        times.append(clock.nanos)
        alarm.schedule(100)

    alarm = clock.create_alarm(again)
    alarm.schedule(100)
    clock.tick(350)
    assert times == [100, 200, 300]
    assert [when for _, when, _ in clock.due] == [400]


def test_alarms_of_one_time_come_in_the_order_in_which_they_were_set():
    clock, order = Clock(), []
    first, second, third = (clock.create_alarm(lambda name=name: order.append(name)) for name in "abc")
    for alarm in (second, first, third):
        alarm.schedule(100)
    clock.tick(100)
    assert order == ["b", "a", "c"]


@given(delays=st.lists(st.integers(0, 1000), min_size=1, max_size=20))
def test_what_is_due_is_listed_in_the_order_in_which_it_comes(delays):
    clock, order = Clock(), []
    alarms = [clock.create_alarm(lambda number=number: order.append(number)) for number in range(len(delays))]
    for alarm, delay in zip(alarms, delays, strict=True):
        alarm.schedule(delay)
    expected = [alarms.index(alarm) for alarm, _, _ in clock.due]
    assert [when for _, when, _ in clock.due] == sorted(delays)
    clock.tick(1000)
    assert order == expected
    assert clock.due == []


def test_an_alarm_that_is_due_at_once_comes_with_the_next_step_of_time():
    clock, times = Clock(), []
    clock.create_alarm(lambda: times.append(clock.nanos)).schedule(0)
    assert times == []
    clock.tick(0)
    assert times == [0]


def test_somebody_is_told_before_each_alarm():
    clock, order = Clock(), []
    clock.before_alarm = lambda: order.append("before")
    clock.create_alarm(lambda: order.append("alarm")).schedule(10)
    clock.create_alarm(lambda: order.append("alarm")).schedule(20)
    clock.tick(30)
    assert order == ["before", "alarm"] * 2
