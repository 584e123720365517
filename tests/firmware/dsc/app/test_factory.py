"""The factory: what it refuses, that nothing is written before COMMIT, and that a sealed token stays sealed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dsc.app import timing
from dsc.app.serving import PAUSE_MS, SILENCE_MS
from dsc.crypto import ocra
from dsc.protocol import messages, orders
from dsc.protocol.frames import MAGIC, encode_frame
from dsc.protocol.records import MODE_VERIFIED
from dsc.vault.store import SEALED, Vault
from dsc.version import VERSION
from fakes import factory_link, units
from fakes.factory_link import FactoryLink, credential, order
from fakes.nor_flash import NorFlash
from host_tools.engines import interpreters
from host_tools.engines.base import Engine
from host_tools.engines.child import ChildEngine
from host_tools.engines.errors import FirmwareStoppedError
from host_tools.engines.open import PROGRAM, open_engine
from host_tools.engines.unit import FLASH_SIZE
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import Player, parse

BLANK = b"\xff" * FLASH_SIZE
PROGRAMS = Path(__file__).parents[3] / "fakes" / "programs"
QUESTION = "123457"
COUNTING = "OCRA-1:HOTP-SHA256-8:C-QN06"


@pytest.fixture(params=interpreters.NAMES)
def start(request, tmp_path) -> Callable[..., ChildEngine]:
    """Makes a running engine for one blank unit, whose flash stays the same from call to call."""
    if request.param == interpreters.MICROPYTHON:
        request.getfixturevalue("micropython")
    unit = units.blank_unit(tmp_path)
    engines: list[ChildEngine] = []

    def start(program: Path = PROGRAM) -> ChildEngine:
        engines.append(open_engine(request.param, unit, program))
        engines[-1].power_on()
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()


def shown(engine: Engine) -> str:
    return read_screen(engine.frame()).text


def image(engine: Engine) -> bytes:
    return engine.flash_image.read_bytes()


def vault(engine: Engine) -> Vault:
    return Vault.mount(NorFlash(FLASH_SIZE, image(engine)))


def provision(wanted: orders.Provision) -> tuple[int, bytearray]:
    return messages.PROVISION, orders.encode_provision(wanted)


def responses(engine: Engine, pin: bytes = factory_link.PIN) -> str:
    """Log in on the keypad; the response."""
    said: list[str] = []
    keys = " ".join(pin.decode())
    Player(engine, said.append).play(parse(f"press {keys} OK\npress {' '.join(QUESTION)} OK\nread RESPONSE"))
    return said[0]


# What is refused.

REFUSED = {
    "a weak PIN": (order(pin=b"12345678"), "WeakPinError"),
    "a PIN of three digits": (order(pin=b"907"), "PinLengthError"),
    "no PIN": (order(pin=b""), "PinLengthError"),
    "a PIN with a letter": (order(pin=b"90A1"), "PinAlphabetError"),
    "verified mode": (order(mode=MODE_VERIFIED), "OrderError"),
    "a mode that does not exist": (order(mode=9), "OrderError"),
    "no login suite": (order(credential(login="")), "SuiteError"),
    "an illegal login suite": (order(credential(login="OCRA-1:HOTP-SHA256-8:QN65")), "SuiteError"),
    "an illegal sign suite": (order(credential(sign="OCRA-1:HOTP-SHA256-3:QH64")), "SuiteError"),
    "an illegal server suite": (order(credential(server="ocra-1:hotp-sha256-8:qn06")), "SuiteError"),
    "a question of letters": (order(credential(login="OCRA-1:HOTP-SHA256-8:QA08")), "UnusableSuiteError"),
    "a suite with a PIN hash": (
        order(credential(login="OCRA-1:HOTP-SHA256-8:QN06-PSHA1")),
        "UnusableSuiteError",
    ),
    "a suite with session data": (
        order(credential(login="OCRA-1:HOTP-SHA256-8:QN06-S064")),
        "UnusableSuiteError",
    ),
    "a suite with a time": (order(credential(login="OCRA-1:HOTP-SHA256-8:QN06-T1M")), "UnusableSuiteError"),
    "a response of the whole HMAC": (
        order(credential(login="OCRA-1:HOTP-SHA256-0:QN06")),
        "UnusableSuiteError",
    ),
    "one suite for login and server": (order(credential(server=factory_link.LOGIN)), "UnusableSuiteError"),
    "a sign suite with a PIN hash": (
        order(credential(sign="OCRA-1:HOTP-SHA256-8:QH64-PSHA1")),
        "UnusableSuiteError",
    ),
    "a server suite with longer questions": (
        order(credential(server="OCRA-1:HOTP-SHA256-8:QN08")),
        "UnusableSuiteError",
    ),
    "a server suite with other questions": (
        order(credential(server="OCRA-1:HOTP-SHA256-8:QH06")),
        "UnusableSuiteError",
    ),
    "flags that nobody knows": (order(flags=0x02), "OrderError"),
    "a weak duress PIN": (order(pin=b"6234", delta=b"5000"), "OrderError"),
    "rounds that would take hours": (order(rounds=10_000_001), "OrderError"),
    "a label that cannot be shown": (order(credential(label="漢字")), "OrderError"),
    "a bad credential after a good one": (order(credential(), credential(login="OCRA-1")), "SuiteError"),
}


def test_each_bad_order_is_refused_by_name_and_leaves_the_flash_blank(start):
    engine = start()
    link = FactoryLink(engine)
    names = {}
    for what, (wanted, _) in REFUSED.items():
        names[what], words = link.refused(*provision(wanted))
        assert words
        assert "12345678" not in words
        assert link.refused(messages.COMMIT)[0] == "SequenceError"
    assert names == {what: name for what, (_, name) in REFUSED.items()}
    assert image(engine) == BLANK
    assert link.state() == messages.VAULT_BLANK
    assert "FACTORY" in shown(engine)
    assert engine.faults == []


def test_a_server_suite_with_questions_like_the_login_suites_is_taken(start):
    link = FactoryLink(start())
    link.provision(order(credential(server="OCRA-1:HOTP-SHA1-8:QN06")))


@pytest.mark.parametrize("label", ["Épargne, Straße", "Счёт №5", "ふつうよきん 円"])
def test_a_label_may_be_in_any_language_of_the_token(start, label):
    link = FactoryLink(start())
    link.provision(order(credential(label=label)))


def test_a_station_that_speaks_another_version_is_told_so(start):
    link = FactoryLink(start())
    for version in (1, 2, 4):
        name, words = link.refused(messages.HELLO, messages.encode_hello(version))
        assert name == "ProtocolVersionError"
        assert f"version {version}, this token 3" in words
    assert link.state() == messages.VAULT_BLANK


def test_a_blank_token_says_what_it_is(start):
    kind, payload = FactoryLink(start()).ask(messages.HELLO, messages.encode_hello())
    assert kind == messages.IDENTITY
    identity = messages.decode_identity(payload)
    assert (identity.board, identity.version, identity.build) == ("simulated", VERSION, "")
    assert identity.flags == messages.SELF_TEST_PASSED


def test_after_a_refusal_a_good_order_is_served(start):
    engine = start()
    link = FactoryLink(engine)
    link.refused(*provision(order(pin=b"1111")))
    link.provision()
    link.commit()
    assert vault(engine).state == SEALED


# The order of messages.

TOO_EARLY = (
    (messages.COMMIT, b""),
    (messages.PROVE, messages.encode_prove(bytes(16), QUESTION)),
    (messages.RESET, b""),
)
NOT_FOR_TOKENS = (
    messages.IDENTITY,
    messages.KEYS,
    messages.SEALED,
    messages.PROOF,
    messages.BYE,
    messages.ERROR,
    0,
    99,
)


def test_a_message_that_comes_too_early_is_refused(start):
    engine = start()
    link = FactoryLink(engine)
    for kind, payload in TOO_EARLY:
        assert link.refused(kind, payload)[0] == "SequenceError"
    assert image(engine) == BLANK


@pytest.mark.parametrize(("kind", "payload"), TOO_EARLY[1:])
def test_a_message_that_skips_commit_ends_the_session(kind, payload, start):
    engine = start()
    link = FactoryLink(engine)
    link.provision()
    assert link.refused(kind, payload)[0] == "SequenceError"
    assert link.refused(messages.COMMIT)[0] == "SequenceError"
    assert image(engine) == BLANK


def test_messages_of_the_token_and_unknown_ones_are_refused(start):
    engine = start()
    link = FactoryLink(engine)
    assert {link.refused(kind)[0] for kind in NOT_FOR_TOKENS} == {"SequenceError"}


def test_a_second_order_replaces_the_first_and_all_its_secrets(start):
    engine = start()
    link = FactoryLink(engine)
    ((first_id, first_key),) = link.provision()
    ((second_id, second_key),) = link.provision()
    assert (first_id, first_key) != (second_id, second_key)
    assert first_id != second_id
    assert first_key != second_key
    link.commit()
    assert [each.id for each in vault(engine).credentials()] == [second_id]


def test_a_commit_with_a_payload_is_refused_and_nothing_is_written(start):
    engine = start()
    link = FactoryLink(engine)
    link.provision()
    assert link.refused(messages.COMMIT, b"\0")[0] == "MessageError"
    assert image(engine) == BLANK


def test_nothing_is_written_before_commit(start):
    engine = start()
    link = FactoryLink(engine)
    link.state()
    link.provision()
    engine.run(SILENCE_MS // 2)
    assert image(engine) == BLANK
    link.commit()
    assert vault(engine).state == SEALED


# The link.


def test_frames_are_found_in_garbage_and_in_pieces(start):
    engine = start()
    link = FactoryLink(engine)
    frame = encode_frame(messages.HELLO, messages.encode_hello())
    damaged = bytearray(frame)
    damaged[-1] ^= 1
    assert link.send(b">>> import machine\r\n" + MAGIC + b"\x03\xff\xff" + bytes(range(256))) == []
    assert link.send(damaged) == []
    assert link.send(MAGIC[:1]) == []
    answers = []
    for byte in frame:
        answers += link.send(bytes([byte]))
    answers += link.send(b"\xd5" + frame + frame)
    assert [kind for kind, _ in answers] == [messages.IDENTITY] * 3
    assert engine.faults == []


def test_an_order_in_pieces_with_noise_between_frames_makes_a_token(start):
    engine = start()
    link = FactoryLink(engine)
    kind, payload = provision(order())
    frame = encode_frame(kind, payload)
    assert link.send(b"noise" + frame[:20]) == []
    assert link.send(frame[20:-1]) == []
    ((kind, _),) = link.send(frame[-1:] + b"noise")
    assert kind == messages.KEYS
    link.commit()
    assert vault(engine).state == SEALED


@pytest.mark.parametrize("length", [0, 1, 31, 32, 40, 60])
def test_an_order_that_is_cut_off_is_refused(length, start):
    engine = start()
    _, payload = provision(order())
    assert FactoryLink(engine).refused(messages.PROVISION, payload[:length])[0] == "MessageError"


def test_a_minute_of_silence_forgets_the_order(start):
    engine = start()
    link = FactoryLink(engine)
    link.provision()
    engine.run(SILENCE_MS - 1000)
    assert "Station connected" in shown(engine)
    engine.run(2000)
    assert "Connect the station" in shown(engine)
    assert link.refused(messages.COMMIT)[0] == "SequenceError"
    assert image(engine) == BLANK


def test_bytes_that_are_no_frame_do_not_keep_an_order_alive(start):
    engine = start()
    link = FactoryLink(engine)
    link.provision()
    for _ in range(SILENCE_MS // 5000 + 1):
        engine.run(5000)
        engine.link_send(b"\x00")
    engine.run(100)
    assert link.refused(messages.COMMIT)[0] == "SequenceError"
    assert image(engine) == BLANK


def test_a_false_start_of_a_frame_does_not_swallow_what_comes_after_a_pause(start):
    engine = start()
    link = FactoryLink(engine)
    engine.link_send(MAGIC + bytes([messages.HELLO, 0x3E, 0x80]))
    engine.run(PAUSE_MS + 100)
    assert link.state() == messages.VAULT_BLANK


def test_a_word_of_the_station_keeps_the_order_alive(start):
    engine = start()
    link = FactoryLink(engine)
    link.provision()
    for _ in range(3):
        engine.run(SILENCE_MS * 2 // 3)
        link.state()
    link.commit()
    assert vault(engine).state == SEALED


def test_the_factory_screen_goes_dark_and_still_answers(start):
    engine = start()
    link = FactoryLink(engine)
    engine.run(timing.FACTORY_MS + 1000)
    assert not any(engine.frame().vlsb())
    assert link.state() == messages.VAULT_BLANK
    assert "FACTORY" in shown(engine)


# Sealed.


def test_a_token_is_made_proved_and_restarts_into_the_pin_screen(start):
    engine = start()
    link = FactoryLink(engine)
    ((identity, key),) = link.provision(order(credential(login=COUNTING, counter=7)))
    link.commit()
    assert link.state() == messages.VAULT_SEALED
    suite = ocra.Suite.parse(COUNTING)
    kind, answer = link.ask(messages.PROVE, messages.encode_prove(identity, QUESTION))
    assert kind == messages.PROOF
    assert messages.decode_proof(answer) == ocra.respond(suite, key, QUESTION, counter=7)
    assert "Sealed" in shown(engine)
    assert factory_link.SERIAL in shown(engine)
    assert link.ask(messages.RESET) == (messages.BYE, b"")
    engine.run(100)
    assert "PIN>" in shown(engine)
    assert responses(engine) == ocra.respond(suite, key, QUESTION, counter=8)


def test_each_credential_proves_itself_once_and_then_answers_nobody_on_the_link(start):
    link = FactoryLink(start())
    ids = [identity for identity, _ in link.provision(order(credential(), credential()))]
    link.commit()
    for identity in ids:
        assert link.ask(messages.PROVE, messages.encode_prove(identity, QUESTION))[0] == messages.PROOF
    again = messages.encode_prove(ids[0], "654321")
    assert link.refused(messages.PROVE, again)[0] == "SequenceError"
    assert link.refused(messages.PROVE, messages.encode_prove(ids[1], QUESTION))[0] == "SequenceError"
    assert link.ask(messages.RESET) == (messages.BYE, b"")


def test_a_sealed_token_that_is_never_told_to_restart_does_so_by_itself(start):
    engine = start()
    link = FactoryLink(engine)
    link.provision()
    link.commit()
    engine.run(SILENCE_MS - 1000)
    assert "Sealed" in shown(engine)
    engine.run(2000)
    assert "PIN>" in shown(engine)


def test_a_sealed_token_takes_no_second_order_and_changes_nothing(start):
    engine = start()
    link = FactoryLink(engine)
    link.provision()
    link.commit()
    sealed = image(engine)
    assert link.refused(*provision(order()))[0] == "SequenceError"
    assert link.refused(messages.COMMIT)[0] == "SequenceError"
    assert image(engine) == sealed


def test_a_refusal_after_sealing_forgets_the_pin_so_that_no_proof_follows(start):
    engine = start()
    link = FactoryLink(engine)
    ((identity, _),) = link.provision()
    link.commit()
    assert (
        link.refused(messages.PROVE, messages.encode_prove(bytes(16), QUESTION))[0]
        == "UnknownCredentialError"
    )
    assert link.refused(messages.PROVE, messages.encode_prove(identity, QUESTION))[0] == "SequenceError"
    assert link.ask(messages.RESET) == (messages.BYE, b"")


def test_a_token_that_loses_power_after_sealing_stays_sealed_and_deaf(start):
    engine = start()
    link = FactoryLink(engine)
    ((_, key),) = link.provision()
    link.commit()
    engine.power_off()
    sealed = image(engine)
    engine.power_on()
    assert "PIN>" in shown(engine)
    for kind, payload in (
        (messages.HELLO, messages.encode_hello()),
        provision(order()),
        (messages.COMMIT, b""),
    ):
        assert FactoryLink(engine).send(encode_frame(kind, payload)) == []
    assert image(engine) == sealed
    assert responses(engine) == ocra.respond(ocra.Suite.parse(factory_link.LOGIN), key, QUESTION)


# Power cuts before SEALED. Every single one is in test_provisioning.py; here the whole firmware meets a few.


def _secret_parts(keys: list[tuple[bytes, bytearray]]) -> list[bytes]:
    return [bytes(part) for pair in keys for part in pair]


def test_power_lost_between_order_and_commit_leaves_a_blank_factory(start):
    engine = start()
    keys = FactoryLink(engine).provision()
    engine.power_off()
    assert image(engine) == BLANK
    engine.power_on()
    link = FactoryLink(engine)
    assert link.refused(messages.COMMIT)[0] == "SequenceError"
    assert set(_secret_parts(keys)).isdisjoint(_secret_parts(link.provision()))


@pytest.mark.parametrize("operation", [1, 2, 30, 48, 52, 60, 66])
def test_power_lost_while_sealing_leaves_the_factory_and_the_next_token_is_all_new(operation, start):
    engine = start()
    cut = Path(f"{engine.flash_image}.cut")
    engine.close()
    cut.write_text(str(operation))
    engine = start(PROGRAMS / "failing_power.py")
    link = FactoryLink(engine)
    first = link.provision()
    with pytest.raises(FirmwareStoppedError):
        link.ask(messages.COMMIT)
    engine = start()
    link = FactoryLink(engine)
    assert "FACTORY" in shown(engine)
    assert link.state() in (messages.VAULT_BLANK, messages.VAULT_UNSEALED)
    second = link.provision()
    link.commit()
    assert vault(engine).state == SEALED
    assert set(_secret_parts(first)).isdisjoint(_secret_parts(second))
    assert [part for part in _secret_parts(first) if part in image(engine)] == []


# A link that has another use.


@pytest.mark.parametrize("leave", [b"\x03", b"\r\x03", b"\r\x03\x03"])
def test_a_station_that_leaves_with_ctrl_c_takes_its_order_with_it(leave, start):
    engine = start()
    link = FactoryLink(engine)
    link.provision()
    engine.link_send(leave)
    engine.run(100)
    assert link.refused(messages.COMMIT)[0] == "SequenceError"
    assert image(engine) == BLANK
    assert "Connect the station" in shown(engine)


def test_a_byte_like_ctrl_c_within_a_frame_is_a_byte_of_the_frame(start):
    engine = start()
    link = FactoryLink(engine)
    frame = encode_frame(messages.PROVISION, orders.encode_provision(order(entropy=b"\x03" * 32)))
    place = frame.index(b"\x03\x03\x03")
    assert link.send(frame[:place]) == []
    ((kind, _),) = link.send(frame[place:])
    assert kind == messages.KEYS


def test_a_sealed_token_whose_station_leaves_with_ctrl_c_restarts(start):
    engine = start()
    link = FactoryLink(engine)
    link.provision()
    link.commit()
    engine.link_send(b"\r\x03")
    engine.run(200)
    assert "PIN>" in shown(engine)
