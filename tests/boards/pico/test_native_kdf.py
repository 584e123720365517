"""The image's PBKDF2 in C and assembly, called from its REPL on the emulated Pico, against hashlib; what it leaves."""

import hashlib
import hmac
import json
import random
import struct
from pathlib import Path

import pytest

from fakes import sha256
from sweep import starts
from sweep.rig import ReplError, State

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "pbkdf2_sha256.json").read_text())["vectors"]
CORES = ("pbkdf2_rounds", "pbkdf2_rounds_plain")
DERIVE = """
import native
from binascii import unhexlify
def derive(core, password, salt, index, rounds, chunk):
    state = bytearray(native.PBKDF2_STATE)
    output = bytearray(32)
    native.pbkdf2_begin(state, password, salt, index)
    left = rounds - 1
    while left:
        count = min(left, chunk)
        core(state, count)
        left -= count
    native.pbkdf2_end(state, output)
    return bytes(output).hex()
def all_of(core, cases):
    for password, salt, *numbers in cases:
        print(derive(core, unhexlify(password), unhexlify(salt), *numbers))
"""
PASSWORD_SIZES = (0, 1, 4, 31, 32, 55, 56, 63, 64, 65, 119, 120, 128, 200)
SALT_SIZES = (0, 1, 16, 47, 50, 51, 52, 55, 56, 59, 60, 63, 64, 115, 116, 124, 180)
CASES, BATCH = 320, 40


@pytest.fixture
def board(rig):
    """A blank token at its REPL, with `derive` defined."""
    rig.put_at_repl(State(starts.blank()))
    rig.run(DERIVE)
    return rig


def derived(board, core, cases) -> list[str]:
    """What the board makes of (password, salt, index, rounds, chunk), in hexadecimal digits."""
    told = [(password.hex(), salt.hex(), *numbers) for password, salt, *numbers in cases]
    return board.run(f"all_of(native.{core}, {told!r})").split()


def expected(password, salt, index, rounds) -> str:
    return hashlib.pbkdf2_hmac("sha256", password, salt, rounds, 32 * index)[-32:].hex()


def random_cases(count):
    """Sizes around the ends of blocks, any number of rounds, chunks that divide it and others."""
    source = random.Random(2104)
    return [
        (
            source.randbytes(source.choice(PASSWORD_SIZES)),
            source.randbytes(source.choice(SALT_SIZES)),
            source.choice((1, 1, 2, 3, 300)),
            source.choice((1, 2, 3, 10, 33)),
            source.choice((1, 2, 7, 100)),
        )
        for _ in range(count)
    ]


# The reference is spared the 160,000 rounds of one vector.
VECTOR_CASES = [
    pytest.param(core, vector, id=f"{core}-{number}")
    for core in CORES
    for number, vector in enumerate(VECTORS, 1)
    if core == CORES[0] or vector["rounds"] <= 4096
]


