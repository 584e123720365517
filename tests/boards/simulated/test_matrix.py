"""The simulated key matrix: what a driver sees of contacts that bounce and currents that stray."""

import itertools

import pytest

from simulated.matrix import COLUMNS, ROWS, Matrix

BOUNCE_MS = 4


class Time:
    """A clock set by hand."""

    ms = 0

    def now(self):
        return self.ms


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def matrix(time):
    made = Matrix(time, BOUNCE_MS)
    for column in made.columns:
        column.init(column.IN, column.PULL_UP)
    return made


def scan(matrix):
    """The contacts that seem closed: one row at a time is driven low, as drivers do."""
    seen = set()
    for r, row in enumerate(matrix.rows):
        row.init(row.OUT)
        row.value(0)
        seen |= {(r, c) for c, column in enumerate(matrix.columns) if column.value() == 0}
        row.init(row.IN, row.PULL_UP)
    return seen


def close(matrix, time, *contacts):
    for contact in contacts:
        matrix.press(*contact)
    time.ms += BOUNCE_MS


def test_without_a_key_no_contact_is_seen(matrix):
    assert scan(matrix) == set()


@pytest.mark.parametrize("contact", list(itertools.product(range(ROWS), range(COLUMNS))))
def test_each_key_is_seen_where_it_is(matrix, time, contact):
    close(matrix, time, contact)
    assert scan(matrix) == {contact}


def test_two_keys_are_seen_as_two(matrix, time):
    close(matrix, time, (0, 0), (1, 1))
    assert scan(matrix) == {(0, 0), (1, 1)}


def test_three_corners_of_a_rectangle_make_a_ghost_of_the_fourth(matrix, time):
    close(matrix, time, (0, 0), (0, 3), (2, 0))
    assert scan(matrix) == {(0, 0), (0, 3), (2, 0), (2, 3)}


def test_three_keys_in_one_row_make_no_ghost(matrix, time):
    close(matrix, time, (1, 0), (1, 1), (1, 3))
    assert scan(matrix) == {(1, 0), (1, 1), (1, 3)}


def test_current_goes_round_more_than_one_corner(matrix, time):
    close(matrix, time, (0, 0), (1, 0), (1, 1), (2, 1), (2, 2))
    assert (0, 2) in scan(matrix)


def test_a_contact_bounces_when_it_closes_and_then_stays(matrix, time):
    seen = []
    matrix.press(2, 1)
    for time.ms in range(20):
        seen.append((2, 1) in scan(matrix))
    assert set(seen[:BOUNCE_MS]) == {True, False}
    assert all(seen[BOUNCE_MS:])


def test_a_contact_bounces_when_it_opens_and_then_stays_open(matrix, time):
    close(matrix, time, *itertools.product(range(ROWS), [0]))
    opened = time.ms
    for row in range(ROWS):
        matrix.release(row, 0)
    seen = []
    for time.ms in range(opened, opened + 20):
        seen.append(scan(matrix))
    assert any(seen[:BOUNCE_MS])
    assert not any(seen[BOUNCE_MS:])


def test_bouncing_is_the_same_in_every_run(time):
    runs = []
    for _ in range(2):
        matrix = Matrix(time, BOUNCE_MS)
        time.ms = 0
        matrix.press(3, 2)
        seen = []
        for time.ms in range(BOUNCE_MS):
            seen.append(scan(matrix))
        runs.append(seen)
    assert runs[0] == runs[1]


def test_a_matrix_that_does_not_bounce_is_seen_at_once(time):
    matrix = Matrix(time, 0)
    matrix.press(1, 2)
    assert scan(matrix) == {(1, 2)}
    matrix.release(1, 2)
    assert scan(matrix) == set()


def test_letting_go_of_a_key_that_is_not_down_does_nothing(matrix, time):
    matrix.release(0, 0)
    assert scan(matrix) == set()


def test_a_row_that_is_an_output_but_high_pulls_nothing_low(matrix, time):
    close(matrix, time, (0, 0))
    row = matrix.rows[0]
    row.init(row.OUT)
    row.value(1)
    assert matrix.columns[0].value() == 1


def test_a_level_that_is_written_to_an_input_drives_nothing(matrix, time):
    close(matrix, time, (0, 0))
    row = matrix.rows[0]
    row.init(row.IN, row.PULL_UP)
    row.value(0)
    assert matrix.columns[0].value() == 1


def test_a_matrix_is_at_rest_when_nothing_is_closed_nor_bounces(matrix, time):
    assert matrix.at_rest
    matrix.press(0, 0)
    assert not matrix.at_rest
    time.ms += BOUNCE_MS
    matrix.release(0, 0)
    assert not matrix.at_rest
    time.ms += BOUNCE_MS
    scan(matrix)
    assert matrix.at_rest
