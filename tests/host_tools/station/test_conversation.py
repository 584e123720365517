"""The station's side of the link, against tokens that answer well, badly, late or not at all."""

from contextlib import closing

import pytest

from dsc.protocol import messages, orders
from dsc.protocol.frames import FrameReader, encode_frame
from dsc.protocol.records import KIND_PIN, MODE_SOFT
from fakes.units import sealed_unit
from host_tools.engines.errors import FirmwareStoppedError
from host_tools.engines.open import open_engine
from host_tools.station.conversation import PATIENCE_MS, Conversation, key_length, wipe_keys
from host_tools.station.errors import (
    BrokenEntropyError,
    GarbledAnswerError,
    NoAnswerError,
    OtherProtocolError,
    SilentUnitError,
    TokenRefusedError,
    UnexpectedAnswerError,
)
from host_tools.station.units import EngineUnit

SUITE = "OCRA-1:HOTP-SHA256-8:QN06"


@pytest.fixture
def talk(fake):
    return Conversation(fake)


def order():
    wanted = [orders.CredentialOrder(KIND_PIN, "", SUITE)]
    return orders.Provision(bytearray(32), MODE_SOFT, 0, 0, "DS-1", bytearray(b"4711"), wanted)


def saying(kind, payload=b""):
    """A lie: this frame, whatever was asked."""
    return lambda asked: bytes(encode_frame(kind, payload))


def test_a_whole_conversation(fake, talk):
    assert talk.identify().board == "simulated"
    ((keys,), unlock_secret) = talk.provision(order())
    assert (len(keys.id), len(keys.key), unlock_secret) == (16, 32, b"")
    talk.commit()
    assert len(talk.prove(keys.id, "123457")) == 8
    talk.reset()
    assert fake.asked == [
        messages.HELLO,
        messages.PROVISION,
        messages.COMMIT,
        messages.PROVE,
        messages.RESET,
    ]


def test_an_answer_may_come_late_and_in_pieces(fake, talk):
    whole = fake.honest(messages.HELLO, b"")
    pieces = [b""] * 500 + [whole[i : i + 1] for i in range(len(whole))]
    fake.link_receive = lambda: pieces.pop(0) if pieces else b""
    assert talk.identify().board == "simulated"
    assert fake.time > 500 * 20


def test_noise_before_the_answer_is_skipped(fake, talk):
    fake.lies[messages.HELLO] = lambda asked: (
        b"MicroPython v1.29\r\n>>> \xd5\xc9\x02" + fake.honest(messages.HELLO, asked)
    )
    assert talk.identify().board == "simulated"


def test_silence_ends_in_an_error_that_names_what_was_missed(fake, talk):
    fake.lies[messages.COMMIT] = lambda asked: b""
    with pytest.raises(NoAnswerError, match="did not answer with SEALED"):
        talk.commit()
    assert fake.time == PATIENCE_MS


def test_a_sealed_unit_never_answers_and_the_error_says_that_it_may_be_one(tmp_path):
    with (
        closing(EngineUnit(open_engine("cpython", sealed_unit(tmp_path)))) as unit,
        pytest.raises(SilentUnitError, match="a sealed one never does"),
    ):
        Conversation(unit).identify()


def test_garbage_is_silence(fake, talk):
    fake.lies[messages.HELLO] = lambda asked: b"\xd5\xc9" * 100
    with pytest.raises(NoAnswerError):
        talk.identify()


def test_a_damaged_frame_is_silence(fake, talk):
    whole = bytearray(fake.honest(messages.HELLO, b""))
    whole[7] ^= 1
    fake.lies[messages.HELLO] = lambda asked: bytes(whole)
    with pytest.raises(NoAnswerError):
        talk.identify()


def test_the_tokens_error_arrives_with_its_name_and_words(fake, talk):
    fake.lies[messages.COMMIT] = saying(
        messages.ERROR, messages.encode_error("FlashError", "the flash is worn")
    )
    with pytest.raises(TokenRefusedError, match="the flash is worn") as caught:
        talk.commit()
    assert caught.value.code == "FlashError"


def test_a_broken_source_of_random_bits_has_an_error_of_its_own(fake, talk):
    words = "the random source failed its period test; no key was made"
    fake.lies[messages.COMMIT] = saying(messages.ERROR, messages.encode_error("EntropyError", words))
    with pytest.raises(BrokenEntropyError, match=r"period test; no key was made; .* is broken") as caught:
        talk.commit()
    assert caught.value.reason == words


