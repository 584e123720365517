"""Power fails on the emulated Pico at random, with random tears and bits in doubt, and often again while it recovers.

    python random_cuts.py [--count 1000] [--seed N] [--case K] [--jobs J]

Each case draws a flow, a moment of it, what the cut leaves, and perhaps a second cut in the boot that follows; then
the image boots, and boots again. The first screen must come, and the vault be as it was before or after what was cut.
Prints the seed, and how many cases of each kind there were. A case that fails is told with the words to repeat it, and
leaves its flash in build/sweep; then this exits 1.
"""

import argparse
import multiprocessing
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from host_tools.emulator.fast import loops
from host_tools.emulator.nor_flash import ERASE
from host_tools.emulator.power_cuts import Cut, PowerCutError, Tear
from host_tools.engines import images
from host_tools.engines.errors import EngineMissingError
from host_tools.engines.interpreters import ROOT
from sweep.flows import FLOWS
from sweep.history import History
from sweep.judge import Judge, JudgementError
from sweep.rig import Boot, Rig, State

LEFT = ROOT / "build" / "sweep"
AT_AN_OPERATION = 0.75
CUTS = (Cut.BEFORE, Cut.TORN, Cut.TORN, Cut.TORN, Cut.AFTER)
CHANGED = (0.0, 0.02, 0.2, 0.5, 0.8, 0.98, 1.0)
DOUBTFUL = (0.0, 0.0, 0.005, 0.05, 0.3, 1.0)
TOLD = 100  # after so many cases each
SECOND = 0.4  # of the cases have a second cut, if the boot writes
WEAK = 0.3  # of the torn erases


@dataclass(frozen=True)
class Case:
    """A case: after how many operations of which flow power failed, whether within the next one, and what it left."""

    flow: str
    number: int
    torn: bool
    state: State
    again: tuple[float, Cut, Tear] | None  # the second cut: at which share of the boot's operations


@dataclass(frozen=True)
class Outcome:
    """What came of a case; `fault` is empty if all was well, and `left` the flash at the end of what was wrong."""

    case: int
    flow: str
    kinds: tuple[str, ...]
    boots: int
    fault: str = ""
    left: bytes = b""


def tear(source: random.Random, kind: str) -> Tear:
    """How an operation of that kind is torn."""
    doubtful = source.choice(DOUBTFUL)
    weak = kind == ERASE and bool(doubtful) and source.random() < WEAK
    return Tear(source.getrandbits(32), source.choice(CHANGED), doubtful, weak)


def draw(histories: dict[str, History], seed: int, case: int) -> Case:
    """The case with this number: most are at an operation, the others at any moment of the flow."""
    source = random.Random(f"{seed} {case}")
    history = histories[source.choice(list(histories))]
    if source.random() < AT_AN_OPERATION:
        number, cut = source.randrange(len(history.changes)), source.choice(CUTS)
        number, torn = number + (cut is Cut.AFTER), cut is Cut.TORN
    else:
        number, torn = history.under_way(source.uniform(history.begun, history.ended))
    if torn:
        state = history.cut(number, Cut.TORN, tear(source, history.changes[number].kind))
    else:
        state = State(history.after(number))
    again = None
    if source.random() < SECOND:
        again = source.random(), source.choice(CUTS), tear(source, source.choice((ERASE, "")))
    return Case(history.name, number, torn, state, again)


def cut_again(rig: Rig, case: Case, first: Boot) -> bool:
    """Boot with a second cut planned, and lose power there."""
    assert case.again is not None
    share, cut, how = case.again
    rig.put(case.state)
    number = rig.pico.flash.operations + 1 + int(share * first.operations)
    rig.pico.flash.cut_power_at(
        number, cut, how.seed, changed=how.changed, doubtful=how.doubtful, weak=how.weak
    )
    try:
        rig.wait()
    except PowerCutError:
        return True
    return False


