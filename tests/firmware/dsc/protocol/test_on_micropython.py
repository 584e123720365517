"""The encodings and refusals of `dsc.protocol`, the same on MicroPython's interpreter as here."""

import json
import subprocess
from pathlib import Path

FIRMWARE = Path(__file__).parents[4] / "firmware"

PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from dsc.crypto.seal import seal_unlock_secret, unlock_key_encryption_key
from dsc.protocol.confirm import confirm_key, confirmation, random_question
from dsc.protocol.duress import DEFAULT, check_delta, moved
from dsc.protocol.plain import Method, code, is_plain
from dsc.protocol.transaction import Field, amount_text, check_value, encode, question
from dsc.protocol.unlock import unlock_code
form = [Field(1, "Betr\\u00e4ge", 2, "EUR"), Field(2, "\\u53e3\\u5ea7"), Field(4, "Ref")]
def stream(n):
    return bytes([(n * 7 + place * 3) % 10 for place in range(n)])
for expression in json.load(open(sys.argv[2])):
    try:
        print(repr(eval(expression)))
    except Exception as error:
        print(type(error).__name__, error)
"""

EXPRESSIONS = [
    'encode("DS-1001", form, ["123450", "0012345678", "000481"])',
    'question("DS-1001", form, ["0", "9" * 34, "0"])',
    'encode("DS-1001", form, ["0123", "1", "1"])',
    'encode("DS-1001", form, ["1", "1"])',
    'encode("ds", form, ["1", "1", "1"])',
    'encode("DS-1001", [Field(4, "Ref")], ["1"])',
    'check_value(form[1], "12\\u0663")',
    "check_value(form[1], b'12')",
    "check_value(form[0], '1_2')",
    "[amount_text(form[0], digits) for digits in ('', '7', '007', '123450', '999999999999')]",
    "amount_text(Field(1, 'a', 0, 'JPY'), '1234567')",
    "form[0] == Field(1, 'Betr\\u00e4ge', 2, 'EUR') and form[0] != form[1]",
    "repr(form[2])",
    "[Method.parse('TOTP-SHA256-8-T' + step).step for step in ('1S', '59S', '1M', '59M')]",
    "code(Method.parse('HOTP-SHA1-6'), b'12345678901234567890', (1 << 64) - 1)",
    "code(Method.parse('TOTP-SHA512-8-T30S'), bytearray(64), 20000000000)",
    "Method.parse('TOTP-SHA1-6-T60S')",
    "Method.parse('TOTP-SHA1-6-')",
    "Method.parse('HOTP-SHA1-06')",
    "Method.parse(b'HOTP-SHA1-6')",
    "[is_plain(text) for text in ('HOTP-', 'TOTP-SHA1', 'OCRA-1:HOTP-SHA1-6:QN08', 'HOTP', '')]",
    "bytes(confirm_key(bytes(range(32)), 'DS-1001'))",
    "confirmation(bytes(range(32)), 'DS-1001', '12345678')",
    "confirmation(bytes(range(32)), 'DS-1001', '1234567')",
    "random_question(stream, 8)",
    "random_question(stream, 64)",
    "random_question(lambda n: bytes(n), 4)",
    "random_question(stream, 3)",
    "bytes(moved(bytearray(b'47110815'), DEFAULT))",
    "check_delta(b'0000', 4)",
    "check_delta(b'5004', 4)",
    "[bytes(unlock_code(bytes(range(32)), 'DS-1001', n)) for n in (1, 2, (1 << 64) - 1)]",
    "unlock_code(bytes(32), 'DS-1001', 1 << 64)",
    "unlock_code(bytes(31), 'DS-1001', 1)",
    "bytes(unlock_key_encryption_key(b'1' * 16, bytes(16), 2, bytes(32), b'uid'))",
    "bytes(seal_unlock_secret(bytes(range(32)), bytes(32)))",
]


def test_both_interpreters_compute_and_refuse_the_same(micropython, tmp_path, capsys):
    (tmp_path / "evaluate.py").write_text(PROGRAM)
    (tmp_path / "expressions.json").write_text(json.dumps(EXPRESSIONS))
    command = [micropython, tmp_path / "evaluate.py", FIRMWARE, tmp_path / "expressions.json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    there = done.stdout.splitlines()
    assert len(there) == len(EXPRESSIONS)
    names = {}
    setup = PROGRAM.split("sys.path.insert(0, sys.argv[1])")[1].split("for expression")[0]
    exec(setup, names)  # noqa: S102 - our own program
    for expression, result in zip(EXPRESSIONS, there, strict=True):
        try:
            here = repr(eval(expression, names))  # noqa: S307 - our own expressions
        except Exception as error:  # noqa: BLE001 - its name and text are what is compared
            here = f"{type(error).__name__} {error}"
        assert result == here, expression
