"""The order of a token and the keys that it answers with: frozen by value, strictly read, nothing left on errors."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsc.protocol import orders
from dsc.protocol.errors import MessageError
from dsc.protocol.frames import MAX_PAYLOAD
from dsc.protocol.orders import CredentialOrder, KeySet, Provision

ID, OTHER = bytes(range(16)), bytes(range(16, 32))
FIELDS = [(1, "Büro", 2, "EUR"), (4, "Nr", 0, "")]


def order(**changes):
    fields = {
        "entropy": bytearray(range(32)),
        "mode": 0,
        "flags": 1,
        "rounds": 20_000,
        "serial": "PD-7",
        "pin": bytearray(b"8301"),
        "credentials": [
            CredentialOrder(1, "Büro", "OCRA-1:HOTP-SHA256-8:QN06", "s", "v", 32, 9, FIELDS),
            CredentialOrder(2, login="HOTP-SHA1-6", key_length=20),
        ],
        "delta": bytearray(b"5000"),
        "time": 0x65000000,
        "language": 2,
        "pin_limit": 10,
        "code_limit": 5,
        "wipes": True,
    }
    return Provision(**(fields | changes))


def key_sets():
    return [
        KeySet(ID, bytearray(range(16)), bytearray(range(16, 32)), OTHER, bytearray(range(32, 52))),
        KeySet(OTHER, bytearray(range(16, 32))),
    ]


PROVISION = bytes.fromhex(
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 00 01 00004e20 0000000065000000 02 0a 05 01"
    "04 50442d37 04 38333031 04 35303030 02"
    "01 05 42c3bc726f 19 4f4352412d313a484f54502d5348413235362d383a514e3036 01 73 01 76 20 0000000000000009"
    "02 01 05 42c3bc726f 02 455552 04 02 4e72 00 000000"
    "02 00 0b 484f54502d534841312d36 00 00 14 0000000000000000 00"
)
KEYS = bytes.fromhex(
    "02 000102030405060708090a0b0c0d0e0f 10 000102030405060708090a0b0c0d0e0f"
    "10 101112131415161718191a1b1c1d1e1f 10 101112131415161718191a1b1c1d1e1f"
    "14 202122232425262728292a2b2c2d2e2f30313233"
    "101112131415161718191a1b1c1d1e1f 10 101112131415161718191a1b1c1d1e1f 00 00 00"
    "20 404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
)
UNLOCK_SECRET = bytearray(range(0x40, 0x60))


def provision_again(payload):
    return orders.encode_provision(orders.decode_provision(payload))


def keys_again(payload):
    return orders.encode_keys(*orders.decode_keys(payload))


AGAIN = [(provision_again, PROVISION), (keys_again, KEYS)]


def test_an_order_is_frozen_by_value():
    assert orders.encode_provision(order()) == PROVISION
    assert provision_again(PROVISION) == PROVISION


def test_keys_are_frozen_by_value():
    assert orders.encode_keys(key_sets(), UNLOCK_SECRET) == KEYS
    assert keys_again(KEYS) == KEYS


def test_the_flag_must_change_is_frozen():
    assert orders.MUST_CHANGE == 1


def test_what_was_ordered_is_read():
    read = orders.decode_provision(PROVISION)
    assert (read.time, read.language, read.pin_limit, read.code_limit, read.wipes) == (
        0x65000000,
        2,
        10,
        5,
        True,
    )
    assert read.credentials[0].form == FIELDS
    assert (read.credentials[1].kind, read.credentials[1].form) == (2, [])


def test_secrets_are_read_into_buffers_that_can_be_wiped():
    read = orders.decode_provision(PROVISION)
    assert {type(secret) for secret in (read.entropy, read.pin, read.delta)} == {bytearray}
    read.wipe()
    assert (read.entropy, read.pin, read.delta) == (bytes(32), bytes(4), bytes(4))
    keys, unlock_secret = orders.decode_keys(KEYS)
    first = keys[0]
    assert {type(key) for key in (first.key, first.alarm_key, first.server_key, unlock_secret)} == {bytearray}
    first.wipe()
    assert not any(any(key) for key in (first.key, first.alarm_key, first.server_key))


@pytest.mark.parametrize(("again", "payload"), AGAIN)
def test_every_truncation_and_every_surplus_is_refused(again, payload):
    for wrong in [payload[:length] for length in range(len(payload))] + [payload + b"\x00"]:
        with pytest.raises(MessageError):
            again(wrong)


@pytest.mark.parametrize(("again", "payload"), AGAIN)
def test_any_changed_byte_is_read_exactly_or_refused(again, payload):
    for index in range(len(payload)):
        for value in range(256):
            changed = payload[:index] + bytes([value]) + payload[index + 1 :]
            try:
                assert again(changed) == changed
            except MessageError:
                continue


@given(st.sampled_from(AGAIN), st.binary(max_size=200))
def test_any_bytes_are_read_exactly_or_refused(case, payload):
    try:
        again = case[0](payload)
    except MessageError:
        return
    assert again == payload


TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=24)
FORMS = st.lists(
    st.tuples(st.integers(1, 4), TEXTS, st.integers(0, 255), st.sampled_from(["", "EUR"])), max_size=4
)
CREDENTIALS = st.builds(
    CredentialOrder,
    st.integers(1, 2),
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    st.integers(16, 64),
    st.integers(0, 2**64 - 1),
    FORMS,
)


@settings(deadline=None)
@given(st.lists(CREDENTIALS, min_size=1, max_size=8), st.integers(0, 8), st.booleans(), st.booleans())
def test_every_order_survives_the_round_trip(credentials, digits, duress, wipes):
    wanted = order(
        credentials=credentials, pin=bytearray(digits), delta=bytearray(digits * duress), wipes=wipes
    )
    again = orders.decode_provision(orders.encode_provision(wanted))
    read = [vars(credential) for credential in again.credentials]
    assert read == [vars(credential) for credential in credentials]
    assert {name: value for name, value in vars(again).items() if name != "credentials"} == {
        name: value for name, value in vars(wanted).items() if name != "credentials"
    }


def test_the_keys_of_as_many_credentials_as_there_may_be_fit_into_a_frame():
    keys = [KeySet(ID, bytearray(64), bytearray(64), OTHER, bytearray(64))] * orders.MAX_CREDENTIALS
    assert len(orders.encode_keys(keys, bytearray(32))) <= MAX_PAYLOAD


@pytest.mark.parametrize(
    "fields",
    [
        {"entropy": bytearray(31)},
        {"mode": 256},
        {"rounds": -1},
        {"serial": "lower"},
        {"pin": bytearray(9)},
        {"delta": bytearray(3)},
        {"delta": bytearray(5)},
        {"time": 1 << 64},
        {"language": 256},
        {"pin_limit": 256},
        {"code_limit": -1},
        {"credentials": []},
        {"credentials": [CredentialOrder(1)] * 65},
        {"credentials": [CredentialOrder(0)]},
        {"credentials": [CredentialOrder(3)]},
        {"credentials": [CredentialOrder(1, key_length=15)]},
        {"credentials": [CredentialOrder(1, label="x" * 25)]},
        {"credentials": [CredentialOrder(1, counter=1 << 64)]},
        {"credentials": [CredentialOrder(1, form=FIELDS * 3)]},
        {"credentials": [CredentialOrder(1, form=[(5, "x", 0, "")])]},
    ],
)
def test_an_order_out_of_its_limits_is_refused(fields):
    with pytest.raises(MessageError) as caught:
        orders.encode_provision(order(**fields))
    assert caught.value.message == "PROVISION"


@pytest.mark.parametrize(
    ("keys", "unlock_secret"),
    [
        ([], b""),
        ([KeySet(ID, bytearray(16))] * 65, b""),
        ([KeySet(ID, bytearray(15))], b""),
        ([KeySet(ID[1:], bytearray(16))], b""),
        ([KeySet(ID, bytearray(16), bytearray(17))], b""),
        ([KeySet(ID, bytearray(16), None, OTHER)], b""),
        ([KeySet(ID, bytearray(16), None, OTHER, bytearray(15))], b""),
        ([KeySet(ID, bytearray(16), None, OTHER[1:], bytearray(16))], b""),
        ([KeySet(ID, bytearray(16), None, b"", bytearray(16))], b""),
        ([KeySet(ID, bytearray(16))], bytes(31)),
    ],
)
def test_keys_out_of_their_limits_are_refused(keys, unlock_secret):
    with pytest.raises(MessageError) as caught:
        orders.encode_keys(keys, unlock_secret)
    assert caught.value.message == "KEYS"


SECRETS = [bytes(range(32)), b"8301", b"5000"]
ALL_KEYS = [bytes(key) for each in key_sets() for key in (each.key, each.alarm_key, each.server_key) if key]


@pytest.mark.parametrize(
    ("decode", "payload", "secrets"),
    [
        (orders.decode_provision, PROVISION, SECRETS),
        (orders.decode_keys, KEYS, [*ALL_KEYS, bytes(UNLOCK_SECRET)]),
    ],
    ids=["order", "keys"],
)
@pytest.mark.parametrize("cut", [0, 1])
def test_nothing_of_a_refused_message_stays_in_memory(monkeypatch, decode, payload, secrets, cut):
    wiped = []
    monkeypatch.setattr(orders, "wipe", lambda *buffers: wiped.extend(b for b in buffers if b))
    with pytest.raises(MessageError):
        decode(payload[:-1] if cut else payload + b"\x00")
    assert {bytes(buffer) for buffer in wiped} >= set(secrets if not cut else secrets[:-1])


@pytest.mark.parametrize(
    ("decode", "payload", "failing", "secrets"),
    [
        (orders.decode_provision, PROVISION, "CredentialOrder", SECRETS),
        (orders.decode_provision, PROVISION, "Provision", SECRETS),
        (orders.decode_provision, PROVISION, "Reader.text", SECRETS[:1]),
        (orders.decode_provision, PROVISION, "Reader.end", SECRETS),
        (orders.decode_keys, KEYS, "KeySet", ALL_KEYS[:3]),
        (orders.decode_keys, KEYS, "Reader.end", [*ALL_KEYS, bytes(UNLOCK_SECRET)]),
    ],
)
def test_a_full_heap_leaves_nothing_of_a_message_in_memory(monkeypatch, decode, payload, failing, secrets):
    def full(*_args):
        raise MemoryError

    wiped = []
    monkeypatch.setattr(orders, "wipe", lambda *buffers: wiped.extend(b for b in buffers if b))
    monkeypatch.setattr(f"dsc.protocol.orders.{failing}", full)
    with pytest.raises(MemoryError):
        decode(payload)
    assert {bytes(buffer) for buffer in wiped} == set(secrets)
