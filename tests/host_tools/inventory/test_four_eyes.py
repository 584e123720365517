"""Two operators: exactly what one has asked for, approved by another with his own token, once, and soon."""

from functools import partial

import pytest

from dsc.crypto.ocra import Suite, respond
from host_tools.inventory import NewCredential, four_eyes, governing
from host_tools.inventory.asking import HELP_DESK, ask
from host_tools.inventory.asking import LOGIN as LOGIN_PURPOSE
from host_tools.inventory.desk_errors import (
    LockedError,
    NoOpenChallengeError,
    OperatorInUseError,
    OperatorsNeededError,
    OperatorTokenError,
    RequestError,
    SessionNeededError,
    TooFewOperatorsError,
    UnknownActionError,
    UnknownOperatorError,
    WrongResponseError,
)
from host_tools.inventory.errors import (
    ChallengeNotOpenError,
    CredentialInUseError,
    FieldError,
    TokenStateError,
    UnknownSerialError,
    UnverifiableError,
)
from host_tools.inventory.four_eyes import KEY_EXPORT, UNLOCK, approving
from host_tools.inventory.help_desk import confirm, unlock, unlock_detail
from host_tools.inventory.importing import ImportedKey, record_imported
from host_tools.inventory.lifecycle import DESTROY, assign, destroy, make_blank, ship, take, take_back
from host_tools.inventory.operators import operators
from host_tools.inventory.schema import RequestRow
from host_tools.inventory.token_rows import token_row

LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"
OTHER = "OCRA-1:HOTP-SHA256-6:QN06"
NAMES = ("alice", "bob", "carol")
DETAIL = {"file": "keys.pskc", "count": 2}
# SHA-256 of: picodsc four eyes 1["unlock","DS-1001",{"identified_by":"known voice","n":1}]
FROZEN = "f8f65c4dc60b0a5a39f619b297d19a55a1af0b319cadaf460d62beb1b6397472"


def response(inventory, name, purpose, key=None):
    """What the operator's token answers to his challenge for this purpose."""
    number = NAMES.index(name) + 11
    asked = ask(inventory, f"OP-{number}", purpose=purpose)
    return respond(Suite.parse(LOGIN), bytes([number]) * 32 if key is None else key, asked.question)


def request(inventory, name="alice", action=KEY_EXPORT, subject=None, detail=DETAIL):
    given = response(inventory, name, four_eyes.asking_for(action, subject, detail))
    return four_eyes.request(inventory, action, subject, detail, name, given)


def approve(inventory, number, name="bob"):
    return four_eyes.approve(inventory, number, name, response(inventory, name, approving(number)))


def agree(inventory, action, subject, detail):
    approve(inventory, request(inventory, "alice", action, subject, detail).id)


@pytest.fixture
def team(inventory, seal):
    """Three operators."""
    for number, name in enumerate(NAMES, 11):
        seal(f"OP-{number}", number)
        governing.add_operator(inventory, name, f"OP-{number}")


@pytest.fixture
def policy(inventory, team):
    governing.turn_on(inventory, KEY_EXPORT)


def test_without_a_policy_one_is_enough(inventory, team):
    assert four_eyes.policy(inventory) == ()
    assert four_eyes.require(inventory, KEY_EXPORT, None, DETAIL) == {}


def test_what_two_have_agreed_on_is_done_once(inventory, policy):
    with pytest.raises(OperatorsNeededError) as refused:
        four_eyes.require(inventory, KEY_EXPORT, None, DETAIL)
    assert refused.value.request is None
    asked = request(inventory)
    with pytest.raises(OperatorsNeededError, match=f"request {asked.id} waits"):
        four_eyes.require(inventory, KEY_EXPORT, None, DETAIL)
    approve(inventory, asked.id)
    agreed = four_eyes.require(inventory, KEY_EXPORT, None, DETAIL)
    assert agreed == {"operators": "alice, bob", "request": asked.id}
    with pytest.raises(OperatorsNeededError):
        four_eyes.require(inventory, KEY_EXPORT, None, DETAIL)


@pytest.mark.parametrize(
    ("action", "subject", "detail"),
    [
        (UNLOCK, None, DETAIL),
        (KEY_EXPORT, "DS-1001", DETAIL),
        (KEY_EXPORT, None, {**DETAIL, "count": 3}),
        (KEY_EXPORT, None, {**DETAIL, "count": "2"}),
        (KEY_EXPORT, None, {"file": "keys.pskc"}),
        (KEY_EXPORT, None, {**DETAIL, "all": True}),
    ],
)
def test_anything_else_was_not_agreed_on(inventory, policy, action, subject, detail):
    governing.turn_on(inventory, UNLOCK)
    agree(inventory, KEY_EXPORT, None, DETAIL)
    with pytest.raises(OperatorsNeededError):
        four_eyes.require(inventory, action, subject, detail)
    four_eyes.require(inventory, KEY_EXPORT, None, dict(reversed(DETAIL.items())))


