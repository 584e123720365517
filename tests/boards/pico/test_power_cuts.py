"""Power fails on the emulated Pico, at every flash operation of each flow and at moments in between; the image boots.

Each flow runs once. What a cut at any moment would have left of the flash follows from what the flow wrote, and when;
equal flashes boot once. The sweep (`make sweep`) goes on with cuts drawn by chance, bits in doubt, and second cuts.
"""

import random
from functools import cache

import pytest

from host_tools.emulator.nor_flash import ERASE, PROGRAM, SECTOR
from host_tools.emulator.power_cuts import Cut, Tear
from host_tools.engines.unit import FLASH_SIZE
from sweep import starts
from sweep.flows import FLOWS
from sweep.history import History, Recording
from sweep.judge import Judge
from sweep.rig import Boot, State

MOMENTS = 50
# A boot that has much to finish takes long, and is cut everywhere only in one of these; all are in the sweep.
EVERYWHERE = [
    name for name in FLOWS if not name.startswith("boot ") or name.endswith(("change at 50%", "at 70%"))
]


class PowerFailedError(Exception):
    """Out of an emulated run."""


@pytest.fixture(scope="module")
def recorded(rig):
    """The history of a flow, by its name; each is run once."""
    return cache(lambda name: FLOWS[name].record(rig))


@pytest.fixture(scope="module")
def booted() -> dict[bytes, Boot]:
    """How boots ended, by what was in the flash."""
    return {}


def cuts(history: History, seed: int):
    """After how many operations, whether within the next one, and what it leaves: each operation, then moments."""
    for number in range(len(history.changes) + 1):
        yield number, False, State(history.after(number))
    source = random.Random(seed)
    for nanos in sorted(source.uniform(history.begun, history.ended) for _ in range(MOMENTS)):
        number, torn = history.under_way(nanos)
        yield number, torn, moment(history, number, torn, source.getrandbits(32))


def moment(history: History, number: int, torn: bool, seed: int) -> State:
    return history.cut(number, Cut.TORN, Tear(seed)) if torn else State(history.after(number))


@pytest.mark.parametrize("name", EVERYWHERE)
def test_power_that_fails_in_a_flow_leaves_the_state_before_or_after(rig, recorded, booted, name, counted):
    history = recorded(name)
    judge = Judge(history)
    before = rig.boots
    tried, torn_ones, images = 0, 0, set()
    found: dict[int, object] = {}
    for number, torn, state in cuts(history, seed=len(name)):
        image = state.image()
        if image not in booted:
            booted[image] = rig.boot(state)
        seen = judge.check(booted[image], judge.allowed(number, torn))
        if not torn:
            found[number] = seen
        tried, torn_ones = tried + 1, torn_ones + torn
        images.add(image)
    for step, end in enumerate(history.steps):
        begin = history.steps[step - 1] if step else 0
        during = [found[number] == judge.views[step + 1] for number in range(begin, end + 1)]
        assert during == sorted(during), "it has happened, and then it has not"
    counted(
        f"{name}: {len(history.changes)} operations, {tried} cuts, {torn_ones} of them within an operation, "
        f"{len(images)} distinct images, {rig.boots - before} boots",
    )


def test_what_a_cut_is_said_to_leave_is_what_it_leaves(rig, recorded):
    flow, history = FLOWS["deletion"], recorded("deletion")
    source = random.Random(4)
    torn_ones = 0
    for nanos in [source.uniform(history.begun, history.ended) for _ in range(8)]:
        flow.start(rig)
        rig.pico.chip.at(nanos, fail)
        with pytest.raises(PowerFailedError):
            flow.act(rig, Recording(flow.name, rig))
        rig.pico.power_off()
        number, torn = history.under_way(nanos)
        left, before = rig.cells(), history.after(number)
        torn_ones += torn
        if torn:
            after = history.after(number + 1)
            targets = [old ^ new for old, new in zip(before, after, strict=True)]
            assert all(not (now ^ old) & ~bits for now, old, bits in zip(left, before, targets, strict=True))
            assert left not in (before, after)
        else:
            assert left == before
    assert torn_ones > 2


def fail() -> None:
    raise PowerFailedError


def test_a_boot_that_begins_right_before_the_flash_is_read_ends_as_a_whole_one_does(rig, recorded):
    history = recorded("deletion")
    states = [history.cut(number, Cut.TORN, Tear(number)) for number in (20, 40)]
    for state in [State(starts.blank()), State(starts.full()), *states]:
        short = rig.boot(state)
        nanos, cycles = rig.pico.chip.nanos, rig.pico.chip.cycles
        assert rig.boot(state, whole=True) == short
        assert (rig.pico.chip.nanos, rig.pico.chip.cycles) == (nanos, cycles)


def test_the_flows_reach_what_they_are_named_after(recorded):
    operations = {}
    for name in ("login", "login that finds its marks spent", "login that finds the log full"):
        history = recorded(name)
        operations[name] = [change.kind for change in history.changes]
    mark, record, compaction = operations.values()
    assert mark == [PROGRAM]
    assert 3 < len(record) < 20
    assert set(record) == {PROGRAM}
    assert compaction.count(ERASE) == FLASH_SIZE // SECTOR // 2
