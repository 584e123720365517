"""The keypad, on the simulated matrix: real contacts bounce and leak, and the driver is Adafruit's."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitalio import DigitalInOut
from dsc.hal import EntropyError
from dsc.ui import keypad
from dsc.ui.keypad import HOLD, HOLD_MS, LAYOUT, PRESS, SCAN_MS, STEADY_MS, Keypad, is_ghosted
from simulated.matrix import Matrix


class Time:
    """A clock that passes only by sleeping."""

    def __init__(self):
        self.ms = 0

    def now(self):
        return self.ms

    def sleep(self, milliseconds):
        self.ms += milliseconds


class Draws:
    """Entropy whose bytes are given, over and over, and whose health test has failed; counts what stirs it."""

    def __init__(self, values):
        self.values = itertools.cycle(values)
        self.stirred = 0

    def read(self, length):
        raise EntropyError("repetition")

    def read_untested(self, length):
        return bytearray(next(self.values) for _ in range(length))

    def stir(self):
        self.stirred += 1


class Rig:
    """A keypad on a matrix, with everything that can be done to it."""

    def __init__(self, bounce_ms=0, draws=(0, 7, 200, 255, 31)):
        self.clock = Time()
        self.fed = 0
        self.matrix = Matrix(self.clock, bounce_ms)
        self.rows = [DigitalInOut(pin) for pin in self.matrix.rows]
        self.columns = [DigitalInOut(pin) for pin in self.matrix.columns]
        self.entropy = Draws(draws)
        self.keypad = Keypad(self, self.clock, self.entropy)

    def feed(self):
        """As a watchdog: it bites if it is not fed for 8 s."""
        assert self.clock.now() - self.fed < 8000
        self.fed = self.clock.now()

    def press(self, key):
        self.matrix.press(*position(key))

    def release(self, key):
        self.matrix.release(*position(key))

    def events(self, milliseconds):
        found = []
        for _ in range(milliseconds // SCAN_MS):
            event = self.keypad.poll()
            if event:
                found.append(event)
            self.clock.sleep(SCAN_MS)
        return found


def position(key):
    return next((r, c) for r, row in enumerate(LAYOUT) for c, name in enumerate(row) if name == key)


KEYS = [key for row in LAYOUT for key in row]


@pytest.mark.parametrize("key", KEYS)
def test_each_key_gives_one_press_under_its_own_name(key):
    rig = Rig()
    rig.press(key)
    assert rig.events(200) == [(PRESS, key)]
    rig.release(key)
    assert rig.events(200) == []


@pytest.mark.parametrize(("apart", "scans"), [(0, None), (1, 11), (2, 6), (4, 4), (6, 3), (20, 3)])
def test_a_press_counts_only_once_three_scans_agree_and_those_of_ten_milliseconds(apart, scans):
    rig = Rig()
    rig.press("5")
    found = []
    for _ in range(30):
        found.append(rig.keypad.poll())
        rig.clock.sleep(apart)
    assert found == [(PRESS, "5") if number == scans else None for number in range(1, 31)]


@pytest.mark.parametrize("milliseconds", [1, 4, 9])
def test_a_contact_that_closes_for_less_is_no_press(milliseconds):
    rig = Rig()
    rig.press("5")
    assert rig.events(milliseconds) == []
    rig.release("5")
    assert rig.events(100) == []


# A contact may bounce for as long as the scans must agree; good ones settle within 5 ms.
@given(st.sampled_from(KEYS), st.integers(0, STEADY_MS), st.integers(0, 1000))
def test_a_bouncing_key_is_pressed_exactly_once(key, bounce_ms, start):
    rig = Rig(bounce_ms=bounce_ms)
    rig.clock.sleep(start)
    rig.press(key)
    assert rig.events(bounce_ms + 50) == [(PRESS, key)]
    rig.release(key)
    assert rig.events(bounce_ms + 50) == []


def test_a_key_kept_down_is_held_once():
    rig = Rig()
    rig.press("CLR")
    assert rig.events(HOLD_MS * 3) == [(PRESS, "CLR"), (HOLD, "CLR")]


def test_a_key_let_go_in_time_is_not_held():
    rig = Rig()
    rig.press("CLR")
    assert rig.events(HOLD_MS - 50) == [(PRESS, "CLR")]
    rig.release("CLR")
    assert rig.events(HOLD_MS) == []


def test_a_second_key_counts_while_the_first_is_down():
    rig = Rig()
    rig.press("1")
    rig.events(50)
    rig.press("5")
    assert rig.events(50) == [(PRESS, "5")]


def test_three_corners_of_a_rectangle_give_no_fourth_key():
    rig = Rig()
    rig.press("1")
    rig.events(50)
    rig.press("2")
    rig.events(50)
    rig.press("4")  # current now finds its way to 5 as well
    assert rig.events(200) == []
    rig.release("2")
    assert rig.events(200) == [(PRESS, "4")]


def test_the_matrix_itself_shows_the_ghost():
    rig = Rig()
    for key in ("1", "2", "4"):
        rig.press(key)
    assert sorted(rig.keypad._driver.pressed_keys) == ["1", "2", "4", "5"]


def test_three_keys_in_a_row_are_no_rectangle():
    assert not is_ghosted(["1", "2", "3"])
    assert not is_ghosted(["1", "2", "3", "A"])
    assert is_ghosted(["1", "3", "7", "9"])
    assert is_ghosted(["1", "A", "CLR", "D", "5"])


def test_rows_are_scanned_in_an_order_that_changes_and_covers_all():
    rig = Rig(draws=random.Random(1).randbytes(4096))
    orders = set()
    for _ in range(400):
        rig.keypad.poll()
        orders.add(tuple(rig.rows.index(pin) for pin in rig.keypad._driver.row_pins))
    assert orders == set(itertools.permutations(range(4)))


def test_bytes_that_would_favour_some_orders_are_drawn_again():
    rig = Rig(draws=(255, 0))  # 255 is beyond the last multiple of 3
    assert rig.keypad._draw(3) == 0
    assert Rig(draws=(255,)).keypad._draw(4) == 3


def test_each_press_and_release_stirs_the_entropy_once():
    rig = Rig(bounce_ms=4)
    rig.events(100)
    assert rig.entropy.stirred == 0
    rig.press("5")
    rig.events(200)
    assert rig.entropy.stirred == 1
    rig.release("5")
    rig.events(200)
    assert rig.entropy.stirred == 2


def test_all_rows_are_low_when_the_token_sleeps():
    rig = Rig()
    columns = rig.keypad.arm_wake()
    assert all(column.value for column in columns)
    for key in KEYS:
        rig.press(key)
        assert [column.value for column in columns].count(False) == 1, key
        rig.release(key)


def test_without_arming_no_key_could_wake_the_token():
    rig = Rig()
    rig.keypad.poll()
    rig.press("5")
    assert all(column.value for column in rig.columns)


def test_a_key_that_woke_the_token_is_not_typed():
    rig = Rig(bounce_ms=8)
    rig.press("7")
    rig.keypad.absorb()
    assert rig.events(HOLD_MS * 2) == []
    rig.release("7")
    rig.events(50)
    rig.press("7")
    assert rig.events(50) == [(PRESS, "7")]


def test_waiting_for_release_ends_when_the_key_is_up_or_after_ten_seconds():
    rig = Rig()
    rig.press("7")
    rig.events(50)
    rig.keypad.wait_released(rig.feed)
    assert rig.clock.now() == pytest.approx(10_000, abs=100)
    rig.release("7")
    before = rig.clock.now()
    rig.keypad.wait_released(rig.feed)
    assert rig.clock.now() - before <= 100


@pytest.mark.parametrize("open_ms", [1, 4, 9, 10])
def test_a_key_that_wakes_the_board_is_absorbed_though_its_contact_reads_open_at_first(open_ms, monkeypatch):
    rig = Rig(bounce_ms=10)
    rig.events(50)
    rig.keypad.wait_released(rig.feed)
    began = rig.clock.now()
    monkeypatch.setattr(rig.matrix, "_bounces_closed", lambda _, now: now - began >= open_ms)
    rig.press("5")
    rig.keypad.absorb()
    assert rig.events(500) == []
    rig.release("5")
    rig.events(50)
    rig.press("5")
    assert rig.events(50) == [(PRESS, "5")]


def test_absorbing_gives_up_on_contacts_that_never_settle(monkeypatch):
    rig = Rig()
    flicker = itertools.cycle([["1"], []])
    monkeypatch.setattr(type(rig.keypad._driver), "pressed_keys", property(lambda _: next(flicker)))
    rig.keypad.absorb()
    assert rig.clock.now() == keypad.ABSORB_MS
