"""The search for secrets in dumps finds each form, and nothing in noise."""

import hashlib
import random
import struct

import pytest

from fakes import sha256_state
from fakes.dump_search import Search

PIN, KEY = b"90210763", hashlib.sha256(b"a key").digest()
NOISE = random.Random(1).randbytes(300_000)


def test_a_state_is_the_one_that_hashlib_finishes():
    message = bytes(range(55))
    padded = message + b"\x80" + struct.pack(">Q", 8 * len(message))
    assert struct.pack(">8I", *sha256_state.after(padded)) == hashlib.sha256(message).digest()


def test_the_states_of_a_key_are_those_of_its_masked_blocks():
    states = sha256_state.of_hmac_key(KEY)
    assert states["inner"] == sha256_state.after(bytes(byte ^ 0x36 for byte in KEY) + b"\x36" * 32)
    assert states["inner"] != states["outer"]


@pytest.mark.parametrize(
    "form",
    [
        PIN,
        PIN[::-1],
        bytes([9, 0, 2, 1, 0, 7, 6, 3]),
        bytes.fromhex("90210763"),
        (90210763).to_bytes(4, "little"),
        (2 * 90210763 + 1).to_bytes(4, "little"),
        "90210763".encode("utf-16-le"),
        struct.pack("<8I", 9, 0, 2, 1, 0, 7, 6, 3),
        PIN.hex().encode(),
        struct.pack("<8I", *sha256_state.of_hmac_key(PIN)["outer"]),
    ],
)
def test_a_pin_is_found_as(form):
    assert Search({"PIN": PIN}).found_in(b"", NOISE[:1001] + form + NOISE[1001:]) == {"PIN"}


@pytest.mark.parametrize(
    "form",
    [
        KEY[11:19],
        KEY[::-1][3:11],
        struct.pack("<8I", *struct.unpack(">8I", KEY))[5:13],
        KEY[4:12].hex().encode(),
        bytes(byte ^ 0x36 for byte in KEY[20:28]),
        struct.pack("<8I", *sha256_state.of_hmac_key(KEY)["inner"])[8:16],
        struct.pack(">8I", *sha256_state.of_hmac_key(KEY)["outer"])[4:12],
    ],
)
def test_a_part_of_a_key_is_found_as(form):
    assert Search({"key": KEY}).found_in(NOISE[:77] + form + NOISE[77:]) == {"key"}


def test_nothing_is_found_in_noise_nor_in_zeros():
    search = Search({"PIN": PIN, "shifted PIN": b"00000000", "key": KEY})
    assert search.found_in(NOISE, bytes(1000)) == set()
