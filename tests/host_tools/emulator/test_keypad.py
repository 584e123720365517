"""The key matrix: contacts bounce the same way each time, and current takes every path that there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.emulator import keypad
from host_tools.emulator.chip import MILLISECOND, Chip
from host_tools.emulator.keypad import NoSuchKeyError, ShortCircuit

ROWS, COLUMNS = (10, 11, 12, 13), (14, 15, 16)
IO_BANK0, PADS_BANK0, SIO = 0x4001_4000, 0x4001_C000, 0xD000_0000
GPIO_IN, OUT_SET, OUT_CLR, OE_SET, OE_CLR = 0x04, 0x14, 0x18, 0x24, 0x28
INPUT, PULL_UP, PULL_DOWN, OUTPUT_DISABLE = 0x40, 0x08, 0x04, 0x80  # of a pad
SIO_FUNCTION = 5


class Board:
    """A chip with a matrix; the pins are moved by the test, as firmware would."""

    def __init__(self, bounce_ms=0.0, seed=0, pulls=PULL_UP):
        self.chip = Chip()
        self.mcu = self.chip.mcu
        self.set_up(pulls)
        self.pad = keypad.install(self.mcu, ROWS, COLUMNS, bounce_ms, seed)

    def set_up(self, pulls=PULL_UP):
        for pin in (*ROWS, *COLUMNS):
            self.pulls(pin, pulls)
            self.mcu.write_uint32(IO_BANK0 + 4 + 8 * pin, SIO_FUNCTION)

    def pulls(self, pin, pulls):
        self.mcu.write_uint32(PADS_BANK0 + 4 + 4 * pin, INPUT | pulls)

    def drive(self, pin, high):
        self.mcu.write_uint32(SIO + (OUT_SET if high else OUT_CLR), 1 << pin)
        self.mcu.write_uint32(SIO + OE_SET, 1 << pin)

    def release(self, *pins):
        self.mcu.write_uint32(SIO + OE_CLR, sum(1 << pin for pin in pins))

    def level(self, pin):
        return bool(self.mcu.read_uint32(SIO + GPIO_IN) >> pin & 1)

    def scan(self):
        """What a driver makes of it that pulls one row low after the other."""
        seen = set()
        for row, row_pin in enumerate(ROWS):
            self.drive(row_pin, high=False)
            seen |= {(row, column) for column, pin in enumerate(COLUMNS) if not self.level(pin)}
            self.release(row_pin)
        return seen

    def edges(self, row, column, press=True, for_ms=10):
        """Press a key or let it go; the times in ms, from then on, at which its contact changes over."""
        self.drive(ROWS[row], high=False)
        pin = COLUMNS[column]
        before, level, times = self.chip.nanos, self.level(pin), []
        (self.pad.press if press else self.pad.release)(row, column)
        for _ in range(round(for_ms / 0.01)):
            if self.level(pin) != level:
                level = not level
                times.append(round((self.chip.nanos - before) / MILLISECOND, 2))
            self.chip.run_for(0.01 * MILLISECOND)
        self.release(ROWS[row])
        return times


# Keys.


@pytest.mark.parametrize("key", [(0, 0), (3, 2), (1, 2)])
def test_a_key_joins_its_row_and_its_column_while_it_is_down(key):
    board = Board()
    assert board.scan() == set()
    board.pad.press(*key)
    assert board.scan() == {key}
    assert board.pad.pressed == {key}
    board.pad.release(*key)
    assert board.scan() == set()
    assert board.pad.at_rest


def test_current_flows_both_ways():
    board = Board()
    board.pad.press(2, 1)
    board.drive(COLUMNS[1], high=False)
    assert [board.level(pin) for pin in ROWS] == [True, True, False, True]


def test_rows_may_be_driven_high_against_pull_downs():
    board = Board(pulls=PULL_DOWN)
    board.pad.press(2, 1)
    board.drive(ROWS[2], high=True)
    assert [board.level(pin) for pin in COLUMNS] == [False, True, False]


def test_two_keys_in_a_row_and_two_in_a_column_are_all_seen_and_nothing_else():
    for keys in ({(0, 0), (0, 2)}, {(0, 1), (3, 1)}, {(0, 0), (1, 1), (2, 2)}):
        board = Board()
        for key in keys:
            board.pad.press(*key)
        assert board.scan() == keys


def test_three_corners_of_a_rectangle_make_the_fourth_seem_pressed():
    board = Board()
    for key in ((0, 0), (0, 2), (3, 0)):
        board.pad.press(*key)
    assert board.scan() == {(0, 0), (0, 2), (3, 0), (3, 2)}
    assert (3, 2) not in board.pad.pressed
    board.pad.release(0, 0)
    assert board.scan() == {(0, 2), (3, 0)}


@pytest.fixture(scope="module")
def shared() -> Board:
    """One for many examples, each of which begins by letting all keys go."""
    return Board()


@given(keys=st.sets(st.tuples(st.integers(0, 3), st.integers(0, 2))))
def test_a_scan_sees_exactly_what_current_can_reach(shared, keys):
    shared.pad.release_all()
    for key in keys:
        shared.pad.press(*key)
    reached = set()
    for row in range(4):
        rows, columns, grown = {row}, set(), True
        while grown:
            more = {c for r, c in keys if r in rows} - columns
            columns |= more
            back = {r for r, c in keys if c in columns} - rows
            rows |= back
            grown = bool(more or back)
        reached |= {(row, column) for column in columns}
    assert shared.scan() == reached


def test_all_keys_are_let_go_at_once():
    board = Board()
    for key in ((0, 0), (1, 1), (2, 2)):
        board.pad.press(*key)
    board.pad.release_all()
    assert (board.pad.pressed, board.scan(), board.pad.at_rest) == (frozenset(), set(), True)


@pytest.mark.parametrize("key", [(4, 0), (0, 3), (-1, 0), (0, -1)])
def test_a_key_that_the_matrix_has_not_is_refused(key):
    board = Board()
    for use in (board.pad.press, board.pad.release):
        with pytest.raises(NoSuchKeyError, match="4 rows and 3 columns") as caught:
            use(*key)
        assert (caught.value.row, caught.value.column) == key
    assert board.pad.at_rest


def test_a_line_that_two_rows_or_columns_share_is_refused():
    chip = Chip()
    for rows, columns in (([10, 10], [11]), ([10], [10, 11])):
        with pytest.raises(ValueError, match="a GPIO of its own"):
            keypad.install(chip.mcu, rows, columns)


# Bouncing.


def test_a_contact_makes_and_breaks_several_times_and_then_rests():
    board = Board(bounce_ms=4)
    times = board.edges(1, 1)
    assert len(times) > 3
    assert len(times) % 2 == 1, "it ends closed"
    assert times[0] <= 0.01
    assert times[-1] < 4.02
    assert board.pad.pressed == {(1, 1)}
    times = board.edges(1, 1, press=False)
    assert len(times) > 3
    assert len(times) % 2 == 1
    assert board.pad.at_rest


def test_a_key_that_bounces_is_not_at_rest():
    board = Board(bounce_ms=4)
    board.pad.press(0, 0)
    board.pad.release(0, 0)
    assert not board.pad.at_rest
    board.chip.run_for(5 * MILLISECOND)
    assert board.pad.at_rest


def test_bouncing_repeats_with_the_seed():
    assert Board(4, seed=1).edges(1, 1) == Board(4, seed=1).edges(1, 1)
    assert Board(4, seed=1).edges(1, 1) != Board(4, seed=2).edges(1, 1)


def test_each_key_and_each_press_bounces_in_its_own_way():
    board = Board(4)
    first, _, second = board.edges(1, 1), board.edges(1, 1, press=False), board.edges(1, 1)
    assert first != second
    assert Board(4).edges(2, 1) != first


def test_a_press_that_comes_while_the_contact_bounces_ends_as_the_key_is():
    for delay_ms in (0, 0.1, 0.5, 1, 2, 3.9):
        board = Board(bounce_ms=4)
        board.pad.press(1, 1)
        board.chip.run_for(delay_ms * MILLISECOND)
        board.pad.release(1, 1)
        board.chip.run_for(delay_ms * MILLISECOND)
        board.pad.press(1, 1)
        board.chip.run_for(5 * MILLISECOND)
        assert board.scan() == {(1, 1)}


def test_pressing_a_key_that_is_down_changes_nothing():
    board = Board(bounce_ms=4)
    board.pad.press(1, 1)
    board.chip.run_for(5 * MILLISECOND)
    board.pad.press(1, 1)
    assert board.scan() == {(1, 1)}
    board.pad.release(0, 0)
    assert board.scan() == {(1, 1)}


def test_a_contact_that_does_not_bounce_changes_over_once():
    assert Board(bounce_ms=0).edges(1, 1, for_ms=2) == [0]


# Drivers against each other.


def test_two_rows_driven_against_each_other_are_noted_with_the_time_and_low_wins():
    board = Board()
    board.chip.run_for(MILLISECOND)
    board.drive(ROWS[0], high=False)
    board.drive(ROWS[1], high=True)
    board.pad.press(0, 0)
    assert board.pad.shorts == []
    board.chip.run_for(MILLISECOND)
    board.pad.press(1, 0)
    assert board.pad.shorts == [ShortCircuit(2 * MILLISECOND, (ROWS[1],), (ROWS[0],))]
    assert not board.level(COLUMNS[0])


def test_a_short_is_noted_once_as_long_as_it_lasts_and_again_when_it_comes_back():
    board = Board()
    board.drive(ROWS[0], high=True)
    board.drive(COLUMNS[0], high=False)
    for _ in range(2):
        board.pad.press(0, 0)
        board.pad.press(2, 2)
        board.pad.release(2, 2)
        board.pad.release(0, 0)
    assert [(short.high, short.low) for short in board.pad.shorts] == [((ROWS[0],), (COLUMNS[0],))] * 2


def test_pins_driven_alike_are_no_short():
    board = Board()
    for pin in ROWS:
        board.drive(pin, high=False)
    board.pad.press(0, 0)
    board.pad.press(1, 0)
    assert board.pad.shorts == []


# Pull resistors.


@pytest.mark.parametrize(
    ("row", "column", "high"),
    [
        (PULL_UP, PULL_UP, True),
        (PULL_DOWN, PULL_DOWN, False),
        (PULL_UP, 0, True),
        (0, PULL_DOWN, False),
        (PULL_UP | PULL_DOWN, PULL_UP, True),  # a bus keeper pulls nowhere
    ],
)
def test_lines_that_nothing_drives_go_where_the_resistors_pull(row, column, high):
    board = Board()
    board.pulls(ROWS[0], row)
    board.pulls(COLUMNS[0], column)
    board.pad.press(0, 0)
    assert (board.level(ROWS[0]), board.level(COLUMNS[0])) == (high, high)


def test_the_greater_number_of_resistors_wins_if_it_is_great_enough():
    board = Board()
    for row in range(4):
        board.pad.press(row, 0)
    board.pulls(COLUMNS[0], PULL_DOWN)
    assert board.level(COLUMNS[0]), "four up, one down: 2.6 V"
    for row in (0, 1):
        board.pulls(ROWS[row], PULL_DOWN)
    assert board.level(COLUMNS[0]), "two up, three down decide nothing: the level stays"
    board.pulls(ROWS[2], PULL_DOWN)
    assert not board.level(COLUMNS[0]), "one up, four down: 0.7 V"
    board.pulls(ROWS[2], PULL_UP)
    assert not board.level(COLUMNS[0]), "it stays again"


@pytest.mark.parametrize("level", [True, False])
def test_lines_that_are_pulled_nowhere_keep_their_level(level):
    board = Board(pulls=0)
    board.drive(ROWS[0], high=level)
    board.pad.press(0, 0)
    board.release(ROWS[0])
    assert board.level(COLUMNS[0]) == level


def test_a_pad_whose_output_is_disabled_drives_nothing():
    board = Board()
    board.pulls(ROWS[0], PULL_UP | OUTPUT_DISABLE)
    board.drive(ROWS[0], high=False)
    board.pad.press(0, 0)
    assert board.level(COLUMNS[0])


# Resets.


def test_after_a_chip_reset_a_held_key_still_joins_its_lines():
    board = Board()
    board.chip.on_reset.append(board.pad.refresh)
    board.pad.press(1, 2)
    board.drive(ROWS[1], high=False)
    board.chip.reset()
    board.set_up(INPUT | PULL_UP)
    assert board.scan() == {(1, 2)}


def test_after_a_chip_reset_the_levels_are_those_of_the_pads_as_they_are_then():
    board = Board(pulls=PULL_UP)
    board.chip.on_reset.append(board.pad.refresh)
    assert all(board.level(pin) for pin in (*ROWS, *COLUMNS))
    board.chip.reset()  # pads pull down then
    for pin in (*ROWS, *COLUMNS):
        assert not board.mcu.gpio[pin].input_value


def test_lines_that_are_driven_when_the_chip_is_reset_are_let_go():
    board = Board()
    board.chip.on_reset.append(board.pad.refresh)
    board.drive(ROWS[0], high=True)
    board.drive(ROWS[1], high=False)
    board.chip.reset()
    board.pad.press(0, 0)
    board.pad.press(1, 0)
    assert board.pad.shorts == []


@pytest.mark.parametrize("number", [-1, 30])
def test_a_gpio_that_the_chip_has_not_is_refused(number):
    with pytest.raises(ValueError, match=f"no GPIO {number}; they are 0 to 29"):
        keypad.install(Chip().mcu, (14, 15), (18, number))
