"""Attacks a sealed token on the emulated Pico: use, abuse, faults at random places, skipped instructions, timing.

    python attacks.py [--seed N] [--faults 200] [--skips 2000] [--pins 500] [--seconds 60] [--case faults:17] [--jobs J]

Prints the seed, and how many of each kind there were. A case that fails is told with the words to repeat it; then this
exits 1.
"""

import argparse
import multiprocessing
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from host_tools.engines import images
from sweep import dumps, faults, heap_growth, skips, timing, use_and_abuse
from sweep.random_cuts import unready
from sweep.sealed_token import SealedToken

TOLD = 100  # after so many cases each
LOGINS, WARM, GROWTH = 50, 10, 0.01
Result = tuple[str, int, str, str]  # kind, case, what it was, what was wrong


class Worker:
    """A process that attacks a token of its own."""

    def __init__(self, seed: int, pins: int, seconds: float) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._token = SealedToken(images.find(), Path(self._folder.name))
        self._login = faults.measure(self._token)
        self._stretches = skips.stretches(self._token)
        self._seed, self._pins, self._milliseconds = seed, pins, seconds * 1000

    def play(self, kind: str, case: int) -> Result:
        """Play a case; whatever it raises is told."""
        try:
            return kind, case, self._attack(kind, case), ""
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the other cases go on
            return kind, case, kind, repr(error)

    def _attack(self, kind: str, case: int) -> str:
        token, seed = self._token, self._seed
        if kind == "use":
            return f"{use_and_abuse.use(token, self._milliseconds)} logins in use"
        if kind == "abuse":
            return f"abuse: {use_and_abuse.abuse(token, self._milliseconds, seed)}"
        if kind == "faults":
            return faults.play(token, self._login, seed, case).partition(":")[0]
        if kind == "skips":
            return f"skipped: {skips.play(token, self._stretches, seed, case)}"
        if kind == "dumps":
            end = list(dumps.LATE_ENDS)[case]
            dumps.check(token, dumps.LATE_ENDS[end])
            return f"no secret when {end}"
        if kind == "heap":
            used = heap_growth.after_logins(token, LOGINS)
            if abs(used[-1] - used[WARM - 1]) > GROWTH * used[WARM - 1]:
                raise AssertionError(
                    f"after {WARM} and {LOGINS} logins {used[WARM - 1]} and {used[-1]} bytes are in use"
                )
            return f"{LOGINS} logins leave the heap as {WARM} do"
        typed = timing.type_pin(token)
        seen = {timing.moments(token, typed, pin) for pin in timing.pins(seed, self._pins)}
        if len(seen) != 1:
            spread = max(max(one) - min(one) for one in zip(*seen, strict=False))
            raise AssertionError(f"{len(seen)} timings for {self._pins} PINs, up to {spread} cycles apart")
        return f"{self._pins} PINs take the same cycles"


_workers: list[Worker] = []  # of this process: one


def _begin(seed: int, pins: int, seconds: float) -> None:
    _workers.append(Worker(seed, pins, seconds))


def _play(case: tuple[str, int]) -> Result:
    return _workers[0].play(*case)


def report(results: list[Result], seed: int) -> int:
    """Print the counts and the failures; 1 if there are any."""
    for name, count in sorted(Counter(what for _, _, what, fault in results if not fault).items()):
        print(f"{count:6,} {name}")
    failed = [result for result in results if result[3]]
    for kind, case, _, fault in failed:
        print(
            f'{kind} {case}: {fault}\n    again: make sweep-attacks ARGS="--seed {seed} --case {kind}:{case}"'
        )
    print(f"{len(failed)} failed")
    return 1 if failed else 0


def main() -> int:
    """Play all cases, or the one that is asked for; exit 1 if one has failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=secrets.randbits(32), help="default: a new one")
    parser.add_argument("--faults", type=int, default=200, help="how many faults; default 200")
    parser.add_argument(
        "--skips", type=int, default=2000, help="how many skipped instructions; default 2,000"
    )
    parser.add_argument("--pins", type=int, default=500, help="how many PINs; default 500")
    parser.add_argument(
        "--seconds", type=float, default=60, help="of use, and of abuse, emulated; default 60"
    )
    parser.add_argument("--case", help="only this one, such as faults:17")
    parser.add_argument(
        "--jobs", type=int, default=multiprocessing.cpu_count(), help="default: one a processor"
    )
    chosen = parser.parse_args()
    missing = unready()
    if missing:
        print(missing, file=sys.stderr)
        return 1
    print(f"seed {chosen.seed}", flush=True)
    begun = time.monotonic()
    cases = [("use", 0), ("abuse", 0), ("heap", 0), ("timing", 0)]
    cases += [("dumps", case) for case in range(len(dumps.LATE_ENDS))]
    cases += [("faults", case) for case in range(chosen.faults)] + [
        ("skips", case) for case in range(chosen.skips)
    ]
    if chosen.case:
        kind, _, number = chosen.case.partition(":")
        cases = [(kind, int(number))]
    results: list[Result] = []
    arguments = (chosen.seed, chosen.pins, chosen.seconds)
    # Spawned, not forked: a board has a file open.
    jobs = min(chosen.jobs, len(cases))
    with multiprocessing.get_context("spawn").Pool(jobs, _begin, arguments) as pool:
        for result in pool.imap_unordered(_play, cases):
            results.append(result)
            if result[3] or len(results) % TOLD == 0:
                print(
                    f"{len(results):6,} of {len(cases):,}{', one has failed' if result[3] else ''}",
                    flush=True,
                )
    failed = report(sorted(results), chosen.seed)
    print(f"{time.monotonic() - begun:.0f} s")
    return failed


if __name__ == "__main__":
    sys.exit(main())