def test_the_canonical_form_stays_what_it_was():
    detail = {"n": 1, "identified_by": "known voice"}
    assert four_eyes.digest(UNLOCK, "DS-1001", detail).hex() == FROZEN


def test_nobody_approves_his_own_request(inventory, policy):
    asked = request(inventory)
    with pytest.raises(RequestError, match="alice has asked for it"):
        approve(inventory, asked.id, "alice")


def test_who_is_no_operator_or_has_no_right_token_approves_nothing(inventory, policy):
    asked = request(inventory)
    with pytest.raises(UnknownOperatorError, match="there are alice, bob, carol"):
        four_eyes.approve(inventory, asked.id, "mallory", "12345678")
    with pytest.raises(WrongResponseError):
        four_eyes.approve(
            inventory, asked.id, "bob", response(inventory, "bob", approving(asked.id), bytes(32))
        )
    purpose = four_eyes.asking_for(KEY_EXPORT, None, DETAIL)
    with pytest.raises(WrongResponseError):
        four_eyes.request(
            inventory, KEY_EXPORT, None, DETAIL, "alice", response(inventory, "alice", purpose, bytes(32))
        )
    assert [one.state(inventory.now()) for one in four_eyes.requests(inventory)] == ["waiting"]


def test_an_operator_s_wrong_responses_count(inventory, policy):
    asked = request(inventory)
    for _ in range(10):
        given = response(inventory, "bob", approving(asked.id), bytes(32))
        with pytest.raises(WrongResponseError):
            four_eyes.approve(inventory, asked.id, "bob", given)
    with pytest.raises(LockedError):
        response(inventory, "bob", approving(asked.id))


def test_an_operator_whose_token_came_back_is_none(inventory, policy):
    asked = request(inventory)
    assign(inventory, "OP-12", "bob")
    ship(inventory, "OP-12")
    given = response(inventory, "bob", approving(asked.id))
    take_back(inventory, "OP-12")
    with pytest.raises(TokenStateError, match="returned"):
        four_eyes.approve(inventory, asked.id, "bob", given)
    assert approve(inventory, asked.id, "carol").approved_by == "carol"


@pytest.mark.parametrize(
    "drop", [lambda inventory: inventory.forget("OP-12"), partial(destroy, serial="OP-12"),
             partial(make_blank, serial="OP-12")]
)  # fmt: skip
def test_while_somebody_is_an_operator_nobody_drops_the_keys_that_he_is_known_by(inventory, team, drop):
    with pytest.raises(
        OperatorTokenError, match="OP-12 is that of the operator bob: first `picodsc operator"
    ):
        drop(inventory)
    assert inventory.credential("OP-12").id == bytes([12]) * 16
    governing.remove_operator(inventory, "bob")
    drop(inventory)


def test_nor_is_a_token_dropped_that_a_restore_has_put_in_doubt(inventory, team):
    with inventory.writing() as session:
        token_row(session, "OP-12").state = "in_doubt"
    with pytest.raises(OperatorTokenError):
        inventory.drop_in_doubt("OP-12")


def test_of_several_tokens_that_are_to_be_destroyed_one_that_is_an_operator_s_saves_all(
    inventory, team, seal
):
    seal()
    with pytest.raises(OperatorTokenError):
        take(inventory, DESTROY, ["DS-1001", "OP-12"])
    assert inventory.token("DS-1001").state == "sealed"


def test_no_other_key_is_recorded_under_the_id_that_an_operator_is_known_by(inventory, team, record):
    """As the inventory of before could have it: the operator's token is gone, his name is not."""
    with inventory.writing() as session:
        session.delete(token_row(session, "OP-12"))
    identity = bytes([12]) * 16
    with pytest.raises(CredentialInUseError):
        record("OP-12", 12)
    with pytest.raises(CredentialInUseError):
        record("DS-1", 1, server_id=identity, server_key=bytearray(32), server_suite=OTHER)
    new = NewCredential(id=identity, label="Login", key=bytearray(b"alice's key here") * 2)
    (_, refused), = record_imported(inventory, [ImportedKey("OP-12", "Other", "M", new)])  # fmt: skip
    assert isinstance(refused, CredentialInUseError)
    assert "OP-12" not in inventory.serials()


