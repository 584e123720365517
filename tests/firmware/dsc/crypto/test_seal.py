"""Soft sealing: its formulas, its inverses, and that nothing in it can tell a wrong PIN."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from dsc.crypto import seal
from dsc.crypto.errors import EntropyError, InputError, KeyLengthError

SECRET = bytes(range(32))
SALT = bytes(range(100, 116))
UID = b"\xe6\x61\x38\x52\x83\x4c\x1b\x2d"
ID = b"i" * 16
NONCE = b"n" * 16

pins = st.text("0123456789", min_size=4, max_size=8).map(str.encode)
secrets_32 = st.binary(min_size=32, max_size=32)


def expand(key, info, length):
    return HKDFExpand(algorithm=SHA256(), length=length, info=info).derive(key)


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


@given(st.integers(4, 8).flatmap(lambda n: st.tuples(*[st.text("0123456789", min_size=n, max_size=n)] * 2)))
def test_the_offset_between_pin_and_target_shifts_the_pin_to_the_target(texts):
    target, pin = (bytearray(text, "ascii") for text in texts)
    offset = seal.offset_between(target, pin)
    assert all(digit < 10 for digit in offset)
    assert seal.shift(pin, offset) == target
    assert isinstance(seal.shift(pin, offset), bytearray)


@given(st.integers(4, 8).flatmap(lambda n: st.tuples(*[st.text("0123456789", min_size=n, max_size=n)] * 3)))
def test_a_pin_change_by_offset_keeps_the_target(texts):
    target, old, new = (text.encode() for text in texts)
    before = seal.offset_between(target, old)
    after = seal.offset_between(seal.shift(old, before), new)
    assert seal.shift(new, after) == target
    # The formula of the design: offset' = (offset + old - new) mod 10.
    assert after == bytes((o + a - b) % 10 for o, a, b in zip(before, old, new, strict=True))


def test_a_known_offset():
    assert seal.offset_between(b"9051", b"1234") == bytes([8, 8, 2, 7])


@pytest.mark.parametrize("pin", [b"", b"12a4", b"12 4", b"\x01\x02\x03\x04", b"12\xff4"])
def test_what_is_not_ascii_digits_is_no_pin(pin):
    with pytest.raises(InputError, match="ASCII digits"):
        seal.offset_between(b"1234", pin)
    with pytest.raises(InputError, match="ASCII digits"):
        seal.offset_between(pin, b"1234")
    with pytest.raises(InputError, match="ASCII digits"):
        seal.shift(pin, bytes(4))
    with pytest.raises(InputError, match="ASCII digits"):
        seal.key_encryption_key(pin, SALT, 1, SECRET, UID)


def test_target_and_pin_have_the_same_length():
    with pytest.raises(InputError, match="as many digits"):
        seal.offset_between(b"12345", b"1234")


@pytest.mark.parametrize("offset", [b"", bytes(3), bytes(5), bytes([0, 0, 0, 10]), b"1234"])
def test_an_offset_has_a_digit_value_for_each_digit(offset):
    with pytest.raises(InputError, match="offset"):
        seal.shift(b"1234", offset)


@given(pins, st.integers(1, 300), secrets_32, st.binary(max_size=16))
def test_the_kek_is_the_formula_of_the_design(pin, rounds, device_secret, uid):
    pin_key = hashlib.pbkdf2_hmac("sha256", pin, SALT, rounds, 32)
    expected = HKDF(algorithm=SHA256(), length=32, salt=uid, info=b"picodsc kek 1").derive(
        pin_key + device_secret
    )
    kek = seal.key_encryption_key(bytearray(pin), SALT, rounds, device_secret, uid)
    assert kek == expected
    assert isinstance(kek, bytearray)


def test_a_board_may_bring_its_own_pbkdf2():
    calls = []

    def pbkdf2(password, salt, rounds, length):
        calls.append((bytes(password), salt, rounds, length))
        return bytearray(32)

    kek = seal.key_encryption_key(b"1234", SALT, 77, SECRET, UID, pbkdf2)
    assert calls == [(b"1234", SALT, 77, 32)]
    assert kek == HKDF(algorithm=SHA256(), length=32, salt=UID, info=b"picodsc kek 1").derive(
        bytes(32) + SECRET
    )


@given(secrets_32, secrets_32)
def test_a_dek_is_sealed_by_the_formula_and_opens_again(dek, kek):
    sealed = seal.seal_dek(dek, kek)
    assert sealed == xor(dek, expand(kek, b"picodsc dek 1", 32))
    assert seal.open_dek(sealed, kek) == dek


@given(st.binary(min_size=1, max_size=64), secrets_32, st.binary(max_size=100))
def test_a_key_is_sealed_by_the_formula_and_opens_again(key, dek, header):
    sealed = seal.seal_key(key, dek, ID, NONCE, header)
    info = b"picodsc key 1" + ID + NONCE + hashlib.sha256(header).digest()
    assert sealed == xor(key, expand(dek, info, len(key)))
    assert seal.open_key(sealed, dek, ID, NONCE, header) == key


@pytest.mark.parametrize(("purpose", "info"), [("open", b"picodsc open 1"), ("server", b"picodsc server 1")])
def test_device_keys_are_the_formula_of_the_design(purpose, info):
    expected = HKDF(algorithm=SHA256(), length=32, salt=UID, info=info).derive(SECRET)
    assert seal.device_key(SECRET, UID, purpose) == expected


@given(secrets_32, st.binary(max_size=200))
def test_the_tag_of_verified_mode_is_the_formula_of_the_design(kek, data):
    expected = hmac.digest(expand(kek, b"picodsc tag 1", 32), data, "sha256")
    assert seal.verified_tag(kek, data) == expected


@given(st.text("0123456789", min_size=16, max_size=16).map(str.encode), st.integers(1, 300), secrets_32)
def test_the_kek_of_an_unlock_code_is_the_formula_of_the_design(code, rounds, device_secret):
    stretched = hashlib.pbkdf2_hmac("sha256", code, SALT, rounds, 32)
    expected = HKDF(algorithm=SHA256(), length=32, salt=UID, info=b"picodsc ukek 1").derive(
        stretched + device_secret
    )
    made = seal.unlock_key_encryption_key(bytearray(code), SALT, rounds, device_secret, UID)
    assert made == expected
    assert isinstance(made, bytearray)


@pytest.mark.parametrize("code", [b"", b"1" * 15, b"1" * 17, b"1" * 15 + b"x"])
def test_an_unlock_code_has_16_digits(code):
    with pytest.raises(InputError, match="code"):
        seal.unlock_key_encryption_key(code, SALT, 1, SECRET, UID)


def test_a_board_s_own_pbkdf2_stretches_unlock_codes_too():
    made = seal.unlock_key_encryption_key(b"1" * 16, SALT, 9, SECRET, UID, lambda *given: bytearray(32))
    assert made == HKDF(algorithm=SHA256(), length=32, salt=UID, info=b"picodsc ukek 1").derive(
        bytes(32) + SECRET
    )


@given(secrets_32, secrets_32)
def test_the_unlock_secret_is_sealed_by_the_formula_and_opens_again(secret, dek):
    sealed = seal.seal_unlock_secret(secret, dek)
    assert sealed == xor(secret, expand(dek, b"picodsc U 1", 32))
    assert seal.seal_unlock_secret(sealed, dek) == secret


def test_a_tag_needs_a_whole_kek():
    with pytest.raises(KeyLengthError, match="kek"):
        seal.verified_tag(bytes(31), b"")


def test_frozen_values_of_the_format():
    """Released tokens hold secrets sealed so: these values can never change."""
    kek = seal.key_encryption_key(b"12345678", SALT, 1000, SECRET, UID)
    assert kek.hex() == "2dbbb1e0c8e43d91dcd4f9e09eebe939d2dbac3b36996eb69a39c3cfba6c18b3"
    assert (
        seal.seal_dek(bytes(32), kek).hex()
        == "5b47f29ab886fd6981a0401850c02e87e62deb611fddc77559bfdd8d506a91df"
    )
    assert (
        seal.seal_key(bytes(20), kek, ID, NONCE, b"header").hex()
        == "096f954527602c8fe1902a41c65d18097d453823"
    )
    assert (
        seal.device_key(SECRET, UID, "open").hex()
        == "0b0de5aefb13a00dbe307a62761586c3efa1eaee1a19f93275756dc40a2c6670"
    )
    assert (
        seal.device_key(SECRET, UID, "server").hex()
        == "19c0fe9847a0b33dfa6d626299e9afe31b672820ceb1e8701a2ec62caba0e8e8"
    )
    assert (
        seal.verified_tag(kek, b"record").hex()
        == "0a4ded0f21775c5c3ae6b4559050b9a239ccdaa389a9829da02e8d4f939481ab"
    )
    ukek = seal.unlock_key_encryption_key(b"1234567890123456", SALT, 1000, SECRET, UID)
    assert ukek.hex() == "fc04717a7ade4974772362b9e61a4fb6732090438f2d160076fced97a4ff1fb9"
    assert (
        seal.seal_unlock_secret(bytes(32), ukek).hex()
        == "353939768adfe2e996dffd9f84d5da757beb5a01489cb25124ed9394d8cf2fd4"
    )


@pytest.mark.parametrize("changed", ["dek", "id", "nonce", "header"])
def test_whatever_is_changed_opens_to_another_key_without_an_error(changed):
    inputs = {"dek": SECRET, "id": ID, "nonce": NONCE, "header": b"header"}
    sealed = seal.seal_key(b"k" * 32, **inputs)
    inputs[changed] = bytes(len(inputs[changed]))
    opened = seal.open_key(sealed, **inputs)
    assert len(opened) == 32
    assert opened != b"k" * 32


def test_every_pin_opens_a_sealed_dek_to_32_bytes_all_different():
    offset = seal.offset_between(b"4711", b"2468")
    sealed = seal.seal_dek(SECRET, seal.key_encryption_key(b"4711", SALT, 1, SECRET, UID))
    opened = set()
    for number in range(10000):
        shifted = seal.shift(b"%04d" % number, offset)
        opened.add(bytes(seal.open_dek(sealed, seal.key_encryption_key(shifted, SALT, 1, SECRET, UID))))
    assert len(opened) == 10000
    assert SECRET in opened
    assert {len(dek) for dek in opened} == {32}


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("dek", lambda: seal.seal_dek(bytes(31), SECRET)),
        ("kek", lambda: seal.seal_dek(SECRET, bytes(33))),
        ("kek", lambda: seal.open_dek(SECRET, b"")),
        ("key", lambda: seal.seal_key(b"", SECRET, ID, NONCE, b"")),
        ("dek", lambda: seal.seal_key(b"k", bytes(31), ID, NONCE, b"")),
        ("id", lambda: seal.seal_key(b"k", SECRET, bytes(15), NONCE, b"")),
        ("nonce", lambda: seal.open_key(b"k", SECRET, ID, bytes(17), b"")),
        ("salt", lambda: seal.key_encryption_key(b"1234", bytes(15), 1, SECRET, UID)),
        ("device_secret", lambda: seal.key_encryption_key(b"1234", SALT, 1, bytes(31), UID)),
        ("device_secret", lambda: seal.device_key(bytes(31), UID, "open")),
        ("salt", lambda: seal.unlock_key_encryption_key(b"1" * 16, bytes(17), 1, SECRET, UID)),
        ("secret", lambda: seal.seal_unlock_secret(bytes(31), SECRET)),
        ("dek", lambda: seal.seal_unlock_secret(SECRET, bytes(33))),
    ],
)
def test_wrong_sizes_are_refused_by_name(name, call):
    with pytest.raises(KeyLengthError) as refused:
        call()
    assert refused.value.name == name


def test_another_purpose_is_refused():
    with pytest.raises(InputError, match="purpose"):
        seal.device_key(SECRET, UID, "kek")


def test_random_digits_come_from_bytes_below_250_alone():
    stream = iter([255, 250, 0, 9, 10, 249, 251, 123, 77, 77, 77])
    digits = seal.random_digits(lambda n: bytes(next(stream) for _ in range(n)), 5)
    assert digits == b"09093"
    assert isinstance(digits, bytearray)


def test_each_digit_comes_from_25_bytes():
    digits = seal.random_digits(lambda n: bytes(range(n)), 250)
    assert {digit: digits.count(digit) for digit in b"0123456789"} == dict.fromkeys(b"0123456789", 25)


def test_a_source_that_gives_more_than_asked_does_no_harm():
    assert seal.random_digits(lambda n: bytes(20), 4) == b"0000"


@pytest.mark.parametrize("drawn", [b"", b"\xff" * 8])
def test_a_broken_source_is_an_error_and_no_endless_loop(drawn):
    with pytest.raises(EntropyError):
        seal.random_digits(lambda n: drawn, 8)
