"""What a boot after a cut is held to: its screen, and the vault before or after, whichever way bits in doubt read."""

from itertools import pairwise

import pytest

from host_tools.emulator.nor_flash import PROGRAM
from host_tools.emulator.power_cuts import Cut, Tear
from sweep import starts
from sweep.history import Change, History
from sweep.judge import Judge, JudgementError, view
from sweep.rig import Boot

NOTHING = ()


def history(*contents: bytes) -> History:
    """From the first to the last of some regions, each change one operation on all of it and one step."""
    changes = [
        Change(PROGRAM, 0, before, after, 100.0 * number, 10.0)
        for number, (before, after) in enumerate(pairwise(contents), 1)
    ]
    return History("made up", contents[0], 0.0, 1000.0, changes, list(range(1, len(changes) + 1)))


@pytest.fixture(scope="module")
def states() -> list[bytes]:
    return [starts.blank(), starts.sealed(), starts.marks_spent()]


def test_between_two_steps_only_the_state_there_is_allowed_and_within_one_both(states):
    judge = Judge(history(*states))
    blank, sealed, spent = (view(each) for each in states)
    assert blank is None
    assert judge.allowed(0, torn=False) == [None, sealed]
    assert judge.allowed(0, torn=True) == [None, sealed]
    assert judge.allowed(1, torn=False) == [sealed]
    assert judge.allowed(1, torn=True) == [sealed, spent]
    assert judge.allowed(2, torn=False) == [spent]


def test_the_state_and_the_screen_must_both_be_right(states):
    judge = Judge(history(*states))
    allowed = judge.allowed(1, torn=True)
    assert judge.check(Boot("PIN>", states[1], NOTHING, 0), allowed) == view(states[1])
    for boot in (
        Boot("HALTED", states[1], NOTHING, 0),
        Boot("FACTORY", states[0], NOTHING, 0),  # a third state
        Boot("PIN>", bytes(len(states[0])), NOTHING, 0),  # no vault at all
    ):
        with pytest.raises(JudgementError):
            judge.check(boot, allowed)


def test_bits_in_doubt_are_tried_either_way(states):
    judge = Judge(history(*states))
    (magic,) = (offset for offset in range(256, 512) if states[1][offset : offset + 7] == b"PICODSC")
    with pytest.raises(JudgementError):
        judge.check(Boot("PIN>", states[1], ((magic, 0xFF),), 0), judge.allowed(1, torn=False))


def test_a_cut_leaves_what_was_there_before_or_after_or_something_torn(states):
    cut = history(*states)
    assert cut.cut(0, Cut.BEFORE, Tear()).image() == states[0]
    assert cut.cut(0, Cut.AFTER, Tear()).image() == states[1]
    torn = cut.cut(0, Cut.TORN, Tear(3)).image()
    assert torn not in states
    assert all(now in (old, new) or old != new for now, old, new in zip(torn, *states[:2], strict=True))


def test_an_operation_is_under_way_from_its_beginning_to_its_end(states):
    cut = history(*states)
    moments = {99.0: (0, False), 100.0: (0, True), 109.9: (0, True), 110.0: (1, False), 999.0: (2, False)}
    assert {nanos: cut.under_way(nanos) for nanos in moments} == moments
