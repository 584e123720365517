"""A doubt is settled by the token itself, or by the sight of its blank unit; by nothing else."""

import pytest

from fakes.station_bench import BrokenOffError, StationBench, wanted
from host_tools.inventory import Credential, TokenState
from host_tools.inventory.errors import TokenStateError
from host_tools.inventory.lifecycle import assign, ship
from host_tools.inventory.verify import Verdict
from host_tools.station import make
from host_tools.station.errors import OtherUnitError, SealedLetterError, SilentUnitError
from host_tools.station.resolve import ask, judge, see_blank
from host_tools.station.sealing import Step


@pytest.fixture
def bench(tmp_path, inventory):
    return StationBench(tmp_path / "unit", inventory)


@pytest.fixture
def doubtful(bench):
    """Leaves a token in doubt that has sealed."""

    def doubtful(**options):
        with pytest.raises(BrokenOffError):
            bench.provision(wanted("DS-1", **options), stopped_at=Step.PROVE)
        return bench

    return doubtful


def state(inventory):
    return inventory.token("DS-1").state


def test_a_right_response_settles_the_doubt(doubtful, inventory):
    bench = doubtful()
    asked = ask(inventory, "DS-1")
    assert judge(inventory, asked, bench.login(asked.question)) is Verdict.ACCEPTED
    assert state(inventory) is TokenState.SEALED


def test_a_wrong_response_leaves_it_and_uses_the_challenge_up(doubtful, inventory):
    bench = doubtful()
    asked = ask(inventory, "DS-1")
    assert judge(inventory, asked, bench.login(asked.question, pin="7295")) is Verdict.REJECTED
    assert state(inventory) is TokenState.IN_DOUBT
    assert ask(inventory, "DS-1").question != asked.question


def test_the_duress_pin_settles_it_too_and_nobody_sees_a_difference(doubtful, inventory):
    bench = doubtful(duress=b"5000")
    asked = ask(inventory, "DS-1")
    assert judge(inventory, asked, bench.login(asked.question, pin="2294")).accepted
    assert state(inventory) is TokenState.SEALED


def test_a_token_of_plain_codes_is_asked_for_its_next_code(doubtful, inventory):
    spec = make.CredentialSpec(login="HOTP-SHA1-6")
    bench = doubtful(credentials=(spec,))
    asked = ask(inventory, "DS-1")
    assert isinstance(asked, Credential)
    code = bench.at_desk(lambda desk: desk.do("press 7 2 9 4 OK\nread RESPONSE"))
    assert judge(inventory, asked, code) is Verdict.ACCEPTED
    assert state(inventory) is TokenState.SEALED


def test_a_token_whose_pin_waits_for_its_letter_has_to_be_reset_instead(doubtful, inventory):
    bench = doubtful(keep_pin="letter", must_change=True)
    with pytest.raises(SealedLetterError, match="provision it again"):
        ask(inventory, "DS-1")
    bench.factory_reset()
    receipt = bench.provision(wanted("DS-1", keep_pin="letter", must_change=True))
    assert receipt.token.state is TokenState.SEALED


def test_only_a_doubt_can_be_settled(bench, inventory):
    bench.provision(wanted("DS-1"))
    with pytest.raises(TokenStateError, match="sealed"):
        ask(inventory, "DS-1")


def test_a_unit_that_never_sealed_is_seen_blank(bench, inventory):
    with pytest.raises(BrokenOffError):
        bench.provision(wanted("DS-1"), stopped_at=Step.SEAL)
    bench.with_unit(lambda unit: see_blank(inventory, "DS-1", unit))
    assert state(inventory) is TokenState.BLANK
    assert inventory.credentials("DS-1") == []


def test_a_sealed_token_that_was_reset_is_seen_blank_and_made_again(bench, inventory):
    bench.provision(wanted("DS-1"))
    bench.factory_reset()
    bench.with_unit(lambda unit: see_blank(inventory, "DS-1", unit))
    assert bench.provision(wanted("DS-1")).token.state is TokenState.SEALED


def test_a_token_that_is_with_its_user_is_returned_before_it_is_seen_blank(bench, inventory):
    bench.provision(wanted("DS-1"))
    assign(inventory, "DS-1", "j.doe")
    ship(inventory, "DS-1")
    bench.factory_reset()
    with pytest.raises(TokenStateError, match="returned"):
        bench.with_unit(lambda unit: see_blank(inventory, "DS-1", unit))
    assert len(inventory.credentials("DS-1")) == 1


def test_another_unit_settles_nothing(doubtful, inventory, tmp_path):
    doubtful()
    other = StationBench(tmp_path / "other", inventory)
    with pytest.raises(OtherUnitError):
        other.with_unit(lambda unit: see_blank(inventory, "DS-1", unit))
    assert state(inventory) is TokenState.IN_DOUBT


def test_a_sealed_unit_is_not_seen_blank(doubtful, inventory):
    bench = doubtful()
    with pytest.raises(SilentUnitError):
        bench.with_unit(lambda unit: see_blank(inventory, "DS-1", unit))
    assert state(inventory) is TokenState.IN_DOUBT
