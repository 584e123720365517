"""Wrapping under the master key: what comes back, what is refused, and what binds a key to its place."""

import itertools

import pytest

from fakes.soft_hsm import pin
from host_tools.inventory.custody import Place, WrappedKey
from host_tools.inventory.errors import ForgottenKeyError, UnwrapError
from host_tools.inventory.key_file import KeyFile
from host_tools.inventory.pkcs11_module import Pkcs11Module

ID = bytes(range(16))
PLACE = Place("DS-1001", ID, "login")


@pytest.fixture(params=["file", "module"])
def make(request, tmp_path):
    """Makes a custody of that name, with version 1; all are closed in the end."""
    made = []

    def make(name):
        if request.param == "file":
            made.append(KeyFile.made_at_first_use(tmp_path / f"{name}.key"))
        else:
            address = request.getfixturevalue("soft_hsm").address(name)
            made.append(Pkcs11Module.made(address, pin()))
        return made[-1]

    yield make
    for custody in made:
        custody.close()


@pytest.fixture
def custody(make):
    return make("master")


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


def test_a_fingerprint_has_sixteen_bytes_and_stays(custody):
    before = custody.fingerprint(1)
    assert len(before) == 16
    custody.wrap(bytes(32), PLACE, 1)
    custody.add_version()
    assert custody.fingerprint(1) == before != custody.fingerprint(2)


def test_neither_repr_nor_fingerprint_shows_the_master_key_of_a_file(tmp_path):
    custody = KeyFile.made_at_first_use(tmp_path / "master.key")
    key = (tmp_path / "master.key").read_bytes()[-32:]
    assert key.hex() not in repr(custody)
    assert "master.key" in repr(custody)
    assert custody.fingerprint(1) not in key


def test_two_master_keys_have_two_fingerprints(make):
    assert make("master").fingerprint(1) != make("other").fingerprint(1)


def test_a_second_key_stands_beside_the_first_and_then_alone(custody):
    first = custody.wrap(b"secret" * 4, PLACE, 1)
    assert custody.add_version() == 2
    second = custody.wrap(b"secret" * 4, PLACE, 2)
    assert custody.versions() == (1, 2)
    assert custody.unwrap(first, PLACE) == custody.unwrap(second, PLACE) == b"secret" * 4
    custody.drop_versions(2)
    assert custody.versions() == (2,)
    with pytest.raises(ForgottenKeyError):
        custody.unwrap(first, PLACE)
    assert custody.unwrap(second, PLACE) == b"secret" * 4


def test_a_version_that_is_not_there_is_not_kept_alone(custody):
    with pytest.raises(ForgottenKeyError):
        custody.drop_versions(2)
    assert custody.versions() == (1,)


def test_a_key_under_one_version_does_not_open_under_another(custody):
    custody.add_version()
    wrapped = custody.wrap(bytes(32), PLACE, 1)
    with pytest.raises(UnwrapError):
        custody.unwrap(WrappedKey(2, wrapped.nonce, wrapped.ciphertext), PLACE)


def test_a_nonce_of_another_length_is_refused(custody):
    wrapped = custody.wrap(bytes(32), PLACE, 1)
    for nonce in (b"", wrapped.nonce[:8], wrapped.nonce + b"\0"):
        with pytest.raises(UnwrapError):
            custody.unwrap(WrappedKey(1, nonce, wrapped.ciphertext), PLACE)


def test_where_it_is_kept_is_told_of_a_version_that_is_there(custody):
    assert "master" in custody.where(1)
    with pytest.raises(ForgottenKeyError):
        custody.where(2)
