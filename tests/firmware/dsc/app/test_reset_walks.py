"""Any walk with a factory reset at power-on: two keys and four digits erase everything, and nothing else anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import verified_unit, walked_tokens
from fakes.reset_walker import WANTED, ResetWalker
from fakes.walk_steps import LATE_CUTS, SEVERAL_VISITS, STEPS, VERIFIED_VISITS, many, walks
from fakes.walked_tokens import SEVERAL

pytestmark = pytest.mark.exhaustive

HELD = st.sampled_from([*[("power", "C FD", 3_500)] * 6, ("power", "C FD", 2_000), ("power", "C", 3_500)])
SWITCHED = st.tuples(st.just("power"), st.sampled_from(["", "C FD", "FD", "OK"]), st.just(3_500))
ANSWERS = st.sampled_from(
    [
        *[(("type", "shown"),)] * 4,
        *[(("type", truth),) for truth in ("wrong", "short", "turned")],
        (("type", "wrong"), ("type", "shown")),
        (("keys", " ".join(WANTED[:3])), ("keys", f"OK {WANTED[3]} OK")),
        (("keys", f"9 C {' '.join(WANTED)} 5"), ("keys", "OK")),
        (("hold", "C"), ("keys", " ".join([*WANTED, "OK"]))),
    ]
)
RESETS = st.builds(lambda held, answer: (held, *answer), HELD, ANSWERS)
CUT_SHORT = st.builds(
    lambda cut: (("power", "C FD", 3_500), ("keys", " ".join(WANTED)), cut, ("keys", "OK")), LATE_CUTS
)
OTHERS = st.one_of(STEPS, SWITCHED, LATE_CUTS)


def visits(known):
    return st.sampled_from((RESETS, CUT_SHORT, st.sampled_from(known))).flatmap(lambda kind: kind)


@pytest.fixture(scope="module")
def images():
    return {"soft": walked_tokens.soft(SEVERAL), "verified": walked_tokens.verified()}


def check(walker, tally, steps):
    walker.walk(steps)
    tally.add(walker, reset=6)


@many(300)
@given(steps=walks(visits(SEVERAL_VISITS), OTHERS, most=4))
def test_a_soft_token_is_erased_as_a_whole_by_whoever_asks_for_it(images, tally, steps):
    check(ResetWalker(images["soft"].flash()), tally, steps)


@many(300)
@given(steps=walks(visits(VERIFIED_VISITS), OTHERS, most=4))
def test_a_verified_token_is_erased_as_a_whole_by_whoever_asks_for_it(images, tally, steps):
    check(ResetWalker(images["verified"].flash(), verified_unit.DEVICE_SECRET), tally, steps)
