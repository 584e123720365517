"""The measurements of the station and its files, with as little work as they can have."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def found(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)


def test_keys_are_timed_on_their_way_out_and_back_beside_python_pskc():
    import on_pskc

    figures = list(on_pskc.figures(20))
    assert [figure.what.split()[0] for figure in figures] == ["20", "the", "20", "the", "the"]
    assert all(figure.value > 0 and figure.its_value > 0 for figure in figures)


def test_each_step_of_a_unit_is_measured_in_both_times_and_they_add_up(rp2040):
    import on_station

    from host_tools.station.sealing import Step

    *steps, whole, own = on_station.figures(rounds=10_000)
    assert [step.what for step in steps] == [on_station.PLUG, *(step.value for step in Step)]
    assert sum(step.value for step in steps) == pytest.approx(whole.value)
    assert sum(step.its_value for step in steps) == pytest.approx(whole.its_value)
    assert {step.what for step in steps if step.value == 0} == set(on_station.OWN)
    assert 0 < own.value < whole.its_value