def test_a_response_for_one_purpose_serves_no_other(inventory, policy):
    """What Bob reads out to the help desk, or for one request, approves no other one."""
    first, second = request(inventory), request(inventory, detail={"file": "other"})
    for purpose in (
        HELP_DESK,
        LOGIN_PURPOSE,
        approving(first.id),
        four_eyes.asking_for(KEY_EXPORT, None, DETAIL),
    ):
        asked = ask(inventory, "OP-12", purpose=purpose)
        given = respond(Suite.parse(LOGIN), bytes([12]) * 32, asked.question)
        with pytest.raises(NoOpenChallengeError):
            four_eyes.approve(inventory, second.id, "bob", given)
        with pytest.raises(ChallengeNotOpenError, match="not issued"):
            four_eyes.approve(inventory, second.id, "bob", given, asked.question)
    assert approve(inventory, second.id).approved_by == "bob"


def test_what_an_operator_answered_opens_no_session_for_his_own_token(inventory, policy):
    approve(inventory, request(inventory).id)
    with pytest.raises(SessionNeededError):
        confirm(inventory, "OP-12", "12345679")


def test_a_long_detail_is_cut_where_it_is_shown_and_whole_in_what_is_agreed_on(inventory, policy):
    detail = {"credentials": "DS-1 'Login', " * 1000}
    asked = request(inventory, detail=detail)
    assert len(asked.words) < 500
    assert "14000 characters; `picodsc operator requests --json` has all" in asked.words
    assert asked.detail == detail
    approve(inventory, asked.id)
    with pytest.raises(OperatorsNeededError):
        four_eyes.require(inventory, KEY_EXPORT, None, {"credentials": detail["credentials"] + "DS-2"})
    four_eyes.require(inventory, KEY_EXPORT, None, detail)


def test_a_request_waits_fifteen_minutes_and_an_approval_as_long(inventory, policy, clock):
    late = request(inventory)
    clock.advance(minutes=15)
    with pytest.raises(RequestError, match="it is expired"):
        approve(inventory, late.id)
    asked = request(inventory)
    clock.advance(minutes=14)
    approve(inventory, asked.id)
    clock.advance(minutes=14)
    assert [one.state(clock()) for one in four_eyes.requests(inventory)] == ["approved"]
    clock.advance(minutes=1)
    with pytest.raises(OperatorsNeededError):
        four_eyes.require(inventory, KEY_EXPORT, None, DETAIL)
    assert four_eyes.requests(inventory) == []
    everything = four_eyes.requests(inventory, everything=True)
    assert [one.state(clock()) for one in everything] == ["expired", "expired"]


def test_a_clock_that_was_set_back_makes_nothing_fresh(inventory, policy, clock):
    clock.advance(hours=1)
    agree(inventory, KEY_EXPORT, None, DETAIL)
    clock.advance(minutes=-30)
    with pytest.raises(OperatorsNeededError):
        four_eyes.require(inventory, KEY_EXPORT, None, DETAIL)


def test_what_was_approved_or_used_is_not_approved_again(inventory, policy):
    asked = request(inventory)
    approve(inventory, asked.id)
    with pytest.raises(RequestError, match="it is approved"):
        approve(inventory, asked.id, "carol")
    four_eyes.require(inventory, KEY_EXPORT, None, DETAIL)
    with pytest.raises(RequestError, match="it is used"):
        approve(inventory, asked.id, "carol")
    with pytest.raises(RequestError, match="none of this number"):
        four_eyes.open_request(inventory, 99, "carol")


def test_a_request_whose_words_were_changed_is_not_approved(inventory, policy):
    asked = request(inventory)
    with inventory.writing() as session:
        session.get_one(RequestRow, asked.id).detail = '{"count":1,"file":"one.pskc"}'
    with pytest.raises(RequestError, match="not what was asked for"):
        approve(inventory, asked.id)


def test_an_approval_is_used_up_only_if_the_thing_is_done(inventory, policy):
    agree(inventory, KEY_EXPORT, None, DETAIL)

    def fail() -> None:
        with inventory.writing() as session:
            four_eyes.spend(inventory, session, KEY_EXPORT, None, DETAIL)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert four_eyes.require(inventory, KEY_EXPORT, None, DETAIL)


