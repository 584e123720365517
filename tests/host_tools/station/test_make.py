"""A token from order to proof: made whole with its key in the inventory, or not at all."""

import errno
import os
from pathlib import Path

import pytest

from dsc.crypto.errors import SuiteError
from dsc.crypto.ocra import Suite, respond
from dsc.protocol import messages, orders
from dsc.protocol.errors import MessageError, PinAlphabetError, PinLengthError, WeakPinError
from dsc.protocol.frames import encode_frame
from dsc.protocol.orders import KeySet
from host_tools.engines.errors import UnknownEngineError
from host_tools.engines.open import open_engine
from host_tools.inventory import TokenState
from host_tools.inventory.errors import (
    InventoryBusyError,
    QuestionLengthError,
    SerialInUseError,
    UnknownSerialError,
)
from host_tools.inventory.verify import Verdict, verify_response
from host_tools.simulator import login
from host_tools.simulator.folder import TokenFolder, TokenFolderError
from host_tools.station import make
from host_tools.station.conversation import Conversation
from host_tools.station.errors import (
    FailedProofError,
    GarbledAnswerError,
    LeftInDoubtError,
    LeftOverError,
    NoAnswerError,
    NotBlankError,
    SameLabelError,
    SelfTestError,
    TokenRefusedError,
    UnexpectedAnswerError,
    UnknownBoardError,
    WrongKeysError,
)
from host_tools.station.make import CredentialSpec, Order, make_token
from host_tools.station.ordering import provision_message

PIN = "4713"
PASSED = messages.SELF_TEST_PASSED
COUNTER = "OCRA-1:HOTP-SHA256-8:C-QN06"


def order(serial="DS-1", pin=PIN, suite=make.DEFAULT_SUITE, labels=("",), **options):
    """An order with a credential of this suite for each label, unless it has others."""
    credentials = tuple(CredentialSpec(label, login=suite) for label in labels)
    return Order(serial, bytearray(pin.encode()), **{"credentials": credentials, "rounds": 16, **options})


def frame(kind, payload=b""):
    return bytes(encode_frame(kind, payload))


@pytest.fixture
def made(inventory, tmp_path, engine_name):
    """Makes a real token on each engine."""

    def made(**options):
        return make_token(inventory, tmp_path / "token", order(**options), engine_name)

    return made


@pytest.fixture
def provision(inventory, tmp_path, fake, monkeypatch):
    """Makes a token out of the fake one."""
    monkeypatch.setattr(make, "open_engine", lambda name, unit: fake)
    return lambda **options: make_token(inventory, tmp_path / "token", order(**options), "fake")


@pytest.fixture
def nothing_is_left(inventory, tmp_path):
    def check():
        assert inventory.serials() == []
        assert [path.name for path in tmp_path.iterdir()] == ["inventory"]

    return check


def read_response(token, engine_name, pin, challenge):
    with open_engine(engine_name, token.unit()) as engine:
        engine.power_on()
        return login.respond(engine, pin, challenge, lambda name, frame: None)


def test_a_token_answers_what_the_inventory_expects(inventory, made, engine_name):
    token = made()
    response = read_response(token, engine_name, PIN, "123457")
    assert verify_response(inventory, "DS-1", "123457", response) is Verdict.ACCEPTED


def test_a_wrong_pin_leads_to_a_response_that_is_rejected(inventory, made, engine_name):
    response = read_response(made(), engine_name, "4714", "123457")
    assert verify_response(inventory, "DS-1", "123457", response) is Verdict.REJECTED


def test_a_made_token_is_recorded_as_sealed(inventory, made):
    token = made()
    recorded = inventory.token("DS-1")
    assert (recorded.state, recorded.board, recorded.uid) == (TokenState.SEALED, "simulated", token.uid)


def test_the_order_s_pin_is_overwritten(inventory, tmp_path):
    wanted = order()
    make_token(inventory, tmp_path / "token", wanted, "cpython")
    assert not any(wanted.pin)


def test_the_pin_of_a_refused_order_is_overwritten_too(inventory, tmp_path):
    wanted = order(pin="1234")
    with pytest.raises(WeakPinError):
        make_token(inventory, tmp_path / "token", wanted, "cpython")
    assert not any(wanted.pin)