def test_a_token_that_speaks_another_version_has_an_error_that_says_what_to_do(fake, talk):
    words = "the station speaks version 3, this token 2"
    fake.lies[messages.HELLO] = saying(messages.ERROR, messages.encode_error("ProtocolVersionError", words))
    with pytest.raises(
        OtherProtocolError, match=f"{words}: put the firmware of this program on it"
    ) as caught:
        talk.identify()
    assert (caught.value.spoken, caught.value.reason) == (messages.PROTOCOL_VERSION, words)


def test_an_identity_as_version_2_has_it_is_refused(fake, talk):
    fake.lies[messages.HELLO] = saying(messages.IDENTITY, b"\x04pico\x02\x01\x02\x050.1.0\x00\x00")
    with pytest.raises(GarbledAnswerError, match="IDENTITY"):
        talk.identify()


def test_the_answer_to_another_question_is_refused(fake, talk):
    fake.lies[messages.COMMIT] = saying(messages.BYE)
    with pytest.raises(UnexpectedAnswerError, match="message 10 instead of 6") as caught:
        talk.commit()
    assert (caught.value.wanted, caught.value.got) == (messages.SEALED, messages.BYE)


@pytest.mark.parametrize("payload", [b"", b"\x05", b"\xff" * 40])
@pytest.mark.parametrize(
    ("asked", "answered", "ask"),
    [
        (messages.HELLO, messages.IDENTITY, lambda talk: talk.identify()),
        (messages.PROVISION, messages.KEYS, lambda talk: talk.provision(order())),
        (messages.PROVE, messages.PROOF, lambda talk: talk.prove(bytes(16), "123457")),
        (messages.COMMIT, messages.ERROR, lambda talk: talk.commit()),
    ],
    ids=["identity", "keys", "proof", "error"],
)
def test_an_answer_that_is_not_of_its_form_is_refused(fake, talk, asked, answered, ask, payload):
    fake.lies[asked] = saying(answered, payload)
    with pytest.raises(GarbledAnswerError):
        ask(talk)


class Watched(FrameReader):
    """Keeps hold of all payloads that came out of it."""

    def __init__(self):
        super().__init__()
        self.payloads = []

    def feed(self, data):
        frames = super().feed(data)
        self.payloads += [payload for _, payload in frames]
        return frames


@pytest.fixture
def watched(talk):
    talk._reader = Watched()
    return talk._reader


KEYS = bytes(
    encode_frame(messages.KEYS, orders.encode_keys([orders.KeySet(b"\x01" * 16, bytearray(b"\x42" * 32))]))
)
WORN = bytes(encode_frame(messages.ERROR, messages.encode_error("FlashError", "worn")))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (KEYS, UnexpectedAnswerError),
        (WORN, TokenRefusedError),
        (WORN + KEYS, TokenRefusedError),
        (KEYS + WORN, UnexpectedAnswerError),
        (bytes(encode_frame(messages.ERROR, b"\x42" * 32)), GarbledAnswerError),
    ],
    ids=["keys", "error", "error and keys", "keys and error", "no error after all"],
)
def test_what_arrives_in_place_of_the_answer_is_overwritten(fake, talk, watched, answer, error):
    fake.lies[messages.COMMIT] = lambda asked: answer
    with pytest.raises(error):
        talk.commit()
    assert watched.payloads
    assert not any(any(payload) for payload in watched.payloads)


def test_what_arrives_after_the_answer_is_overwritten(fake, talk, watched):
    fake.lies[messages.HELLO] = lambda asked: fake.honest(messages.HELLO, asked) + KEYS + KEYS[:40]
    assert talk.identify().board == "simulated"
    _, keys = watched.payloads
    assert not any(keys)
    assert not any(watched._buffer)


@pytest.mark.parametrize("error", [NoAnswerError, FirmwareStoppedError])
def test_the_beginning_of_an_answer_that_never_ends_is_overwritten(fake, talk, watched, error, monkeypatch):
    fake.lies[messages.COMMIT] = lambda asked: KEYS[:-1]
    if error is FirmwareStoppedError:
        steps = iter(range(3))

        def run(milliseconds):
            if next(steps) == 2:
                raise FirmwareStoppedError("fake", "")

        monkeypatch.setattr(fake, "run", run)
    with pytest.raises(error):
        talk.commit()
    assert not any(watched._buffer)


def test_a_key_is_as_long_as_its_hash():
    assert [key_length(name) for name in ("SHA1", "SHA256", "SHA512")] == [20, 32, 64]


def test_keys_are_overwritten():
    keys = [
        orders.KeySet(
            bytes(16), *[bytearray([number] * 20) for number in (1, 2)], bytes(16), bytearray(b"s" * 20)
        )
    ]
    unlock_secret = bytearray(b"u" * 32)
    wipe_keys(keys, unlock_secret)
    assert not any(any(key) for key in (keys[0].key, keys[0].alarm_key, keys[0].server_key, unlock_secret))
