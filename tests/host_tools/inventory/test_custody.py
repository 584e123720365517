"""Wrapping under the master key: what comes back, what is refused, and what binds a key to its place."""

import itertools

import pytest

from host_tools.inventory.custody import Place, WrappedKey
from host_tools.inventory.errors import ForgottenKeyError, UnwrapError
from host_tools.inventory.key_file import KeyFile

ID = bytes(range(16))
PLACE = Place("DS-1001", ID, "login")


@pytest.fixture
def custody(tmp_path):
    made = KeyFile.made_at_first_use(tmp_path / "master.key")
    yield made
    made.close()


def test_a_wrapped_key_comes_back_in_a_buffer_that_can_be_wiped(custody):
    secret = bytearray(range(32))
    opened = custody.unwrap(custody.wrap(secret, PLACE, 1), PLACE)
    assert isinstance(opened, bytearray)
    assert opened == secret


def test_wrapping_twice_gives_different_nonces_and_ciphertexts(custody):
    one, two = custody.wrap(bytes(32), PLACE, 1), custody.wrap(bytes(32), PLACE, 1)
    assert one.nonce != two.nonce
    assert one.ciphertext != two.ciphertext


def test_each_flipped_bit_of_nonce_and_ciphertext_is_refused(custody):
    wrapped = custody.wrap(bytes(16), PLACE, 1)
    whole = wrapped.nonce + wrapped.ciphertext
    assert len(whole) == 12 + 16 + 16
    for bit in range(len(whole) * 8):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(UnwrapError):
            custody.unwrap(WrappedKey(1, bytes(changed[:12]), bytes(changed[12:])), PLACE)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 31])
def test_a_shortened_ciphertext_is_refused(custody, length):
    wrapped = custody.wrap(bytes(16), PLACE, 1)
    with pytest.raises(UnwrapError):
        custody.unwrap(WrappedKey(1, wrapped.nonce, wrapped.ciphertext[:length]), PLACE)


@pytest.mark.parametrize(
    "place",
    [
        Place("DS-1002", ID, "login"),
        Place("DS-1001", ID[::-1], "login"),
        Place("DS-1001", ID, "server"),
    ],
)
def test_a_key_in_another_place_is_refused(custody, place):
    with pytest.raises(UnwrapError):
        custody.unwrap(custody.wrap(bytes(32), PLACE, 1), place)


def test_the_associated_data_has_its_documented_form():
    assert (
        Place("DS-1", ID, "login").under(1)
        == b"\x00\x04DS-1\x00\x10" + ID + b"\x00\x05login\x00\x04\x00\x00\x00\x01"
    )


def test_no_two_places_read_the_same():
    places = itertools.product(
        ["A", "AA", "AAA"], [b"A", b"AA", b"\x00\x01A"], ["", "A", "AA"], [1, 0x41414141]
    )
    texts = [Place(*fields).under(version) for *fields, version in places]
    assert len(set(texts)) == len(texts)


def test_a_closed_custody_wraps_nothing(custody):
    wrapped = custody.wrap(bytes(32), PLACE, 1)
    custody.close()
    with pytest.raises(ForgottenKeyError):
        custody.unwrap(wrapped, PLACE)
    with pytest.raises(ForgottenKeyError):
        custody.wrap(bytes(32), PLACE, 1)


def test_neither_repr_nor_fingerprint_shows_the_master_key(custody, tmp_path):
    key = (tmp_path / "master.key").read_bytes()[-32:]
    assert key.hex() not in repr(custody)
    assert "master.key" in repr(custody)
    assert custody.fingerprint(1) not in key
    assert len(custody.fingerprint(1)) == 16


def test_two_master_keys_have_two_fingerprints(custody, tmp_path):
    other = KeyFile.made_at_first_use(tmp_path / "other.key")
    assert other.fingerprint(1) != custody.fingerprint(1)
