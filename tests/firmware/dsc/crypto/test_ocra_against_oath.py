"""A short run of the comparison with `oath` that `make fuzz` makes with 20,000 suites."""

import importlib.util
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[3] / "fuzz" / "ocra_against_oath.py"

_spec = importlib.util.spec_from_file_location("ocra_against_oath", PROGRAM)
fuzz = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fuzz)


def test_a_thousand_random_suites_differ_from_oath_only_as_documented():
    comparison = fuzz.Comparison(seed=6287)
    comparison.run(1000)
    assert comparison.unexplained == []
    assert comparison.equal > 500
    assert set(comparison.known) == {fuzz.WHOLE, fuzz.ODD, fuzz.TIME, fuzz.REFUSED, fuzz.REFUSED_BY_BOTH}


def test_the_program_prints_what_it_compared(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["ocra_against_oath.py", "--count", "50", "--seed", "1"])
    assert fuzz.main() == 0
    printed = capsys.readouterr().out
    assert "50 random suites (seed 1)" in printed
    assert "0 unexplained differences" in printed


@pytest.mark.parametrize("broken", ["respond", "mutual"])
def test_a_wrong_response_of_ours_is_found(monkeypatch, broken, capsys):
    monkeypatch.setattr(fuzz, broken, lambda *_, **__: "00000000")
    monkeypatch.setattr(sys, "argv", ["ocra_against_oath.py", "--count", "50", "--seed", "1"])
    assert fuzz.main() == 1
    assert "is not what the RFC's formula gives" in capsys.readouterr().out


def test_an_illegal_suite_that_we_take_is_found(monkeypatch):
    monkeypatch.setattr(fuzz.Suite, "parse", lambda text: text)
    comparison = fuzz.Comparison(seed=1)
    comparison.compare_illegal("OCRA-1:HOTP-SHA1-8:QN65")
    assert len(comparison.unexplained) == 1
