"""The sweep: a case can be repeated, a fault is told and leaves its flash, and where there is none all is well."""

import pytest

from sweep import random_cuts
from sweep.flows import FLOWS
from sweep.judge import Judge

SEED = 11


@pytest.fixture(scope="module")
def histories(rp2040, tmp_path_factory):
    made = random_cuts.Rig(rp2040, tmp_path_factory.mktemp("rig"))
    yield made, {name: FLOWS[name].record(made) for name in ("PIN change", "deletion")}
    made.close()


def test_the_same_seed_and_number_make_the_same_case(histories):
    _, recorded = histories
    cases = [random_cuts.draw(recorded, SEED, number) for number in range(40)]
    assert cases == [random_cuts.draw(recorded, SEED, number) for number in range(40)]
    assert len({(case.flow, case.number, case.torn, case.state.torn) for case in cases}) > 20
    assert {case.torn for case in cases} == {True, False}
    assert {case.again is None for case in cases} == {True, False}
    assert {case.state.certain for case in cases} == {True, False}


def test_a_vault_that_is_neither_before_nor_after_is_a_fault(histories, monkeypatch, tmp_path, capsys):
    rig, recorded = histories
    judges = {name: Judge(history) for name, history in recorded.items()}
    case = random_cuts.draw(recorded, SEED, 0)
    good = random_cuts.play(rig, judges, 0, case)
    assert (good.fault, good.left) == ("", b"")
    other = {name: judges[next(each for each in judges if each != name)] for name in judges}
    monkeypatch.setattr(judges[case.flow], "_views", other[case.flow].views)
    bad = random_cuts.play(rig, judges, 0, case)
    assert "a third state" in bad.fault
    monkeypatch.setattr(random_cuts, "LEFT", tmp_path)
    monkeypatch.setattr(random_cuts, "ROOT", tmp_path)
    assert random_cuts.report([good, bad], SEED) == 1
    assert f'"--seed {SEED} --case 0"' in capsys.readouterr().out
    assert (tmp_path / f"seed-{SEED}-case-0.bin").read_bytes() == case.state.image()
    assert random_cuts.report([good], SEED) == 0