@pytest.mark.parametrize(("core", "vector"), VECTOR_CASES)
def test_a_published_vector_is_computed(board, core, vector):
    password, salt, output = (bytes.fromhex(vector[name]) for name in ("password", "salt", "output"))
    for begin in range(0, len(output), 32):
        case = (password, salt, begin // 32 + 1, vector["rounds"], 1000)
        (part,) = derived(board, core, [case])
        assert part[: 2 * len(output[begin:])] == output[begin : begin + 32].hex()


@pytest.mark.parametrize("core", CORES)
def test_random_passwords_salts_and_chunks_give_what_hashlib_gives(board, core):
    cases = random_cases(CASES)
    for begin in range(0, CASES, BATCH):
        batch = cases[begin : begin + BATCH]
        assert derived(board, core, batch) == [expected(*case[:4]) for case in batch]


def test_both_cores_lead_from_one_state_to_the_same_next(board):
    board.run("one = bytearray(native.PBKDF2_STATE); native.pbkdf2_begin(one, b'4711', bytes(16), 1)")
    board.run("other = bytearray(one)")
    for count in (1, 2, 5, 100):
        board.run(f"native.pbkdf2_rounds(one, {count}); native.pbkdf2_rounds_plain(other, {count})")
        assert board.evaluate("one == other")


@pytest.mark.parametrize("core", CORES)
def test_no_rounds_change_nothing(board, core):
    board.run("state = bytearray(native.PBKDF2_STATE); native.pbkdf2_begin(state, b'4711', bytes(16), 1)")
    board.run(f"before = bytes(state); native.{core}(state, 0)")
    assert board.evaluate("state == before")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        ("pbkdf2_begin(bytearray(8), b'', b'', 1)", "ValueError", "PBKDF2_STATE bytes"),
        ("pbkdf2_begin(memoryview(bytearray(210))[1:209], b'', b'', 1)", "ValueError", "whole word"),
        ("pbkdf2_begin(bytes(208), b'', b'', 1)", "TypeError", ""),
        ("pbkdf2_begin(state, '4711', b'', 1)", "TypeError", "not str"),
        ("pbkdf2_begin(state, b'', 'salt', 1)", "TypeError", "not str"),
        ("pbkdf2_begin(state, b'', None, 1)", "TypeError", ""),
        ("pbkdf2_begin(state, b'', b'', 0)", "ValueError", "index"),
        ("pbkdf2_begin(state, b'', b'', -1)", "ValueError", "index"),
        ("pbkdf2_begin(state, b'', b'', 1.5)", "TypeError", ""),
        ("pbkdf2_begin(state, b'', b'')", "TypeError", "4"),
        ("pbkdf2_rounds(bytearray(207), 1)", "ValueError", "PBKDF2_STATE bytes"),
        ("pbkdf2_rounds(bytes(208), 1)", "TypeError", ""),
        ("pbkdf2_rounds(state, -1)", "ValueError", "negative"),
        ("pbkdf2_rounds(state, '1')", "TypeError", ""),
        ("pbkdf2_rounds_plain(state, -1)", "ValueError", "negative"),
        ("pbkdf2_end(bytearray(0), bytearray(32))", "ValueError", "PBKDF2_STATE bytes"),
        ("pbkdf2_end(state, bytearray(31))", "ValueError", "32 bytes"),
        ("pbkdf2_end(state, bytes(32))", "TypeError", ""),
    ],
)
def test_a_wrong_argument_is_refused_by_name(board, call, error, words):
    board.run("state = bytearray(native.PBKDF2_STATE)")
    with pytest.raises(ReplError) as caught:
        board.run(f"native.{call}")
    last = str(caught.value).strip().splitlines()[-1]
    assert last.startswith(f"{error}:")
    assert words in last
    assert board.evaluate("state == bytes(208)")


def test_a_stack_that_is_nearly_full_is_noticed_before_anything_is_computed(board):
    board.run(
        "def deeper(n):\n"
        "    state = bytearray(native.PBKDF2_STATE)\n"
        "    try:\n"
        "        deeper(n + 1)\n"
        "    except RuntimeError:\n"
        "        try:\n"
        "            native.pbkdf2_begin(state, b'4711', b'', 1)\n"
        "        except RuntimeError:\n"
        "            assert state == bytes(208)\n"
        "            raise\n"
    )
    assert board.run("deeper(0); print('went on')").strip() == "went on"


# What stays behind.

ROUNDS = 900


def secret_words(password: bytes, salt: bytes) -> dict[str, tuple[int, ...]]:
    """By name, the words that a derivation must not leave: of the key, its halves, the last U and the sum."""
    key = password.ljust(64, b"\0")
    padded = {pad: bytes(byte ^ pad for byte in key) for pad in (0x36, 0x5C)}
    inner, outer = (sha256.compressed(sha256.START, block) for block in padded.values())
    last = previous = hmac.digest(password, salt + b"\0\0\0\1", "sha256")
    for _ in range(ROUNDS - 1):
        last, previous = hmac.digest(password, last, "sha256"), last
    output = hashlib.pbkdf2_hmac("sha256", password, salt, ROUNDS, 32)
    return {
        "key": struct.unpack(">8I", key[:32]),
        "inner pad": struct.unpack(">8I", padded[0x36][:32]),
        "outer pad": struct.unpack(">8I", padded[0x5C][:32]),
        "inner midstate": inner,
        "outer midstate": outer,
        "U before": struct.unpack(">8I", previous),
        "U": struct.unpack(">8I", last),
        "sum": struct.unpack(">8I", output),
    }


