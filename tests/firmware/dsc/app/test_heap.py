"""The heap does not grow: after a thousand logins as much of it is in use as after ten."""

from pathlib import Path

import pytest

from fakes import units
from host_tools.engines import interpreters
from host_tools.engines.child import ChildEngine
from host_tools.simulator.script import Player, parse

PROGRAM = Path(units.__file__).parent / "programs" / "counted_heap.py"
LOGIN = "press 4 7 1 1 OK\npress 1 2 3 4 5 7 OK\nread RESPONSE\npress OK\nwait 1s\npress C\n"
FEW, MANY = 10, 1000
ALLOWED = 0.01


@pytest.fixture
def report(tmp_path):
    return tmp_path / "heap.txt"


@pytest.fixture
def engine(micropython, tmp_path, report):
    """A sealed token on MicroPython that writes down what its heap holds after each flow."""
    interpreter = interpreters.find(interpreters.MICROPYTHON)
    command = [*interpreter.run(PROGRAM), str(report)]
    with ChildEngine(
        interpreter.name, command, interpreter.environment, units.sealed_unit(tmp_path / "unit")
    ) as opened:
        yield opened


@pytest.mark.exhaustive
def test_a_thousand_logins_leave_the_heap_as_ten_do(engine, report, counted):
    said: list[str] = []
    used = []
    engine.power_on()
    for number in range(1, MANY + 1):
        Player(engine, said.append).play(parse(LOGIN))
        if number in (FEW, MANY):
            used.append(int(report.read_text().split()[-1]))
    assert len(said) == MANY
    counted(f"heap in use after {FEW} and {MANY} logins: {used[0]} and {used[1]} bytes")
    assert abs(used[1] - used[0]) <= ALLOWED * used[0]
