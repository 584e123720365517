"""After a restore no challenge, reference, serial or code by counter is issued or accepted twice."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.plain import Method, code
from dsc.protocol.transaction import ACCOUNT, REFERENCE, Field
from fakes.restores import a_life_with_restores
from host_tools.inventory import Inventory
from host_tools.inventory.allowance import AT_ONCE, EVERY
from host_tools.inventory.backup import back_up
from host_tools.inventory.errors import (
    AllowanceSpentError,
    BatchStoppedError,
    ChallengeNotOpenError,
    CounterUnsureError,
    FieldError,
    ReferenceNotIssuedError,
    SequenceExhaustedError,
)
from host_tools.inventory.issuing import begin_batch, issue_serial
from host_tools.inventory.plain_codes import resynchronise, verify_code
from host_tools.inventory.restoring import restore
from host_tools.inventory.schema import CredentialRow
from host_tools.inventory.serials import Batch
from host_tools.inventory.signing import expected_signature, issue_reference, verify_signature
from host_tools.inventory.token_rows import credential_row
from host_tools.inventory.verify import Verdict, answer, issue_challenge, verify_response

COUNTING = "OCRA-1:HOTP-SHA256-8:C-QN06"
KEY = b"\1" * 32


def test_challenges_go_on_past_all_that_can_have_been_issued_and_open_ones_are_closed(
    anywhere, clock, record, file, tmp_path
):
    with Inventory.open(anywhere, now=clock) as inventory:
        record(into=inventory)
        waiting = issue_challenge(inventory, "DS-1001", lifetime=timedelta(days=9)).question
        back_up(inventory, file)
        since = {issue_challenge(inventory, "DS-1001").question for _ in range(AT_ONCE - 1)}
        with pytest.raises(AllowanceSpentError, match="the next can be had at 2026-11-23 12:03:00"):
            issue_challenge(inventory, "DS-1001")
        clock.advance(minutes=30)
        since |= {issue_challenge(inventory, "DS-1001").question for _ in range(10)}
    done = restore(anywhere, file, kept=tmp_path / "kept", now=clock)
    assert done.open.closed == 1
    with Inventory.open(anywhere, now=clock) as inventory:
        assert inventory.credential("DS-1001").challenge_index == AT_ONCE + 10
        with pytest.raises(AllowanceSpentError):
            issue_challenge(inventory, "DS-1001")
        with pytest.raises(ChallengeNotOpenError, match="answered already"):
            answer(inventory, "DS-1001", waiting, "00000000")
        clock.advance(minutes=3)
        assert issue_challenge(inventory, "DS-1001").question not in since


def test_a_device_with_no_challenge_left_is_named(anywhere, clock, record, file, tmp_path):
    with Inventory.open(anywhere, now=clock) as inventory:
        record(into=inventory, login_suite="OCRA-1:HOTP-SHA1-6:QN04")
        record("DS-1002", 2, into=inventory)
        with inventory.writing() as session:
            credential_row(session, inventory.credential("DS-1001")).challenge_index = 9000
        back_up(inventory, file)
    done = restore(anywhere, file, kept=tmp_path / "kept", now=clock)
    assert done.open.exhausted == ("DS-1001",)
    clock.advance(minutes=3)
    with Inventory.open(anywhere, now=clock) as inventory, pytest.raises(SequenceExhaustedError):
        issue_challenge(inventory, "DS-1001")


def test_a_code_by_counter_is_not_judged_before_the_counter_was_found_again(backed_up, file, clock, tmp_path):
    where = backed_up(login_suite="HOTP-SHA1-6")
    codes = [code(Method.parse("HOTP-SHA1-6"), KEY, counter) for counter in range(40)]
    with Inventory.open(where, now=clock) as inventory:
        for one in codes[:30]:
            assert verify_code(inventory, "DS-1001", one).accepted
    done = restore(where, file, kept=tmp_path / "kept", now=clock)
    assert done.open.unsure == 1
    with Inventory.open(where, now=clock) as inventory:
        for one in (codes[3], codes[30]):
            with pytest.raises(CounterUnsureError, match="picodsc resync DS-1001"):
                verify_code(inventory, "DS-1001", one)
        assert resynchronise(inventory, "DS-1001", codes[31], codes[32]).accepted
        assert not verify_code(inventory, "DS-1001", codes[3]).accepted
        assert verify_code(inventory, "DS-1001", codes[33]).accepted


def test_a_counting_credential_finds_its_counter_by_a_fresh_challenge_only(backed_up, file, clock, tmp_path):
    where = backed_up(login_suite=COUNTING)
    restore(where, file, kept=tmp_path / "kept", now=clock)
    clock.advance(minutes=9)
    with Inventory.open(where, now=clock) as inventory:
        response = respond(Suite.parse(COUNTING), KEY, "123457", counter=500)
        with pytest.raises(CounterUnsureError, match="challenge that the inventory issues"):
            verify_response(inventory, "DS-1001", "123457", response)
        question = issue_challenge(inventory, "DS-1001").question
        assert answer(inventory, "DS-1001", question, "00000000") is Verdict.REJECTED
        question = issue_challenge(inventory, "DS-1001").question
        response = respond(Suite.parse(COUNTING), KEY, question, counter=900)
        assert answer(inventory, "DS-1001", question, response) is Verdict.ACCEPTED
        assert inventory.credential("DS-1001").counter == 901
        response = respond(Suite.parse(COUNTING), KEY, "123457", counter=901)
        assert verify_response(inventory, "DS-1001", "123457", response) is Verdict.ACCEPTED


def test_short_responses_are_looked_for_less_far(backed_up, file, clock, tmp_path):
    suite = "OCRA-1:HOTP-SHA256-6:C-QN06"
    where = backed_up(login_suite=suite)
    restore(where, file, kept=tmp_path / "kept", now=clock)
    clock.advance(minutes=9)
    with Inventory.open(where, now=clock) as inventory:
        for counter, verdict in ((21, Verdict.REJECTED), (20, Verdict.ACCEPTED)):
            question = issue_challenge(inventory, "DS-1001").question
            response = respond(Suite.parse(suite), KEY, question, counter=counter)
            assert answer(inventory, "DS-1001", question, response) is verdict


def test_a_transaction_needs_a_reference_from_after_the_restore(backed_up, file, clock, tmp_path):
    form = (Field(ACCOUNT, "To"), Field(REFERENCE, "Ref"))
    where = backed_up(form=form, sign_suite="OCRA-1:HOTP-SHA256-8:QH64")
    with Inventory.open(where, now=clock) as inventory:
        used = [["12", issue_reference(inventory, "DS-1001")], ["12", "999999"]]
        signed = [expected_signature(inventory, "DS-1001", values) for values in used]
        for values, signature in zip(used, signed, strict=True):
            assert verify_signature(inventory, "DS-1001", values, signature).accepted
    restore(where, file, kept=tmp_path / "kept", now=clock)
    clock.advance(minutes=3)
    with Inventory.open(where, now=clock) as inventory:
        for values, signature in zip(used, signed, strict=True):
            with pytest.raises(ReferenceNotIssuedError, match="was not issued since"):
                verify_signature(inventory, "DS-1001", values, signature)
        reference = issue_reference(inventory, "DS-1001")
        assert int(reference) == AT_ONCE + 1
        signature = expected_signature(inventory, "DS-1001", ["12", reference])
        assert verify_signature(inventory, "DS-1001", ["12", reference], signature).accepted


def test_serials_are_issued_again_when_somebody_said_from_where(backed_up, file, clock, tmp_path):
    where = backed_up()
    with Inventory.open(where, now=clock) as inventory:
        taken = issue_serial(inventory, "PD")
    done = restore(where, file, kept=tmp_path / "kept", now=clock)
    assert done.open.batches == ("PD",)
    with Inventory.open(where, now=clock) as inventory:
        with pytest.raises(BatchStoppedError, match="station batch PD --first N"):
            issue_serial(inventory, "PD")
        with pytest.raises(FieldError, match="6 digits"):
            begin_batch(inventory, Batch("PD", 4), 2)
        begin_batch(inventory, Batch("PD"), 2)
        assert issue_serial(inventory, "PD") == Batch("PD").serial(2) != taken
    with Inventory.open(where, now=clock) as inventory, inventory.writing() as session:
        assert session.query(CredentialRow).one().counter_unsure is False


def test_a_batch_never_goes_back(backed_up, file, clock, tmp_path):
    where = backed_up()
    with Inventory.open(where, now=clock) as inventory:
        for _ in range(3):
            issue_serial(inventory, "PD")
        later = file.with_name("later")
        back_up(inventory, later)
    restore(where, later, kept=tmp_path / "kept", now=clock)
    with Inventory.open(where, now=clock) as inventory, pytest.raises(FieldError, match="up to the number 3"):
        begin_batch(inventory, Batch("PD"), 3)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 10)),
        st.tuples(st.just("issue"), st.integers(1, 4)),
        st.tuples(st.just("back up"), st.just(0)),
        st.tuples(st.just("restore"), st.integers(0, 5)),
    ),
    min_size=4,
    max_size=12,
)


@settings(max_examples=15)
@given(STEPS)
def test_no_challenge_comes_twice_whatever_is_restored(tmp_path_factory, steps):
    questions = a_life_with_restores(tmp_path_factory.mktemp("life"), steps, at_once=3)
    assert len(questions) == len(set(questions))


def test_such_a_life_does_issue_challenges_after_restores(tmp_path):
    steps = [
        ("back up", 0),
        ("issue", 4),
        ("restore", 0),
        ("wait", 5),
        ("issue", 4),
        ("restore", 0),
        ("wait", 7),
    ]
    questions = a_life_with_restores(tmp_path, [*steps, ("issue", 4)], at_once=3)
    assert len(questions) == len(set(questions)) == 3 + 1 + 2
    assert timedelta(minutes=3) == EVERY