def found(board, secrets) -> set[str]:
    """The names of those of which SRAM holds a word, in either order of bytes, at any address."""
    memory = bytes(board.pico.chip.mcu.sram)
    return {
        name
        for name, words in secrets.items()
        if any(struct.pack(order, word) in memory for word in words for order in ("<I", ">I"))
    }


@pytest.mark.parametrize("core", CORES)
def test_neither_memory_nor_dead_stack_hold_a_word_of_the_secrets_once_the_state_is_wiped(board, core):
    # The board makes the password itself, in a place that it can wipe.
    password = bytes((7 * i * i + 3 * i + 11) % 251 for i in range(32))
    secrets = secret_words(password, bytes(16))
    board.run(
        "password = bytearray(32)\n"
        "for i in range(32): password[i] = (7 * i * i + 3 * i + 11) % 251\n"
        "state = bytearray(native.PBKDF2_STATE); output = bytearray(32)\n"
        "native.pbkdf2_begin(state, password, bytes(16), 1)\n"
        f"for _ in range({ROUNDS - 1} // 29): native.{core}(state, 29)\n"
        "native.pbkdf2_end(state, output)\n"
        "def wipe():\n"
        "    for secret in (password, state, output):\n"
        "        for i in range(len(secret)): secret[i] = 0\n"
    )
    assert {"key", "inner midstate", "outer midstate", "U", "sum"} <= found(board, secrets)
    board.run("wipe()")
    assert found(board, secrets) == set()


# The board's class.


def test_the_board_measures_as_many_rounds_as_take_a_second(board):
    board.run("from pico.kdf import Kdf; import time; kdf = Kdf()")
    rounds = board.evaluate("kdf.default_rounds")
    assert rounds >= 14_000
    assert rounds % 100 == 0
    board.run(f"begun = time.ticks_us(); _ = kdf.pbkdf2_sha256(b'4711', bytes(16), {rounds}, 32)")
    took = board.evaluate("time.ticks_diff(time.ticks_us(), begun)")
    assert 0.97e6 < took < 1.03e6


def test_the_board_gives_what_the_core_gives_and_tells_every_500_rounds(board):
    board.run("from pico.kdf import Kdf; said = []")
    for rounds, length in ((1, 1), (2, 33), (499, 32), (500, 64), (1201, 70)):
        board.run("said.clear()")
        ours = board.evaluate(
            f"bytes(Kdf().pbkdf2_sha256(b'4711', b'salt', {rounds}, {length}, said.append))"
        )
        assert ours == hashlib.pbkdf2_hmac("sha256", b"4711", b"salt", rounds, length)
        parts = -(-length // 32)
        assert board.evaluate("said") == list(range(500, parts * rounds + 1, 500))


@pytest.mark.parametrize("arguments", ["0, 32", "True, 32", "1, 0", "-1, 32"])
def test_the_board_refuses_what_the_core_refuses(board, arguments):
    board.run("from pico.kdf import Kdf")
    with pytest.raises(ReplError, match="InputError"):
        board.run(f"Kdf().pbkdf2_sha256(b'4711', b'salt', {arguments})")


def test_what_progress_raises_comes_out(board):
    board.run("from pico.kdf import Kdf")
    with pytest.raises(ReplError, match="KeyError"):
        board.run("Kdf().pbkdf2_sha256(b'4711', b'salt', 600, 32, {}.__getitem__)")
