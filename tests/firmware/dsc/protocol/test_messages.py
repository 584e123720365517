"""The messages of provisioning, but for what is ordered, and their frames: frozen by value, strictly read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsc.protocol import messages
from dsc.protocol.errors import MessageError
from dsc.protocol.frames import MAX_PAYLOAD, FrameReader, encode_frame
from dsc.protocol.messages import Identity

ID = bytes(range(16))


FROZEN = {
    "hello": ((1,), "01"),
    "identity": (
        (Identity("pico", b"\x01\x02", "0.1.0", 2, 3, "0123abcd"),),
        "04 7069636f 02 0102 05 302e312e30 08 3031323361626364 02 03",
    ),
    "identity without an image": (
        (Identity("pico-dev", b"\x01", "0.1.0", 0),),
        "08 7069636f2d646576 01 01 05 302e312e30 00 00 00",
    ),
    "prove": ((ID, "000123"), "000102030405060708090a0b0c0d0e0f 06 303030313233"),
    "proof": (("12345678",), "08 3132333435363738"),
    "error": (
        ("WeakPinError", "zu schwach: ü"),
        "0c 5765616b50696e4572726f72 000e 7a75207363687761 63683a20c3bc",
    ),
}


def encode(name, *fields):
    return getattr(messages, f"encode_{name.split()[0]}")(*fields)


def decode(name, payload):
    return getattr(messages, f"decode_{name.split()[0]}")(payload)


def again(name, decoded):
    """Encode what was decoded."""
    if name in ("prove", "error"):
        return encode(name, *decoded)
    return encode(name, decoded)


@pytest.mark.parametrize("name", FROZEN)
def test_a_message_is_frozen_by_value(name):
    fields, frozen = FROZEN[name]
    payload = bytes.fromhex(frozen)
    assert encode(name, *fields) == payload
    assert again(name, decode(name, payload)) == payload


def test_the_version_is_frozen():
    assert messages.PROTOCOL_VERSION == 3
    assert messages.encode_hello() == b"\x03"


def test_the_flags_are_frozen():
    assert (messages.SECURE_BOARD, messages.SELF_TEST_PASSED) == (1, 2)


@pytest.mark.parametrize("vault", [messages.VAULT_BLANK, messages.VAULT_UNSEALED, messages.VAULT_SEALED])
@pytest.mark.parametrize("flags", [0, messages.SECURE_BOARD])
def test_an_identity_of_version_2_is_not_read_as_one_of_today(vault, flags):
    old = bytes.fromhex("04 7069636f 02 0102 05 302e312e30") + bytes((vault, flags))
    with pytest.raises(MessageError, match="IDENTITY"):
        messages.decode_identity(old)


def test_the_numbers_of_the_messages_are_frozen():
    names = [
        "HELLO",
        "IDENTITY",
        "PROVISION",
        "KEYS",
        "COMMIT",
        "SEALED",
        "PROVE",
        "PROOF",
        "RESET",
        "BYE",
        "ERROR",
    ]
    assert [getattr(messages, name) for name in names] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255]


@pytest.mark.parametrize("name", FROZEN)
def test_every_truncation_and_every_surplus_is_refused(name):
    payload = bytes.fromhex(FROZEN[name][1])
    for wrong in [payload[:length] for length in range(len(payload))] + [payload + b"\x00"]:
        with pytest.raises(MessageError):
            decode(name, wrong)


@pytest.mark.parametrize("name", FROZEN)
def test_any_changed_byte_is_read_exactly_or_refused(name):
    payload = bytes.fromhex(FROZEN[name][1])
    for index in range(len(payload)):
        for value in range(256):
            changed = payload[:index] + bytes([value]) + payload[index + 1 :]
            try:
                decoded = decode(name, changed)
            except MessageError:
                continue
            assert again(name, decoded) == changed


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("identity", (Identity("b", b"", "v", 0),)),
        ("identity", (Identity("b" * 65, b"u", "v", 0),)),
        ("identity", (Identity("b", b"u", "v" * 65, 0),)),
        ("identity", (Identity("b", b"u", "v", 0, 0, "0" * 65),)),
        ("identity", (Identity("b", b"u", "v", 0, 0, "ü"),)),
        ("prove", (ID, "ü")),
        ("error", ("E", "x" * 1025)),
    ],
)
def test_fields_out_of_their_limits_are_refused(name, fields):
    with pytest.raises(MessageError) as caught:
        encode(name, *fields)
    assert caught.value.message == name.upper()


def test_messages_without_payload_have_none():
    messages.decode_empty("COMMIT", b"")
    with pytest.raises(MessageError, match="COMMIT"):
        messages.decode_empty("COMMIT", b"\x00")


@given(st.sampled_from(sorted(FROZEN)), st.binary(max_size=200))
def test_any_bytes_are_read_exactly_or_refused(name, payload):
    try:
        decoded = decode(name, payload)
    except MessageError:
        return
    assert again(name, decoded) == payload


def test_a_frame_is_frozen_by_value():
    assert encode_frame(messages.HELLO, b"\x01").hex() == "d5c901000101f7e4b9ae"


def test_a_frame_that_is_too_long_is_refused():
    assert len(encode_frame(3, bytes(MAX_PAYLOAD))) == MAX_PAYLOAD + 9
    with pytest.raises(MessageError, match="16385"):
        encode_frame(3, bytes(MAX_PAYLOAD + 1))


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=60), st.binary(max_size=12)), max_size=6),
    st.integers(1, 40),
)
def test_frames_are_found_in_noise_however_they_arrive(parts, size):
    # The noise has no magic in it: with one, a frame that follows may be taken for its payload until it ends.
    parts = [(kind, payload, noise.replace(b"\xd5", b"")) for kind, payload, noise in parts]
    stream = b"".join(noise + bytes(encode_frame(kind, payload)) for kind, payload, noise in parts)
    reader = FrameReader(64)
    found = [
        frame for start in range(0, len(stream), size) for frame in reader.feed(stream[start : start + size])
    ]
    assert found == [(kind, payload) for kind, payload, _ in parts]
    assert reader.skipped == sum(len(noise) for _, _, noise in parts)


def test_a_broken_frame_does_not_hide_the_next_one():
    broken = encode_frame(5, b"abc")
    broken[6] ^= 1
    reader = FrameReader()
    assert reader.feed(broken + encode_frame(6)) == [(6, b"")]
    assert reader.skipped == len(broken)


def test_a_frame_beyond_the_limit_is_skipped():
    reader = FrameReader(8)
    assert reader.feed(encode_frame(5, bytes(9)) + encode_frame(6, bytes(8))) == [(6, bytes(8))]
    assert reader.skipped == 18


def test_a_false_start_inside_garbage_is_overcome():
    reader = FrameReader(8)
    assert reader.feed(b"\xd5\xd5\xc9\x01\xff\xff" + encode_frame(10)) == [(10, b"")]


def test_the_reader_keeps_nothing_of_what_it_has_handed_on():
    reader = FrameReader(64)
    reader.feed(b"noise" + encode_frame(4, b"secret" * 5) + encode_frame(4, b"secret" * 4)[:20])
    assert b"secretsecretsecretsecret" not in reader._buffer
    reader.wipe()
    assert not any(reader._buffer)
    assert reader.feed(encode_frame(1)) == [(1, b"")]


def test_the_reader_tells_whether_a_frame_is_unfinished():
    reader = FrameReader(64)
    frame = encode_frame(4, b"secret")
    assert not reader.pending
    for length in range(1, len(frame)):
        reader.feed(frame[length - 1 : length])
        assert reader.pending
    assert reader.feed(frame[-1:]) == [(4, b"secret")]
    assert not reader.pending
    reader.feed(b"noise without a start")
    assert not reader.pending
    reader.feed(frame[:-1])
    reader.wipe()
    assert not reader.pending


@given(st.binary(max_size=300))
def test_no_noise_breaks_the_reader(noise):
    reader = FrameReader(32)
    reader.feed(noise)
    reader.feed(bytes(64))  # ends whatever seemed to begin
    assert (10, b"") in reader.feed(encode_frame(10))