def test_with_a_counter_each_response_is_accepted_once_and_some_may_be_lost(inventory, made, engine_name):
    token = made(suite=COUNTER)
    challenges = ["123457", "000001", "654321"]
    responses = [read_response(token, engine_name, PIN, challenge) for challenge in challenges]
    # The second is lost on its way; the proof has used the first counter.
    for number in (0, 2):
        args = (inventory, "DS-1", challenges[number], responses[number])
        assert verify_response(*args) is Verdict.ACCEPTED
        assert verify_response(*args) is Verdict.REJECTED
    assert verify_response(inventory, "DS-1", challenges[1], responses[1]) is Verdict.REJECTED
    assert inventory.credential("DS-1").counter == 4


def test_each_label_is_a_credential_with_a_key_of_its_own(inventory, made):
    made(labels=("Household", "Club", ""))
    credentials = inventory.credentials("DS-1")
    assert [one.label for one in credentials] == ["Household", "Club", "login"]
    assert len({bytes(inventory.key(one)) for one in credentials}) == 3


@pytest.mark.parametrize(("algorithm", "length"), [("SHA1", 20), ("SHA256", 32), ("SHA512", 64)])
def test_a_key_is_as_long_as_the_suite_s_hash(inventory, made, algorithm, length):
    made(suite=f"OCRA-1:HOTP-{algorithm}-6:QN08")
    assert len(inventory.key(inventory.credential("DS-1"))) == length


# What is refused


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"pin": "1234"}, WeakPinError),
        ({"pin": "471"}, PinLengthError),
        ({"pin": "471947194"}, PinLengthError),
        ({"pin": "47a9"}, PinAlphabetError),
        ({"suite": "OCRA-1:HOTP-SHA256-8:QN03"}, SuiteError),
        ({"suite": "OCRA-1:HOTP-SHA256-8:QN20"}, QuestionLengthError),
        ({"serial": "ds-1"}, MessageError),
        ({"serial": "X" * 21}, MessageError),
        ({"labels": ("Club", "Club")}, SameLabelError),
        ({"labels": ("\N{SNOWMAN}",)}, TokenRefusedError),
        ({"labels": ("x" * 25,)}, MessageError),
        ({"labels": tuple(map(str, range(65)))}, MessageError),
    ],
)
def test_an_order_that_cannot_be_met_leaves_nothing(inventory, tmp_path, nothing_is_left, options, error):
    with pytest.raises(error):
        make_token(inventory, tmp_path / "token", order(**options), "cpython")
    nothing_is_left()


@pytest.mark.parametrize(
    ("suite", "reason"),
    [
        ("OCRA-1:HOTP-SHA256-8:QH08", "the keypad types digits only"),
        ("OCRA-1:HOTP-SHA256-8:QA08", "the keypad types digits only"),
        ("OCRA-1:HOTP-SHA256-8:QN06-T1M", "no clock"),
        ("OCRA-1:HOTP-SHA256-8:QN06-PSHA1", "PIN never enters a code"),
        ("OCRA-1:HOTP-SHA256-8:QN06-S064", "no session data"),
        ("OCRA-1:HOTP-SHA256-0:QN06", "does not fit the display"),
    ],
)
def test_a_suite_that_no_token_can_serve_is_refused_by_the_token(made, nothing_is_left, suite, reason):
    with pytest.raises(TokenRefusedError, match=reason) as caught:
        made(suite=suite)
    assert caught.value.code == "UnusableSuiteError"
    nothing_is_left()


def test_the_token_itself_refuses_a_weak_pin(engine_name, tmp_path):
    """The host looks first, but it is the firmware's rule."""
    token = make.Workbench(tmp_path / "token", "DS-1").token
    with open_engine(engine_name, token.unit()) as engine:
        engine.power_on()
        with pytest.raises(TokenRefusedError, match="repeated-digit") as caught:
            Conversation(engine).provision(provision_message(order(pin="4444")))
    assert caught.value.code == "WeakPinError"
    assert token.flash.read_bytes() == b"\xff" * 131072


def test_a_serial_that_is_in_use_is_refused_and_its_token_kept(inventory, tmp_path):
    make_token(inventory, tmp_path / "one", order(), "cpython")
    key = bytes(inventory.key(inventory.credential("DS-1")))
    with pytest.raises(SerialInUseError):
        make_token(inventory, tmp_path / "two", order(), "cpython")
    assert bytes(inventory.key(inventory.credential("DS-1"))) == key
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inventory", "one"]


def test_a_folder_in_use_is_refused_before_anything_is_started(inventory, tmp_path, fake, provision):
    (tmp_path / "token").mkdir()
    (tmp_path / "token" / "mine").write_text("")
    with pytest.raises(TokenFolderError):
        provision()
    assert fake.asked == []
    assert inventory.serials() == []


