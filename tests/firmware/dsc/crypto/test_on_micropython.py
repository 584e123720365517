"""The same vectors and the same refusals, computed by the real MicroPython interpreter in a child process."""

import json
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
VECTORS = ROOT / "tests" / "vectors"
FIRMWARE = ROOT / "firmware"

# Refusals that rest on what differs between the interpreters: big integers, Unicode, types, buffers. Each line is
# run on its own; it must raise the error that is named.
REFUSALS = """
CounterError     respond(suite("C-QN06"), b"k", "1", counter=1 << 64)
CounterError     respond(suite("C-QN06"), b"k", "1", counter=-1)
CounterError     respond(suite("C-QN06"), b"k", "1", counter=True)
TimestampError   respond(suite("QN06-T1S"), b"k", "1", timestamp=1 << 64)
TimestampError   respond(suite("QN06-T1S"), b"k", "1", timestamp=1.5)
QuestionError    respond(suite("QN06"), b"k", "12\\u0663")
QuestionError    respond(suite("QA06"), b"k", "ab\\u00e9")
QuestionError    respond(suite("QH06"), b"k", "0x12")
QuestionError    respond(suite("QN06"), b"k", "1_2")
QuestionError    respond(suite("QN06"), b"k", " 12")
QuestionError    respond(suite("QN06"), b"k", b"123")
KeyLengthError   respond(suite("QN06"), bytearray(), "1")
InputError       respond(suite("QN06"), "key", "1")
SessionError     respond(suite("QN06-S004"), b"k", "1", session=b"123")
PinHashError     respond(suite("QN06-P"), b"k", "1", pin_hash=bytes(32))
SuiteError       Suite.parse("OCRA-1:HOTP-SHA1-6:QN08\\u00e9")
SuiteError       Suite.parse(b"OCRA-1:HOTP-SHA1-6:QN08")
SuiteError       suite("T1M")
CryptoError      spent.digest()
TypeError        wipe(b"constant bytes")
TypeError        equal(b"1", "1")
"""

PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from dsc.crypto import errors
from dsc.crypto.memory import equal, wipe
from dsc.crypto.ocra import Suite, padded_question, respond
from dsc.crypto.sha512 import Sha512
from dsc.crypto.seal import random_digits, seal_key, shift
def suite(inputs):
    return Suite.parse("OCRA-1:HOTP-SHA256-8:" + inputs)
spent = Sha512()
spent.digest()
for expression in json.load(open(sys.argv[2])):
    try:
        print(repr(eval(expression)))
    except Exception as error:
        print(type(error).__name__)
"""

RESULTS = [
    'respond(suite("C-QN06"), bytearray(b"k"), "1", counter=(1 << 64) - 1)',
    'respond(suite("QN06-T48H"), memoryview(b"k"), "1", timestamp=(1 << 64) + 5)',
    'respond(suite("QN64"), b"k" * 200, "9" * 64)',
    'padded_question(suite("QH05"), "ABCDE").hex()',
    'bytes(shift(b"1239", bytes([9, 8, 7, 1])))',
    'bytes(seal_key(b"k" * 64, bytes(32), bytes(16), bytes(16), b"h"))',
    "bytes(random_digits(lambda n: bytes([249, 255, 10, 7][:n]), 4))",
    "equal(b'', b'')",
    "equal('1234', '1235')",
]


def _evaluated(micropython, folder, expressions):
    (folder / "evaluate.py").write_text(PROGRAM)
    (folder / "expressions.json").write_text(json.dumps(expressions))
    command = [micropython, folder / "evaluate.py", FIRMWARE, folder / "expressions.json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_micropython_computes_every_published_vector(micropython):
    command = [micropython, HERE / "replay.py", FIRMWARE, VECTORS, "--slow"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    replayed = {line.split()[0]: int(line.split()[1]) for line in done.stdout.splitlines()}
    for file in VECTORS.glob("*.json"):
        content = json.loads(file.read_text())
        if content.get("kind") in ("ocra", "hotp", "totp", "hmac", "hkdf", "pbkdf2", "sha512", "hmac_drbg"):
            assert replayed[file.name] == len(content["vectors"])


def test_micropython_refuses_what_cpython_refuses(micropython, tmp_path):
    refusals = [line.split(None, 1) for line in REFUSALS.strip().splitlines()]
    names = _evaluated(micropython, tmp_path, [expression for _, expression in refusals])
    assert names == [name for name, _ in refusals]


@pytest.mark.parametrize("expression", [line.split(None, 1) for line in REFUSALS.strip().splitlines()])
def test_cpython_refuses_the_same(expression):
    name, text = expression
    with pytest.raises(Exception) as raised:  # noqa: PT011 - the name is what is compared
        eval(text, _names())  # noqa: S307 - our own expressions
    assert type(raised.value).__name__ == name


def test_both_interpreters_give_the_same_results(micropython, tmp_path):
    names = _names()
    here = [repr(eval(expression, names)) for expression in RESULTS]  # noqa: S307 - our own expressions
    assert _evaluated(micropython, tmp_path, RESULTS) == here


def _names():
    names = {}
    setup = PROGRAM.split("sys.path.insert(0, sys.argv[1])")[1].split("for expression")[0]
    exec(setup, names)  # noqa: S102 - our own program
    return names
