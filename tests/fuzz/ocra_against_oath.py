"""OCRA against the PyPI package `oath` on random suites: what differs must be a difference that is known.

    python ocra_against_oath.py [--count 20000] [--seed N]

Prints how many suites were compared and each kind of known difference (docs/decisions/0002), and exits 1 on any
other. The seed is printed, so that a run can be repeated.
"""

import argparse
import hashlib
import hmac
import random
import struct
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "firmware"))

from oath import _ocra as oath

from dsc.crypto.errors import SuiteError
from dsc.crypto.ocra import Suite, mutual, pin_digest, respond

HASHES = ("SHA1", "SHA256", "SHA512")
ALPHABETS = {
    "N": "0123456789",
    "A": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "H": "0123456789abcdefABCDEF",
}

WHOLE = "truncation 0: oath gives a decimal of 31 bits, not the whole HMAC"
ODD = "hexadecimal question of odd length: oath raises"
TIME = "time in seconds: oath raises, and only takes a number of steps"
REFUSED = "suites that RFC 6287 does not allow: oath takes them"
REFUSED_BY_BOTH = "suites that RFC 6287 does not allow, refused by both"


def random_suite(rng: random.Random) -> str:
    """A legal suite, every part of the grammar in it now and then."""
    data_input = "C-" if rng.random() < 0.4 else ""
    if rng.random() < 0.05:
        data_input += "Q"
    else:
        length = rng.randint(4, 64)
        written = str(length) if length < 10 and rng.random() < 0.3 else f"{length:02d}"
        data_input += f"Q{rng.choice('NAH')}{written}"
    if rng.random() < 0.4:
        data_input += "-P" + rng.choice(("", *HASHES))
    if rng.random() < 0.4:
        data_input += "-S" + rng.choice(("", f"{rng.randint(1, 512):03d}"))
    if rng.random() < 0.4:
        unit = rng.choice("SMH")
        data_input += "-T" + rng.choice(("", f"{rng.randint(1, 48 if unit == 'H' else 59)}{unit}"))
    return f"OCRA-1:HOTP-{rng.choice(HASHES)}-{rng.choice((0, 4, 5, 6, 7, 8, 9, 10))}:{data_input}"


def random_illegal_suite(rng: random.Random) -> str:
    """A legal suite with one thing wrong."""
    head = f"OCRA-1:HOTP-{rng.choice(HASHES)}-"
    wrong = (
        f"{rng.choice((1, 2, 3, 11, 12))}:QN08",
        f"0{rng.randint(4, 9)}:QN08",
        f"8:QN{rng.choice(('00', '01', '03', '65', '99', '008', '3'))}",
        f"8:QN08-S{rng.choice(('000', '513', '999', '64', '0064'))}",
        f"8:QN08-T{rng.choice(('0S', '60S', '0M', '60M', '0H', '49H', '01M', '1H30M'))}",
        f"8:QN08-P{rng.choice(('MD5', 'SHA224', 'SHA384', 'sha1'))}",
        f"8:{rng.choice(('QN08-C', 'PSHA1-QN08', 'QN08-T1M-S064', 'QN08-S064-PSHA1'))}",
        f"8:{rng.choice(('C', 'PSHA1', 'C-T1M', 'C-C-QN08', 'QN08-QN08'))}",
    )
    return head + rng.choice(wrong)


def random_inputs(rng: random.Random, suite: Suite) -> dict:
    """Inputs that the suite calls for, as `respond` takes them, and the PIN as text for oath."""
    inputs = {}
    if suite.counter:
        inputs["counter"] = rng.choice((0, 1, rng.getrandbits(16), rng.getrandbits(64), (1 << 64) - 1))
    if suite.pin_algorithm:
        inputs["pin"] = "".join(rng.choice(ALPHABETS["N"]) for _ in range(rng.randint(1, 12)))
    if suite.session_length:
        inputs["session"] = rng.randbytes(suite.session_length)
    if suite.time_step:
        inputs["timestamp"] = rng.choice((0, rng.getrandbits(31), rng.getrandbits(50), rng.getrandbits(64)))
    return inputs


def random_question(rng: random.Random, suite: Suite, full: bool) -> str:
    length = suite.question_length if full else rng.randint(1, suite.question_length)
    return "".join(rng.choice(ALPHABETS[suite.question_format]) for _ in range(length))