def test_an_unknown_engine_leaves_nothing(inventory, tmp_path, nothing_is_left):
    with pytest.raises(UnknownEngineError):
        make_token(inventory, tmp_path / "token", order(), "pypy")
    nothing_is_left()


@pytest.mark.parametrize(
    "labels",
    [("", "login"), ("login", ""), ("", ""), ("Caf\u00e9", "Cafe\u0301")],
    ids=["as the inventory calls it", "the other way round", "none at all", "composed and decomposed"],
)
def test_labels_that_become_one_are_refused(provision, fake, nothing_is_left, labels):
    with pytest.raises(SameLabelError, match="one without a label is called 'login'"):
        provision(labels=labels)
    assert fake.asked == []
    nothing_is_left()


def test_the_token_gets_labels_in_composed_form(inventory, fake, provision):
    provision(labels=("Cafe\u0301",))
    assert [one.label for one in fake.ordered.credentials] == ["Caf\u00e9"]
    assert [one.label for one in inventory.credentials("DS-1")] == ["Caf\u00e9"]


def test_a_label_has_room_for_24_characters_once_they_are_composed(inventory, provision):
    provision(labels=("e\u0301" * 24,))
    assert inventory.credential("DS-1").label == "\u00e9" * 24


# What fails when the token is sealed already


def no_space(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def rename_fails(monkeypatch):
    """Makes it impossible to move the description, or whatever has another name."""

    def fail(name):
        move = Path.rename
        monkeypatch.setattr(
            Path, "rename", lambda path, to: no_space() if path.name.startswith(name) else move(path, to)
        )

    return fail


def test_a_token_that_is_moved_in_part_only_leaves_nothing(inventory, tmp_path, provision, rename_fails):
    (tmp_path / "token").mkdir()
    rename_fails("token.json")
    with pytest.raises(TokenFolderError, match="No space left"):
        provision()
    assert inventory.serials() == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inventory", "token"]
    assert list((tmp_path / "token").iterdir()) == []


def test_a_token_that_cannot_be_moved_leaves_nothing(provision, rename_fails, nothing_is_left):
    rename_fails(".token-")
    with pytest.raises(TokenFolderError, match="No space left"):
        provision()
    nothing_is_left()


@pytest.mark.parametrize("there", [False, True], ids=["new folder", "empty folder"])
def test_a_token_that_cannot_be_marked_sealed_leaves_nothing(
    inventory, tmp_path, provision, monkeypatch, there
):
    if there:
        (tmp_path / "token").mkdir()

    def busy(serial):
        raise InventoryBusyError(tmp_path, 30)

    monkeypatch.setattr(inventory, "mark_sealed", busy)
    with pytest.raises(InventoryBusyError):
        provision()
    assert inventory.serials() == []
    assert [path for path in tmp_path.rglob("*") if path.name in ("flash.bin", "token.json")] == []


def test_a_token_that_was_forgotten_while_it_was_made_leaves_nothing(
    inventory, fake, provision, nothing_is_left
):
    honest = fake.honest

    def forget_first(asked):
        inventory.forget("DS-1")
        return honest(messages.RESET, asked)

    fake.lies[messages.RESET] = forget_first
    with pytest.raises(UnknownSerialError):
        provision()
    nothing_is_left()


def test_keys_that_cannot_be_dropped_are_told_with_what_failed_first(
    inventory, tmp_path, fake, provision, monkeypatch
):
    def busy(serial):
        raise InventoryBusyError(tmp_path, 30)

    monkeypatch.setattr(inventory, "drop_in_doubt", busy)
    fake.lies[messages.COMMIT] = lambda asked: b""
    with pytest.raises(
        LeftInDoubtError, match=r"did not answer with SEALED; .* `picodsc token forget DS-1`"
    ) as caught:
        provision()
    assert (caught.value.serial, inventory.token("DS-1").state) == ("DS-1", TokenState.IN_DOUBT)
    assert not (tmp_path / "token").exists()


def test_the_keys_of_a_token_that_cannot_be_destroyed_are_kept(
    inventory, tmp_path, provision, monkeypatch, rename_fails
):
    (tmp_path / "token").mkdir()
    rename_fails("token.json")
    monkeypatch.setattr(Path, "unlink", no_space)
    with pytest.raises(LeftInDoubtError, match="No space left"):
        provision()
    assert inventory.token("DS-1").state is TokenState.IN_DOUBT
    assert [path.name for path in (tmp_path / "token").iterdir()] == ["flash.bin"]


# Tokens that misbehave


def test_the_fake_token_is_good_enough_to_be_made(inventory, tmp_path, provision):
    assert provision() == TokenFolder.load(tmp_path / "token")
    assert inventory.token("DS-1").state is TokenState.SEALED


def test_the_build_that_the_token_tells_is_recorded(inventory, fake, provision):
    provision()
    assert inventory.token("DS-1").build == fake.build


def test_a_sealed_token_is_not_made_again(fake, provision, nothing_is_left):
    sealed = messages.Identity("simulated", bytes(8), "0.1.0", messages.VAULT_SEALED)
    fake.lies[messages.HELLO] = lambda asked: frame(messages.IDENTITY, messages.encode_identity(sealed))
    with pytest.raises(NotBlankError):
        provision()
    assert fake.asked == [messages.HELLO]
    nothing_is_left()


def test_the_right_response_to_another_question_is_no_proof(fake, provision, nothing_is_left):
    suite = Suite.parse(make.DEFAULT_SUITE)
    fake.lies[messages.PROVE] = lambda asked: frame(
        messages.PROOF, messages.encode_proof(respond(suite, b"\x40" * 32, "000016"))
    )
    with pytest.raises(FailedProofError, match="do not hand it out") as caught:
        provision()
    assert caught.value.serial == "DS-1"
    nothing_is_left()


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (messages.Identity("pico-dev", bytes(8), "0.1.0", messages.VAULT_BLANK, PASSED), UnknownBoardError),
        (messages.Identity("simulated", bytes(8), "0.1.0", messages.VAULT_UNSEALED, PASSED), LeftOverError),
        (messages.Identity("simulated", bytes(8), "0.1.0", messages.VAULT_BLANK), SelfTestError),
    ],
    ids=["board", "left over", "self-test"],
)
def test_a_token_that_is_not_fit_by_its_own_word_gets_no_order(fake, provision, nothing_is_left, said, error):
    fake.lies[messages.HELLO] = lambda asked: frame(messages.IDENTITY, messages.encode_identity(said))
    with pytest.raises(error):
        provision()
    assert fake.asked == [messages.HELLO]
    nothing_is_left()