def play(rig: Rig, judges: dict[str, Judge], number: int, case: Case) -> Outcome:
    """Cut, boot and judge."""
    judge = judges[case.flow]
    allowed = judge.allowed(case.number, case.torn)
    kinds = ["within an operation" if case.torn else "between operations"]
    if not case.state.certain:
        kinds.append("bits in doubt")
    before = rig.boots
    try:
        boot = rig.boot(case.state)
        seen = judge.check(boot, allowed)
        if case.again and boot.operations and cut_again(rig, case, boot):
            kinds.append("second cut")
            boot = rig.boot_again()
            seen = judge.check(boot, allowed)
        if boot.doubtful or not case.state.certain:
            # Whatever was in doubt must be settled by now, or make no difference.
            later = [seen] if seen == allowed[-1] else allowed
            judge.check(rig.boot_again(), later)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the other cases go on
        fault = str(error) if isinstance(error, JudgementError) else repr(error)
        return Outcome(number, case.flow, tuple(kinds), rig.boots - before, fault, case.state.image())
    return Outcome(number, case.flow, tuple(kinds), rig.boots - before)


class Worker:
    """A process that plays cases, with a board of its own."""

    def __init__(self, histories: dict[str, History], seed: int) -> None:
        self._histories = histories
        self._seed = seed
        self._judges = {name: Judge(history) for name, history in histories.items()}
        self._folder = tempfile.TemporaryDirectory()
        self._rig = Rig(images.find(), Path(self._folder.name))

    def play(self, number: int) -> Outcome:
        """Play the case with this number."""
        return play(self._rig, self._judges, number, draw(self._histories, self._seed, number))


_workers: list[Worker] = []  # of this process: one


def _begin(histories: dict[str, History], seed: int) -> None:
    _workers.append(Worker(histories, seed))


def _play(number: int) -> Outcome:
    return _workers[0].play(number)


def record(names: list[str]) -> dict[str, History]:
    """Each flow, run once."""
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(images.find(), Path(folder))
        histories = {name: FLOWS[name].record(rig) for name in names}
        rig.close()
    return histories


def report(outcomes: list[Outcome], seed: int) -> int:
    """Print the counts and the failures; 1 if there are any."""
    flows = Counter(outcome.flow for outcome in outcomes)
    kinds = Counter(kind for outcome in outcomes for kind in outcome.kinds)
    for name, count in sorted(flows.items()):
        print(f"{count:6,} cuts  {name}")
    print(f"{len(outcomes):6,} cuts, {sum(outcome.boots for outcome in outcomes):,} boots; of the cuts:")
    for name, count in kinds.most_common():
        print(f"{count:6,} {name}")
    failed = [outcome for outcome in outcomes if outcome.fault]
    for outcome in failed:
        LEFT.mkdir(parents=True, exist_ok=True)
        path = LEFT / f"seed-{seed}-case-{outcome.case}.bin"
        path.write_bytes(outcome.left)
        print(f"case {outcome.case}, {outcome.flow}, {', '.join(outcome.kinds)}: {outcome.fault}")
        print(
            f'    again: make sweep ARGS="--seed {seed} --case {outcome.case}"; its flash: {path.relative_to(ROOT)}'
        )
    print(f"{len(failed)} failed")
    return 1 if failed else 0


def unready() -> str:
    """What has to be done before cutting makes sense; empty if nothing has."""
    try:
        changed = images.newer_source(images.find())
    except EngineMissingError as error:
        return str(error)
    if changed:
        return f"{changed.relative_to(ROOT)} is newer than the image; run 'make firmware'"
    if loops.FAST not in loops.available():
        return "the emulated Pico is too slow for this; run 'make emulator'"
    return ""


def main() -> int:
    """Play all cases, or the one that is asked for; exit 1 if one has failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000, help="how many cases; default 1000")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32), help="default: a new one")
    parser.add_argument("--case", type=int, help="only this one")
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
    histories = record(list(FLOWS))
    cases = list(range(chosen.count)) if chosen.case is None else [chosen.case]
    jobs = min(chosen.jobs, len(cases))
    outcomes: list[Outcome] = []
    # Spawned, not forked: a board has a file open.
    with multiprocessing.get_context("spawn").Pool(jobs, _begin, (histories, chosen.seed)) as pool:
        for outcome in pool.imap_unordered(_play, cases):
            outcomes.append(outcome)
            if outcome.fault or len(outcomes) % TOLD == 0:
                print(
                    f"{len(outcomes):6,} of {len(cases):,}{', one has failed' if outcome.fault else ''}",
                    flush=True,
                )
    failed = report(sorted(outcomes, key=lambda outcome: outcome.case), chosen.seed)
    print(f"{time.monotonic() - begun:.0f} s")
    return failed


if __name__ == "__main__":
    sys.exit(main())
