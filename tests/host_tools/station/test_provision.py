"""One unit from blank to sealed: what is kept where it breaks off, and what an operator is told."""

import pytest

from dsc.protocol import messages
from dsc.protocol.errors import MessageError, WeakPinError
from dsc.protocol.frames import encode_frame
from fakes.station_bench import PIN, BrokenOffError, DumbUnit, StationBench, wanted
from host_tools.inventory import TokenState
from host_tools.inventory.errors import FieldError, InventoryBusyError, SerialInUseError, UnknownBatchError
from host_tools.inventory.issuing import begin_batch
from host_tools.inventory.lifecycle import assign
from host_tools.inventory.pins import has_letter_pin
from host_tools.inventory.serials import Batch
from host_tools.inventory.token_rows import token_row
from host_tools.inventory.verify import Verdict, answer, issue_challenge
from host_tools.station.errors import (
    InDoubtError,
    NoAnswerError,
    NotBlankError,
    SilentUnitError,
    UnitInUseError,
)
from host_tools.station.provision import provision
from host_tools.station.sealing import Step

FIRST, SECOND = "DS-0000014", "DS-0000023"


@pytest.fixture
def bench(tmp_path, inventory, engine_name):
    begin_batch(inventory, Batch("DS", 6))
    return StationBench(tmp_path / "unit", inventory, engine_name)


@pytest.fixture
def unit(fake):
    """The token made of lies, as a unit on the desk."""
    fake.left = lambda: True
    return fake


def state(inventory, serial=FIRST):
    return inventory.token(serial).state


def test_a_unit_becomes_a_token_of_the_batch_that_answers_a_login(bench, inventory):
    receipt = bench.provision(wanted(prefix="DS", user="j.doe", reference="2026-118"))
    token = inventory.token(FIRST)
    assert receipt.token == token
    assert (token.state, token.user, token.reference) == (TokenState.ASSIGNED, "j.doe", "2026-118")
    challenge = issue_challenge(inventory, FIRST).question
    assert answer(inventory, FIRST, challenge, bench.login(challenge)) is Verdict.ACCEPTED


def test_the_receipt_says_what_was_made_and_nothing_secret(bench, inventory):
    receipt = bench.provision(wanted(prefix="DS")).as_object()
    assert receipt["serial"] == FIRST
    assert receipt["uid"] == bench.token.uid.hex()
    assert receipt["audit_head"] == str(inventory.audit_head())
    (credential,) = inventory.credentials(FIRST)
    assert [one["id"] for one in receipt["credentials"]] == [credential.id.hex()]
    key = inventory.key(credential)
    assert key.hex() not in str(receipt)
    assert PIN not in "".join(
        str(value) for name, value in receipt.items() if name in ("user", "reference", "letter")
    )


# What is left where it broke off.


@pytest.mark.parametrize("step", [Step.IDENTIFY, Step.ALLOT])
def test_before_a_serial_was_allotted_nothing_is_written(bench, inventory, step):
    with pytest.raises(BrokenOffError):
        bench.provision(wanted(prefix="DS"), stopped_at=step)
    assert inventory.serials() == []


@pytest.mark.parametrize("step", [Step.ORDER, Step.RECORD])
def test_before_it_is_recorded_the_unit_only_keeps_its_serial(bench, inventory, step):
    with pytest.raises(BrokenOffError):
        bench.provision(wanted(prefix="DS"), stopped_at=step)
    assert state(inventory) is TokenState.BLANK
    assert bench.provision(wanted(prefix="DS")).token.serial == FIRST


def test_a_unit_that_was_recorded_and_is_seen_blank_again_is_made_with_new_keys(bench, inventory):
    with pytest.raises(BrokenOffError):
        bench.provision(wanted(prefix="DS"), stopped_at=Step.SEAL)
    assert state(inventory) is TokenState.IN_DOUBT
    (before,) = inventory.credentials(FIRST)
    assert bench.provision(wanted(prefix="DS")).token.serial == FIRST
    (after,) = inventory.credentials(FIRST)
    assert before.id != after.id
    events = [entry.event for entry in inventory.history(FIRST)]
    assert events == ["serial issued", "in doubt", "blank", "in doubt", "sealed"]


@pytest.mark.parametrize("step", [Step.PROVE, Step.SETTLE])
def test_between_sealing_and_proof_it_is_in_doubt(bench, inventory, step):
    with pytest.raises(BrokenOffError):
        bench.provision(wanted(prefix="DS"), stopped_at=step)
    assert state(inventory) is TokenState.IN_DOUBT
    challenge = issue_challenge(inventory, FIRST).question
    assert answer(inventory, FIRST, challenge, bench.login(challenge)) is Verdict.ACCEPTED


@pytest.mark.parametrize("step", [Step.RESET, Step.LEAVE])
def test_a_token_that_has_proved_itself_is_sealed_whatever_happens_then(bench, inventory, step):
    with pytest.raises(BrokenOffError):
        bench.provision(wanted(prefix="DS"), stopped_at=step)
    assert state(inventory) is TokenState.SEALED


