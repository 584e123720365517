"""Virtual time and the pipe to the host, without a firmware."""

import io

import pytest

from simulated.clock import Clock
from simulated.host import Host, Quit


class Pipe:
    """Both ends of the board's pipe, with all commands of the host written beforehand."""

    def __init__(self, monkeypatch, commands):
        self.taken = []
        self._events = io.StringIO()
        monkeypatch.setattr("sys.stdin", io.StringIO(commands))
        monkeypatch.setattr("sys.stdout", self._events)
        self.host = Host(self.taken.append)
        self.clock = Clock(self.host)

    @property
    def events(self):
        return self._events.getvalue().splitlines()


@pytest.fixture
def pipe(monkeypatch):
    return lambda commands: Pipe(monkeypatch, commands)


def test_an_event_is_a_line_of_words(pipe):
    board = pipe("")
    board.host.event("i2c", "60", "00af")
    assert board.events == ["i2c 60 00af"]


def test_time_that_was_not_granted_does_not_pass(pipe):
    board = pipe("run 100\nquit\n")
    with pytest.raises(Quit):
        board.clock.sleep(101)
    assert board.clock.now() == 100
    assert board.events == ["idle 0", "idle 100"]


def test_sleeping_within_the_granted_time_asks_for_nothing(pipe):
    board = pipe("run 100\n")
    for _ in range(10):
        board.clock.sleep(10)
    assert board.clock.now() == 100
    assert board.events == ["idle 0"]


def test_a_long_sleep_uses_up_several_grants(pipe):
    board = pipe("run 10\nrun 20\nrun 30\n")
    board.clock.sleep(45)
    assert board.clock.now() == 45
    assert board.events == ["idle 0", "idle 10", "idle 30"]


def test_commands_take_effect_when_the_granted_time_is_used_up(pipe):
    board = pipe("press 1 2\nrun 5\nrelease 1 2\nlink c0de\nrun 5\n")
    board.clock.sleep(5)
    assert board.taken == [["press", "1", "2"]]
    board.clock.sleep(5)
    assert board.taken[1:] == [["release", "1", "2"], ["link", "c0de"]]


def test_the_board_ends_when_it_is_told_to(pipe):
    with pytest.raises(Quit):
        pipe("quit\n").clock.sleep(1)


def test_the_board_ends_when_the_host_is_gone(pipe):
    with pytest.raises(Quit):
        pipe("").clock.sleep(1)


def test_no_code_that_catches_errors_can_keep_the_board_from_ending():
    assert not issubclass(Quit, Exception)


def test_skipping_goes_to_the_end_of_what_was_granted_and_no_further(pipe):
    board = pipe("run 1000\n")
    board.clock.sleep(1)
    board.clock.skip()
    assert board.clock.now() == 1000
    assert board.events == ["idle 0"]
