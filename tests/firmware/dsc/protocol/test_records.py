"""The records' payloads: released formats, which can't be redefined."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.protocol import extras, records, settings, verified
from dsc.protocol.errors import RecordError
from dsc.protocol.extras import Form, Link
from dsc.protocol.records import Counter, Credential, Label, PinOffset, Reset, Root, Seal
from dsc.protocol.settings import Settings
from dsc.protocol.verified import Attempts, Wrapping

ID = bytes(range(16))


def root(**changes):
    fields = {
        "serial": "PD-000042",
        "mode": 0,
        "flags": 0x80,
        "pin_length": 6,
        "rounds": 10_000,
        "salt": bytes(range(0x10, 0x20)),
        "device_secret": bytearray(range(0x20, 0x40)),
        "sealed_dek": bytes(range(0x40, 0x60)),
    }
    return Root(**(fields | changes))


def verified_root(**changes):
    own = {
        "mode": 1,
        "salt": b"",
        "device_secret": bytearray(),
        "sealed_dek": b"",
        "pin_limit": 10,
        "code_limit": 5,
    }
    return root(**(own | changes))


def wrapping(**changes):
    fields = {
        "flags": 1,
        "salt": bytes(range(0x10, 0x20)),
        "sealed_dek": bytes(range(0x40, 0x60)),
        "unlock_number": 7,
        "unlock_salt": bytes(range(0x20, 0x30)),
        "unlock_dek": bytes(range(0x60, 0x80)),
        "unlock_secret": bytes(range(0x80, 0xA0)),
        "pin_attempts": 0x102,
        "code_attempts": 3,
        "tag": bytes(range(0xA0, 0xC0)),
    }
    return Wrapping(**(fields | changes))


def credential(**changes):
    fields = {
        "credential_id": ID,
        "serial": "PD-000042",
        "kind": 1,
        "flags": 2,
        "login": "OCRA-1:HOTP-SHA256-8:QN06",
        "sign": "",
        "server": "OCRA-1:HOTP-SHA256-8:QN07",
        "nonce": bytes(range(0x10, 0x20)),
        "sealed_key": bytes(range(0x20, 0x40)),
    }
    return Credential(**(fields | changes))


FROZEN = [
    (
        root(),
        "00 80 06 00002710 09 50442d303030303432 101112131415161718191a1b1c1d1e1f"
        "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
        "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f",
    ),
    (PinOffset(b"\x00\x09\x05\x01", 1), "01 04 00090501"),
    (
        credential(),
        "000102030405060708090a0b0c0d0e0f 09 50442d303030303432 01 02"
        "19 4f4352412d313a484f54502d5348413235362d383a514e3036 00"
        "19 4f4352412d313a484f54502d5348413235362d383a514e3037"
        "101112131415161718191a1b1c1d1e1f"
        "20 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
    ),
    (Label(ID, "Büro"), "000102030405060708090a0b0c0d0e0f 05 42c3bc726f"),
    (Counter(ID, 0x0102030405060708), "000102030405060708090a0b0c0d0e0f 0102030405060708"),
    (Seal(), ""),
    (Reset(), ""),
    (verified_root(), "01 80 06 00002710 09 50442d303030303432 0a 05"),
    (
        wrapping(),
        "01 101112131415161718191a1b1c1d1e1f 404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
        "0000000000000007 202122232425262728292a2b2c2d2e2f"
        "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
        "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
        "0000000000000102 0000000000000003"
        "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf",
    ),
    (Attempts(1, 2, 0x0102030405060708), "01 02 0102030405060708"),
    (
        Form(ID, [(1, "Büro", 2, "EUR"), (2, "Konto", 0, ""), (3, "Code", 0, ""), (4, "Nr", 0, "")]),
        "000102030405060708090a0b0c0d0e0f 04 01 05 42c3bc726f 02 455552"
        "02 05 4b6f6e746f 00 000000 03 04 436f6465 00 000000 04 02 4e72 00 000000",
    ),
    (Link(ID, bytes(range(16, 32))), "000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f"),
    (Settings(2, 128, 0x0102, 3), "02 80 0102 03"),
]
CLASSES = records.CLASSES + verified.CLASSES + extras.CLASSES + settings.CLASSES
FIELD = (2, "Konto", 0, "")
NAMES = [type(record).__name__ for record, _ in FROZEN]


@pytest.mark.parametrize(("record", "frozen"), FROZEN, ids=NAMES)
def test_a_payload_is_frozen_by_value(record, frozen):
    payload = bytes.fromhex(frozen)
    assert record.encode() == payload
    again = type(record).decode(payload)
    assert again.encode() == payload


def test_a_field_of_the_other_mode_is_refused():
    for wrong in (
        root(pin_limit=1),
        root(code_limit=1),
        verified_root(salt=bytes(16)),
        verified_root(device_secret=bytearray(32)),
        verified_root(sealed_dek=bytes(32)),
        verified_root(pin_limit=0),
        verified_root(code_limit=0),
        verified_root(code_limit=256),
    ):
        with pytest.raises(RecordError, match="root"):
            wrong.encode()


@pytest.mark.parametrize("limits", ["0001", "0100", "01", "010101"])
def test_limits_of_a_verified_root_that_make_no_sense_are_refused(limits):
    payload = bytes(verified_root().encode())[:-2] + bytes.fromhex(limits)
    with pytest.raises(RecordError, match="root"):
        Root.decode(payload)


def test_a_tag_is_over_all_that_is_before_it():
    made = wrapping()
    assert bytes(made.tagged()) + bytes(made.tag) == bytes(made.encode())
    assert len(made.tagged()) == 153


def test_unlock_codes_are_numbered_from_1():
    with pytest.raises(RecordError, match="numbered"):
        wrapping(unlock_number=0).encode()
    payload = bytearray(wrapping().encode())
    payload[49:57] = bytes(8)
    with pytest.raises(RecordError, match="numbered"):
        Wrapping.decode(payload)


def test_the_flags_of_a_wrapping_are_read():
    assert [(wrapping(flags=flags).must_change, wrapping(flags=flags).answered) for flags in range(4)] == [
        (False, False),
        (True, False),
        (False, True),
        (True, True),
    ]


@pytest.mark.parametrize(("secret", "event"), [(0, 1), (3, 1), (1, 0), (1, 3)])
def test_unknown_attempts_are_refused(secret, event):
    with pytest.raises(RecordError, match="attempts"):
        Attempts(secret, event, 0).encode()
    with pytest.raises(RecordError, match="attempts"):
        Attempts.decode(bytes((secret, event)) + bytes(8))


def test_types_and_versions_are_frozen():
    assert [(cls.__name__, cls.TYPE, cls.VERSION) for cls in CLASSES] == [
        ("Root", 0x81, 1),
        ("PinOffset", 0x82, 1),
        ("Credential", 0x83, 1),
        ("Label", 0x05, 1),
        ("Counter", 0xC4, 1),
        ("Seal", 0x86, 1),
        ("Reset", 0x87, 1),
        ("Wrapping", 0x88, 1),
        ("Attempts", 0xC9, 1),
        ("Form", 0x8A, 1),
        ("Link", 0x8B, 1),
        ("Settings", 0x0C, 1),
    ]


def test_a_credential_header_is_all_that_never_changes():
    header = credential().header()
    assert credential().encode().startswith(header)
    assert header == credential(nonce=bytes(16), sealed_key=bytes(20), label="other").header()
    changed = [
        credential(credential_id=bytes(16)),
        credential(serial="PD-000043"),
        credential(kind=2),
        credential(flags=3),
        credential(login=""),
        credential(sign="x"),
        credential(server=""),
    ]
    assert len({bytes(other.header()) for other in changed} | {bytes(header)}) == 8


def test_the_device_secret_is_read_into_a_buffer_that_can_be_wiped():
    assert isinstance(Root.decode(root().encode()).device_secret, bytearray)


def test_the_flags_of_an_offset_are_read():
    assert PinOffset(bytes(4), records.OFFSET_MUST_CHANGE).must_change
    assert PinOffset(bytes(4), records.OFFSET_ANSWERED).answered
    assert not PinOffset(bytes(4)).must_change
    assert not PinOffset(bytes(4)).answered
    assert (records.OFFSET_MUST_CHANGE, records.OFFSET_ANSWERED) == (1, 2)
    assert (verified.WRAPPING_MUST_CHANGE, verified.WRAPPING_ANSWERED) == (1, 2)


def test_the_flag_wipe_of_a_root_is_read():
    assert verified_root(flags=records.ROOT_WIPE).wipes
    assert not verified_root(flags=0xFE).wipes


def test_the_flags_of_settings_are_read():
    assert [(Settings(flags=flags).large, Settings(flags=flags).ticks) for flags in (0, 1, 2)] == [
        (False, False),
        (True, False),
        (False, True),
    ]


def test_settings_that_nobody_made_are_the_defaults():
    assert vars(Settings()) == {"language": 0, "brightness": 255, "auto_off": 30, "flags": 0}


@pytest.mark.parametrize(
    "record",
    [
        root(mode=2),
        root(flags=256),
        root(pin_length=3),
        root(pin_length=9),
        root(rounds=0),
        root(rounds=1 << 32),
        root(serial=""),
        root(serial="pd-1"),
        root(serial="PD_1"),
        root(serial="P" * 21),
        root(serial="Ä"),
        root(salt=bytes(15)),
        root(device_secret=bytearray(33)),
        root(sealed_dek=b""),
        PinOffset(b"\x00\x01\x02"),
        PinOffset(bytes(9)),
        PinOffset(b"\x00\x01\x02\x0a"),
        PinOffset(bytes(4), -1),
        credential(credential_id=bytes(17)),
        credential(kind=0),
        credential(kind=4),
        credential(login="x" * 65),
        credential(sign="tab\t"),
        credential(server="ü"),
        credential(nonce=bytes(8)),
        credential(sealed_key=bytes(15)),
        credential(sealed_key=bytes(65)),
        Label(ID, "x" * 25),
        Label(ID, "€" * 22),
        Label(ID, "line\nbreak"),
        Label(ID, "\x85"),
        Label(bytes(15), "x"),
        Counter(ID, 1 << 64),
        Counter(ID, -1),
        Form(bytes(15), [FIELD]),
        Form(ID, []),
        Form(ID, [FIELD] * 5),
        Form(ID, [(0, "x", 0, "")]),
        Form(ID, [(5, "x", 0, "")]),
        Form(ID, [(1, "x" * 25, 0, "")]),
        Form(ID, [(1, "x", 256, "")]),
        Form(ID, [(1, "x", 0, "EU")]),
        Form(ID, [(1, "x", 0, "eur")]),
        Form(ID, [(1, "x", 0, "\x00\x00\x01")]),
        Link(bytes(15), ID),
        Link(ID, bytes(17)),
        Settings(language=5),
        Settings(brightness=256),
        Settings(auto_off=14),
        Settings(auto_off=301),
        Settings(flags=256),
    ],
    ids=lambda record: type(record).__name__,
)
def test_a_field_out_of_its_limits_is_refused(record):
    with pytest.raises(RecordError):
        record.encode()


@pytest.mark.parametrize(
    ("cls", "payload", "reason"),
    [
        (Root, b"\x02" + bytes(200), "mode"),
        (Root, b"\x00\x00\x09" + bytes(200), "PIN length"),
        (Root, b"\x00\x00\x04" + bytes(200), "rounds"),
        (Root, b"\x00\x00\x04\x00\x00\x00\x01\x00" + bytes(80), "serial"),
        (Root, b"\x00\x00\x04\x00\x00\x00\x01\x15" + b"A" * 101, "serial"),
        (PinOffset, b"\x00\x04\x00\x00\x00\x0a", "digit"),
        (PinOffset, b"\x00\x04\x00\x00\x00", "cut off"),
        (PinOffset, b"\x00\x04\x00\x00\x00\x00\x00", "too many"),
        (Credential, ID + b"\x01A\x04" + bytes(80), "kind"),
        (Label, ID + b"\x01\xff", "label"),
        (Form, ID + b"\x00", "at least one field"),
        (Form, ID + b"\x05" + bytes(80), "at most 4"),
        (Form, ID + b"\x01\x05\x00\x00\x00\x00\x00", "field kind"),
        (Form, ID + b"\x01\x01\x00\x00\x00\x00\x01", "currency"),
        (Form, ID + b"\x01\x01\x00\x00EURO", "too many"),
        (Settings, b"\x05\x00\x00\x1e\x00", "language"),
        (Settings, b"\x00\x00\x00\x0e\x00", "auto-off"),
        (Seal, b"\x00", "too many"),
        (Reset, b"\x00", "too many"),
    ],
)
def test_a_payload_that_breaks_the_format_is_refused(cls, payload, reason):
    with pytest.raises(RecordError, match=reason) as caught:
        cls.decode(payload)
    assert reason in caught.value.reason
    assert caught.value.record in str(caught.value)


@pytest.mark.parametrize(("record", "frozen"), FROZEN, ids=NAMES)
def test_every_truncation_is_refused(record, frozen):
    payload = bytes.fromhex(frozen)
    for length in range(len(payload)):
        with pytest.raises(RecordError):
            type(record).decode(payload[:length])


@pytest.mark.parametrize(("record", "frozen"), FROZEN, ids=NAMES)
def test_any_changed_byte_is_read_exactly_or_refused(record, frozen):
    payload = bytearray(bytes.fromhex(frozen))
    for index in range(len(payload)):
        for value in range(256):
            changed = bytearray(payload)
            changed[index] = value
            try:
                again = type(record).decode(changed)
            except RecordError:
                continue
            assert again.encode() == changed


SERIALS = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-", min_size=1, max_size=20)
SUITES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=64)
LABELS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=24).filter(
    lambda t: len(t.encode()) <= 64
)
FIXED_16 = st.binary(min_size=16, max_size=16)
FIXED_32 = st.binary(min_size=32, max_size=32)
BYTE = st.integers(0, 255)
RECORDS = st.one_of(
    st.builds(
        Root,
        SERIALS,
        st.just(0),
        BYTE,
        st.integers(4, 8),
        st.integers(1, 2**32 - 1),
        FIXED_16,
        FIXED_32,
        FIXED_32,
    ),
    st.builds(
        Root,
        SERIALS,
        st.just(1),
        BYTE,
        st.integers(4, 8),
        st.integers(1, 2**32 - 1),
        st.just(b""),
        st.just(b""),
        st.just(b""),
        st.integers(1, 255),
        st.integers(1, 255),
    ),
    st.builds(
        Wrapping,
        BYTE,
        FIXED_16,
        FIXED_32,
        st.integers(1, 2**64 - 1),
        FIXED_16,
        FIXED_32,
        FIXED_32,
        st.integers(0, 2**64 - 1),
        st.integers(0, 2**64 - 1),
        FIXED_32,
    ),
    st.builds(Attempts, st.integers(1, 2), st.integers(1, 2), st.integers(0, 2**64 - 1)),
    st.builds(PinOffset, st.lists(st.integers(0, 9), min_size=4, max_size=8).map(bytes), BYTE),
    st.builds(
        Credential,
        FIXED_16,
        SERIALS,
        st.integers(1, 3),
        BYTE,
        SUITES,
        SUITES,
        SUITES,
        FIXED_16,
        st.binary(min_size=16, max_size=64),
    ),
    st.builds(Label, FIXED_16, LABELS),
    st.builds(
        Form,
        FIXED_16,
        st.lists(
            st.tuples(st.integers(1, 4), LABELS, BYTE, st.from_regex("([A-Z]{3})?", fullmatch=True)),
            min_size=1,
            max_size=4,
        ),
    ),
    st.builds(Link, FIXED_16, FIXED_16),
    st.builds(Settings, st.integers(0, 4), BYTE, st.integers(15, 300), BYTE),
    st.builds(Counter, FIXED_16, st.integers(0, 2**64 - 1)),
)


@given(RECORDS)
def test_every_record_survives_the_round_trip(record):
    again = type(record).decode(record.encode())
    assert vars(again) == vars(record)


@given(st.sampled_from(CLASSES), st.binary(max_size=300))
def test_any_bytes_are_read_exactly_or_refused(cls, payload):
    try:
        record = cls.decode(payload)
    except RecordError:
        return
    assert record.encode() == payload