def test_another_unit_gets_another_serial(bench, inventory, tmp_path):
    with pytest.raises(BrokenOffError):
        bench.provision(wanted(prefix="DS"), stopped_at=Step.ORDER)
    other = StationBench(tmp_path / "other", inventory, bench.engine)
    assert other.provision(wanted(prefix="DS")).token.serial == SECOND


# What is refused.


def test_a_sealed_unit_is_refused(bench):
    bench.provision(wanted(prefix="DS"))
    with pytest.raises(SilentUnitError, match="a sealed one never does"):
        bench.provision(wanted(prefix="DS"))


def test_a_unit_that_says_that_it_is_sealed_is_refused_by_name(inventory, unit):
    sealed = messages.Identity("simulated", b"u", "0.1.0", messages.VAULT_SEALED)
    unit.lies[messages.HELLO] = lambda asked: bytes(
        encode_frame(messages.IDENTITY, messages.encode_identity(sealed))
    )
    with pytest.raises(NotBlankError):
        provision(inventory, unit, wanted("DS-1"))
    assert inventory.serials() == []


def test_a_blank_unit_that_was_a_token_is_not_made_another_one_unasked(bench, inventory):
    bench.provision(wanted(prefix="DS"))
    assign(inventory, FIRST, "j.doe")
    bench.factory_reset()
    with pytest.raises(UnitInUseError) as refused:
        bench.provision(wanted(prefix="DS"))
    assert (refused.value.serial, refused.value.state) == (FIRST, "assigned")
    assert state(inventory) is TokenState.ASSIGNED


def test_a_serial_that_another_token_has_is_refused_before_the_unit_makes_keys(inventory, unit, tmp_path):
    StationBench(tmp_path / "first", inventory).provision(wanted("DS-1"))
    with pytest.raises(SerialInUseError):
        provision(inventory, unit, wanted("DS-1"))
    assert messages.PROVISION not in unit.asked


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (wanted("DS-1", pin="1234"), WeakPinError),
        (wanted("DS-1", user=" j.doe"), FieldError),
        (wanted("DS 1"), MessageError),
        (wanted(prefix="NO"), UnknownBatchError),
    ],
)
def test_an_order_that_could_not_be_carried_out_makes_no_key(inventory, unit, order, error):
    with pytest.raises(error):
        provision(inventory, unit, order)
    assert messages.PROVISION not in unit.asked
    assert inventory.serials() == []
    assert not any(order.order.pin)


def test_a_unit_that_does_not_answer_is_given_up(inventory):
    with pytest.raises(SilentUnitError):
        provision(inventory, DumbUnit(), wanted("DS-1"))


def test_what_breaks_off_after_the_record_says_that_the_token_is_in_doubt_and_what_to_do(inventory, unit):
    unit.lies[messages.COMMIT] = lambda asked: b""
    with pytest.raises(InDoubtError, match="picodsc station resolve DS-1") as broke_off:
        provision(inventory, unit, wanted("DS-1"))
    assert isinstance(broke_off.value.__cause__, NoAnswerError)


def test_whatever_breaks_off_after_the_record_says_so(inventory, unit, monkeypatch):
    def busy(serial):
        raise InventoryBusyError("inventory.db", 30)

    monkeypatch.setattr(inventory, "mark_sealed", busy)
    with pytest.raises(InDoubtError, match="DS-1 is in doubt") as broke_off:
        provision(inventory, unit, wanted("DS-1"))
    assert isinstance(broke_off.value.__cause__, InventoryBusyError)


def test_who_interrupts_it_after_the_record_is_told_so(inventory, unit):
    def look(step):
        if step is Step.PROVE:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as interrupted:
        provision(inventory, unit, wanted("DS-1"), look)
    (told,) = interrupted.value.__notes__
    assert "DS-1 is in doubt" in told


def test_a_token_that_stays_on_usb_is_told_of(inventory, unit):
    unit.left = lambda: False
    assert provision(inventory, unit, wanted("DS-1")).left_usb is False


def test_a_token_that_can_not_be_told_to_restart_is_sealed_all_the_same(inventory, unit):
    unit.lies[messages.RESET] = lambda asked: b""
    assert provision(inventory, unit, wanted("DS-1")).token.state is TokenState.SEALED


# PINs that the station knows.


def test_a_pin_that_goes_out_by_letter_is_kept_and_must_be_changed(inventory, unit):
    receipt = provision(inventory, unit, wanted("DS-1", keep_pin="letter", must_change=True))
    assert receipt.letter
    assert has_letter_pin(inventory, "DS-1")


def test_an_ordered_pin_is_forgotten_when_the_token_has_sealed(inventory, unit):
    order = wanted("DS-1", keep_pin="sealed")
    assert not provision(inventory, unit, order).letter
    assert not any(order.order.pin)
    assert [entry.event for entry in inventory.history("DS-1")][-1] == "ordered PIN forgotten"
    with inventory.reading() as session:
        assert token_row(session, "DS-1").secrets == []