class Comparison:
    """Compares suite after suite; `known` counts the known differences by kind, `unexplained` tells the others."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.compared = 0
        self.equal = 0
        self.known: Counter[str] = Counter()
        self.unexplained: list[str] = []

    def run(self, count: int) -> None:
        for _ in range(count):
            self.compared += 1
            if self.rng.random() < 0.05:
                self.compare_illegal(random_illegal_suite(self.rng))
            else:
                self.compare(random_suite(self.rng))

    def compare_illegal(self, text: str) -> None:
        try:
            Suite.parse(text)
        except SuiteError:
            pass
        else:
            self.unexplained.append(f"{text}: illegal, and taken by us")
            return
        try:
            oath.str2ocrasuite(text)
        except (ValueError, AttributeError):
            self.known[REFUSED_BY_BOTH] += 1
        else:
            self.known[REFUSED] += 1

    def compare(self, text: str) -> None:
        suite = Suite.parse(text)
        key = self.rng.randbytes(self.rng.choice((1, 16, 20, 32, 63, 64, 65, 128, 129, 200)))
        inputs = random_inputs(self.rng, suite)
        in_two_parts = self.rng.random() < 0.3
        parts = [random_question(self.rng, suite, in_two_parts) for _ in range(1 + in_two_parts)]
        ours = self.our_response(suite, key, parts, inputs)
        expected = independent(suite, key, "".join(parts), inputs)
        what = f"{text} key {key.hex()} question {parts} inputs {inputs}"
        if ours != (expected.hex() if suite.digits == 0 else decimal(expected, suite.digits)):
            self.unexplained.append(f"{what}: {ours} is not what the RFC's formula gives")
            return
        steps = {"T_precomputed": inputs["timestamp"] // suite.time_step} if suite.time_step else {}
        if suite.question_format == "H" and len("".join(parts)) % 2:
            self.compare_raised(what, text, key, parts, inputs, steps, ValueError, ODD)
            return
        if suite.time_step and self.rng.random() < 0.1:
            self.compare_raised(what, text, key, parts, inputs, {"T": inputs["timestamp"]}, TypeError, TIME)
            return
        theirs = their_response(text, key, parts, inputs, steps)
        if suite.digits == 0:
            if theirs == str(int(decimal(expected, 10))):
                self.known[WHOLE] += 1
            else:
                self.unexplained.append(f"{what}: oath gave {theirs}, and not the 31 bits we know of")
        elif theirs == ours:
            self.equal += 1
        else:
            self.unexplained.append(f"{what}: ours {ours}, oath {theirs}")

    def compare_raised(self, what, text, key, parts, inputs, time, error, kind) -> None:
        """Expects oath to raise `error`, which counts as the known difference `kind`."""
        try:
            theirs = their_response(text, key, parts, inputs, time)
        except error:
            self.known[kind] += 1
        else:
            self.unexplained.append(f"{what}: oath gave {theirs} where it is known to raise")

    def our_response(self, suite: Suite, key: bytes, parts: list[str], inputs: dict) -> str:
        ours = {name: value for name, value in inputs.items() if name != "pin"}
        if suite.pin_algorithm:
            ours["pin_hash"] = pin_digest(suite, inputs["pin"])
        return (respond if len(parts) == 1 else mutual)(suite, key, *parts, **ours)


def their_response(text: str, key: bytes, parts: list[str], inputs: dict, time: dict) -> str:
    question = {"Q": parts[0]} if len(parts) == 1 else {"Qsc": "".join(parts)}
    names = {"counter": "C", "pin": "P", "session": "S"}
    theirs = {letter: inputs[name] for name, letter in names.items() if name in inputs}
    return oath.str2ocrasuite(text)(key, **question, **theirs, **time)


def independent(suite: Suite, key: bytes, question: str, inputs: dict) -> bytes:
    """The HMAC of RFC 6287 section 5.1, put together with Python's own tools."""
    if suite.question_format == "A":
        padded = question.encode().ljust(128, b"\x00")
    else:
        text = f"{int(question):x}" if suite.question_format == "N" else question
        padded = bytes.fromhex(text.ljust(256, "0"))
    message = [suite.text.encode(), b"\x00"]
    if suite.counter:
        message.append(struct.pack(">Q", inputs["counter"]))
    message.append(padded)
    if suite.pin_algorithm:
        message.append(hashlib.new(suite.pin_algorithm, inputs["pin"].encode()).digest())
    if suite.session_length:
        message.append(inputs["session"])
    if suite.time_step:
        message.append(struct.pack(">Q", inputs["timestamp"] // suite.time_step))
    return hmac.new(key, b"".join(message), suite.algorithm.lower()).digest()


def decimal(digest: bytes, digits: int) -> str:
    start = digest[-1] % 16
    return str(int.from_bytes(digest[start : start + 4], "big") % (1 << 31)).zfill(10)[-digits:]


def main() -> int:
    parser = argparse.ArgumentParser(description="OCRA against the PyPI package oath, on random suites")
    parser.add_argument("--count", type=int, default=20000, help="suites to compare (default 20000)")
    parser.add_argument("--seed", type=int, default=None, help="repeat the run with this seed")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(32)
    comparison = Comparison(seed)
    comparison.run(options.count)
    print(f"{comparison.compared} random suites (seed {seed}): {comparison.equal} responses equal")
    for kind, count in sorted(comparison.known.items()):
        print(f"{count:7d} known: {kind}")
    print(f"{len(comparison.unexplained)} unexplained differences")
    for difference in comparison.unexplained[:10]:
        print("  " + difference)
    return 1 if comparison.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
