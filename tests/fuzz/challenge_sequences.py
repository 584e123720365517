"""The inventory's challenges: all 937,500 six-digit questions once each, and nothing of one tells of another.

    python challenge_sequences.py [--count 100000] [--seed N] [--keys 4] [--jobs 2]

Goes through the whole sequence of some keys, then judges the first challenges of `count` devices, and long stretches
of some, by the statistics of `uniformity`. Prints a table, and exits 1 if a question is missing, comes twice or is
divisible by 16, or if a statistic is beyond its bound. The seed is printed, so that a run can be repeated.
"""

import argparse
import functools
import hashlib
import os
import random
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from rich.console import Console
from rich.table import Table

from dsc.crypto.ocra import Suite, padded_question
from fuzz.uniformity import BOUND, DIGITS, FIRST, Sample, p_values
from host_tools.inventory.challenges import ChallengeSequence

STRETCH, STRETCHES = 5_000, 64
SHARE = 2_000  # devices that a process draws at a time
VALUE_BYTES = 8  # of a padded question: no number of these lengths fills more


def key_of(seed: int, number: int) -> bytes:
    """A device's key, as good as random."""
    return hashlib.sha256(b"picodsc fuzz %d %d" % (seed, number)).digest()


def quick(sequence: ChallengeSequence) -> ChallengeSequence:
    """The same, for many questions: its round function has 10 x 1024 values with 6 digits, which are remembered."""
    sequence._round = functools.cache(sequence._round)
    return sequence


def faults_of(sequence: ChallengeSequence) -> list[str]:
    """What keeps it from being all questions that OCRA tells apart, each once."""
    suite = Suite.parse(f"OCRA-1:HOTP-SHA256-8:QN{sequence.length:02d}")
    seen: set[bytes] = set()
    multiples = misshapen = 0
    for index in range(sequence.count):
        question = sequence.question(index)
        padded = bytes(padded_question(suite, question))
        seen.add(padded[:VALUE_BYTES])
        multiples += int(question) % 16 == 0
        misshapen += len(question) != sequence.length or any(padded[VALUE_BYTES:])
    missing = 10**sequence.length // 16 * 15 - len(seen)
    found = ((missing, "missing"), (multiples, "divisible by 16"), (misshapen, "of another length"))
    return [f"{number:,} questions {what}" for number, what in found if number]


def bijection_faults(seed: int, number: int) -> list[str]:
    """What is wrong with the sequence of one key."""
    return faults_of(quick(ChallengeSequence(key_of(seed, number), DIGITS)))


def firsts(seed: int, devices: range) -> list[list[int]]:
    """The first challenges of these devices."""
    drawn = []
    for number in devices:
        sequence = ChallengeSequence(key_of(seed, number), DIGITS)
        drawn.append([int(sequence.question(index)) for index in range(FIRST)])
    return drawn


def stretch(seed: int, number: int, length: int) -> list[int]:
    """Successive challenges of one device, from anywhere on."""
    key = key_of(seed, -1 - number)
    sequence = quick(ChallengeSequence(key, DIGITS))
    begin = random.Random(key).randrange(sequence.count - length)
    return [int(sequence.question(index)) for index in range(begin, begin + length)]


def shares(count: int) -> Iterator[range]:
    """The devices, in parts."""
    for begin in range(0, count, SHARE):
        yield range(begin, min(begin + SHARE, count))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000, help="devices (default 100000)")
    parser.add_argument("--seed", type=int, default=None, help="repeat the run with this seed")
    parser.add_argument("--keys", type=int, default=4, help="keys whose whole sequence is gone through")
    parser.add_argument("--stretches", type=int, default=STRETCHES, help=f"of {STRETCH:,} challenges each")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(32)
    with ProcessPoolExecutor(options.jobs) as pool:
        whole = [pool.submit(bijection_faults, seed, number) for number in range(options.keys)]
        drawn = [pool.submit(firsts, seed, share) for share in shares(options.count)]
        stretches = [pool.submit(stretch, seed, number, STRETCH) for number in range(options.stretches)]
        faults = [f"key {number}: {fault}" for number, one in enumerate(whole) for fault in one.result()]
        sample = Sample([one for part in drawn for one in part.result()], [one.result() for one in stretches])
    title = f"challenges of {options.count:,} devices (seed {seed}); alarm below p = {BOUND:.2g}"
    table = Table(title=title, min_width=len(title))
    table.add_column("statistic")
    table.add_column("p", justify="right")
    for name, p in p_values(sample).items():
        table.add_row(name, f"{p:.3g}")
        if p < BOUND:
            faults.append(f"{name}: p = {p:.3g}")
    Console(width=100).print(table)
    print(f"{options.keys} whole sequences gone through; {len(faults)} faults")
    for fault in faults:
        print("  " + fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