@pytest.mark.parametrize("proof", ["", "1234", "12345678901", "accepted"])
def test_what_is_no_response_at_all_is_no_proof(fake, provision, nothing_is_left, proof):
    fake.lies[messages.PROVE] = lambda asked: frame(messages.PROOF, messages.encode_proof(proof))
    with pytest.raises(FailedProofError):
        provision()
    nothing_is_left()


@pytest.mark.parametrize(
    "keys",
    [
        [KeySet(bytes(16), bytearray(32)), KeySet(b"\x01" * 16, bytearray(32))],
        [KeySet(bytes(16), bytearray(16))],
        [KeySet(bytes(16), bytearray(64))],
        [KeySet(bytes(16), bytearray(32), bytearray(32))],
        [KeySet(bytes(16), bytearray(32), None, b"\x01" * 16, bytearray(32))],
    ],
    ids=["one more", "shorter", "longer", "an alarm key", "a server key"],
)
def test_keys_that_were_not_ordered_are_not_taken(fake, provision, nothing_is_left, keys):
    fake.lies[messages.PROVISION] = lambda asked: frame(messages.KEYS, orders.encode_keys(keys))
    with pytest.raises(WrongKeysError):
        provision()
    assert messages.COMMIT not in fake.asked
    nothing_is_left()


@pytest.mark.parametrize(
    "step", [messages.HELLO, messages.PROVISION, messages.COMMIT, messages.PROVE, messages.RESET]
)
@pytest.mark.parametrize(
    ("lie", "error"),
    [
        (b"", NoAnswerError),
        (b"garbage", NoAnswerError),
        (frame(77), UnexpectedAnswerError),
        (frame(messages.ERROR, messages.encode_error("FlashError", "worn")), TokenRefusedError),
        (frame(messages.ERROR, b"?"), GarbledAnswerError),
    ],
    ids=["silence", "garbage", "wrong message", "error", "garbled error"],
)
def test_a_token_that_fails_at_any_step_leaves_nothing(fake, provision, nothing_is_left, step, lie, error):
    fake.lies[step] = lambda asked: lie
    with pytest.raises(error):
        provision()
    assert fake.asked[-1] == step
    nothing_is_left()


def test_the_key_is_recorded_in_doubt_before_the_token_seals(inventory, fake, provision):
    seen = []
    honest = fake.honest

    def look_first(asked):
        seen.append((inventory.token("DS-1").state, len(inventory.credentials("DS-1"))))
        return honest(messages.COMMIT, asked)

    fake.lies[messages.COMMIT] = look_first
    provision()
    assert seen == [(TokenState.IN_DOUBT, 1)]