def test_an_unlock_code_by_two_has_both_names_in_the_log(inventory, policy, seal):
    seal(mode="verified", unlock_secret=bytearray(32))
    governing.turn_on(inventory, UNLOCK)
    with pytest.raises(OperatorsNeededError):
        unlock(inventory, "DS-1001", 1, "known voice")
    agree(inventory, UNLOCK, "DS-1001", unlock_detail(1, "known voice"))
    unlock(inventory, "DS-1001", 1, "known voice")
    entries = inventory.history("DS-1001")[2:]
    assert [(one.event, one.detail.get("operator")) for one in entries[:2]] == [
        ("requested", "alice"),
        ("approved", "bob"),
    ]
    assert entries[2].detail["operators"] == "alice, bob"
    with pytest.raises(OperatorsNeededError):
        unlock(inventory, "DS-1001", 2, "known voice")


def test_the_rule_guards_itself_as_soon_as_it_is_in_force(inventory, policy, seal):
    seal("OP-20", 20)
    for changed in (
        lambda: governing.turn_off(inventory, KEY_EXPORT),
        lambda: governing.add_operator(inventory, "dave", "OP-20"),
        lambda: governing.remove_operator(inventory, "carol"),
    ):
        with pytest.raises(OperatorsNeededError):
            changed()
    credential = inventory.credential("OP-20")
    agree(inventory, four_eyes.OPERATOR_ADD, "OP-20", governing.addition_detail("dave", credential))
    governing.add_operator(inventory, "dave", "OP-20")
    agree(inventory, four_eyes.OPERATOR_REMOVE, None, {"name": "carol"})
    governing.remove_operator(inventory, "carol")
    agree(inventory, four_eyes.POLICY_OFF, None, {"action": KEY_EXPORT})
    governing.turn_off(inventory, KEY_EXPORT)
    governing.remove_operator(inventory, "dave")
    assert [one.name for one in operators(inventory)] == ["alice", "bob"]
    assert four_eyes.policy(inventory) == ()


def test_two_operators_are_left_while_the_rule_is_in_force(inventory, policy):
    agree(inventory, four_eyes.OPERATOR_REMOVE, None, {"name": "carol"})
    governing.remove_operator(inventory, "carol")
    with pytest.raises(TooFewOperatorsError, match="there would be 1"):
        governing.remove_operator(inventory, "bob")


def test_without_two_operators_there_is_no_rule(inventory, seal):
    seal()
    governing.add_operator(inventory, "alice", "DS-1001")
    with pytest.raises(TooFewOperatorsError, match="there would be 1"):
        governing.turn_on(inventory, UNLOCK)


def test_to_turn_on_what_is_on_or_off_what_is_off_changes_nothing(inventory, policy):
    before = inventory.audit_head()
    governing.turn_on(inventory, KEY_EXPORT)
    governing.turn_off(inventory, UNLOCK)
    assert inventory.audit_head() == before


def test_an_action_that_there_is_not_is_named(inventory, team):
    for refused in (governing.turn_on, governing.turn_off):
        with pytest.raises(UnknownActionError, match=r"'wipe'.*unlock, key-export"):
            refused(inventory, "wipe")


def test_an_operator_has_one_token_and_nobody_else_has_it(inventory, team, seal):
    seal()
    with pytest.raises(OperatorInUseError, match="alice has the token OP-11"):
        governing.add_operator(inventory, "dave", "OP-11")
    with pytest.raises(OperatorInUseError, match="alice"):
        governing.add_operator(inventory, "alice", "DS-1001")


def test_an_operator_s_token_is_sealed_and_answers_plain_challenges(inventory, record, seal):
    record()
    with pytest.raises(TokenStateError, match="in doubt"):
        governing.add_operator(inventory, "alice", "DS-1001")
    seal("DS-2", 2, login_suite="HOTP-SHA1-6")
    server = {
        "server_id": b"s" * 16,
        "server_key": bytearray(32),
        "server_suite": "OCRA-1:HOTP-SHA256-6:QN06",
    }
    seal("DS-3", 3, **server)
    seal("DS-4", 4, login_suite="OCRA-1:HOTP-SHA256-8:QA08")
    for serial in ("DS-2", "DS-3", "DS-4"):
        with pytest.raises(UnverifiableError):
            governing.add_operator(inventory, "alice", serial)
    with pytest.raises(UnknownSerialError):
        governing.add_operator(inventory, "alice", "XX-9")


@pytest.mark.parametrize("name", ["", "a" * 65, " a", "a\nb", "a, b"])
def test_a_name_that_would_be_misread_in_the_log_is_refused(inventory, seal, name):
    seal()
    with pytest.raises(FieldError, match="1 to 64"):
        governing.add_operator(inventory, name, "DS-1001")


def test_who_is_no_operator_is_not_removed(inventory, team):
    with pytest.raises(UnknownOperatorError):
        governing.remove_operator(inventory, "mallory")
