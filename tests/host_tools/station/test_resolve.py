"""A doubt is settled by the token itself, or by the sight of its blank unit; by nothing else."""

import pytest

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.plain import Method, code
from fakes.station_bench import BrokenOffError, StationBench, wanted
from host_tools.inventory import Credential, NewCredential, TokenState, proofs
from host_tools.inventory.desk_errors import LockedError, ProofNeededError, SessionNeededError
from host_tools.inventory.errors import TokenStateError
from host_tools.inventory.help_desk import confirm
from host_tools.inventory.lifecycle import assign, ship
from host_tools.inventory.verify import Verdict
from host_tools.station import make
from host_tools.station.errors import OtherUnitError, SealedLetterError, SilentUnitError
from host_tools.station.resolve import ask, judge, see_blank
from host_tools.station.sealing import Step

KEY = bytes(range(32))
ALARM = bytes(range(50, 82))


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


@pytest.fixture
def two(inventory):
    """A token in doubt with an OCRA credential and one of plain codes; the first has a duress PIN."""
    new = [
        NewCredential(id=b"L" * 16, label="Login", key=bytearray(KEY), alarm_key=bytearray(ALARM)),
        NewCredential(id=b"D" * 16, label="Door", key=bytearray(KEY), login_suite="HOTP-SHA1-6"),
    ]
    inventory.record_in_doubt("DS-1", board="b", uid=b"u", firmware_version="0", credentials=new)


def answer(inventory, credential, key=KEY):
    asked = ask(inventory, "DS-1", credential)
    if isinstance(asked, Credential):
        return judge(inventory, asked, code(Method.parse("HOTP-SHA1-6"), bytearray(key), 0))
    return judge(inventory, asked, respond(Suite.parse(make.DEFAULT_SUITE), key, asked.question))


@pytest.mark.parametrize("credential", ["Login", "Door"])
def test_wrong_answers_count_and_lock(two, inventory, credential):
    for _ in range(10):
        assert answer(inventory, credential, b"?" * 32) is Verdict.REJECTED
    with pytest.raises(LockedError):
        ask(inventory, "DS-1", credential)
    assert [one.event for one in inventory.history("DS-1")].count("wrong response") == 10
    assert state(inventory) is TokenState.IN_DOUBT


def test_a_lock_that_came_while_the_answer_was_typed_is_one(two, inventory):
    asked = ask(inventory, "DS-1", "Door")
    for _ in range(10):
        answer(inventory, "Door", b"?" * 32)
    with pytest.raises(LockedError):
        judge(inventory, asked, code(Method.parse("HOTP-SHA1-6"), bytearray(KEY), 0))
    assert state(inventory) is TokenState.IN_DOUBT


def test_an_answer_under_duress_is_in_the_log(two, inventory):
    assert answer(inventory, "Login", ALARM) is Verdict.ALARM
    assert [one.event for one in inventory.history("DS-1")] == ["in doubt", "alarm", "sealed"]


def test_the_answer_opens_no_session_of_the_help_desk(two, inventory):
    answer(inventory, "Login")
    with pytest.raises(SessionNeededError):
        confirm(inventory, "DS-1", "12345679", "Login")


def test_what_failed_its_proof_has_to_answer_itself(two, inventory):
    early = ask(inventory, "DS-1", "Door")
    proofs.note_failed(inventory, "DS-1", b"L" * 16)
    with pytest.raises(ProofNeededError, match="credential 'Login'"):
        ask(inventory, "DS-1", "Door")
    with pytest.raises(ProofNeededError):
        judge(inventory, early, code(Method.parse("HOTP-SHA1-6"), bytearray(KEY), 0))
    assert state(inventory) is TokenState.IN_DOUBT
    assert answer(inventory, None) is Verdict.ACCEPTED
    assert state(inventory) is TokenState.SEALED
    assert proofs.failed(inventory, "DS-1") == []


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
