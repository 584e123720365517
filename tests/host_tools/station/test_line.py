"""A production line: what fails is one unit's, what is made before is not made again."""

import pytest

from fakes.station_bench import StationBench, wanted
from host_tools.inventory.lifecycle import destroy
from host_tools.station.errors import NoAnswerError
from host_tools.station.line import Tally, made_before, run
from host_tools.station.recipes import Recipe


def serials(made):
    return {line: token.serial for line, token in made.items()}


class Clock:
    """Ten seconds pass between any two looks."""

    time = 0.0

    def __call__(self):
        self.time += 10
        return self.time


def test_a_unit_that_fails_does_not_end_the_line(inventory, tmp_path):
    receipt = StationBench(tmp_path / "unit", inventory).provision(wanted("DS-1"))
    results = iter([receipt, NoAnswerError("KEYS"), receipt])

    def make(recipe):
        result = next(results)
        if isinstance(result, Exception):
            raise result
        return result

    tally = Tally(0.0)
    for outcome in run([Recipe(line=line) for line in (2, 3, 4)], make, (NoAnswerError,), Clock()):
        tally.add(outcome)
        assert outcome.seconds == 10
        assert (outcome.error is None) == (outcome.recipe.line != 3)
    assert (tally.made, tally.failed) == (2, 1)
    assert tally.rate(3600.0) == 2


def test_what_nobody_expected_ends_it():
    def make(recipe):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(run([Recipe()], make, (NoAnswerError,)))


def test_an_order_is_known_by_its_reference_or_its_serial(inventory, tmp_path):
    StationBench(tmp_path / "a", inventory).provision(wanted("DS-1", reference="118"))
    StationBench(tmp_path / "b", inventory).provision(wanted("DS-2"))
    recipes = [
        Recipe(reference="118", prefix="DS", line=2),
        Recipe(serial="DS-2", line=3),
        Recipe(reference="119", prefix="DS", line=4),
        Recipe(prefix="DS", line=5),
    ]
    assert serials(made_before(inventory, recipes)) == {2: "DS-1", 3: "DS-2"}
    destroy(inventory, "DS-1")
    assert serials(made_before(inventory, recipes)) == {3: "DS-2"}
