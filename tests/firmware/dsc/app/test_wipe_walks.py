"""Any walk on a token that wipes itself at its limit of wrong PINs: it does so then, and at no other time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import verified_unit, walked_tokens
from fakes.walk_steps import LATE_CUTS, LOGIN, STEPS, VERIFIED_VISITS, WRONG, many, walks
from fakes.wipe_walker import WipeWalker

pytestmark = pytest.mark.exhaustive

# As many as the limit, but for what else may be typed wrong on the way.
ALMOST = (*WRONG, *WRONG, *WRONG)
CHANGE = (
    ("keys", "C FD"), ("keys", "OK"), ("keys", "4 7 1 1 OK"), ("keys", "8 3 0 5 OK"), ("keys", "8 3 0 5 OK"),
    ("keys", "OK"),
)  # fmt: skip
CUT_SHORT = st.builds(lambda cut: (*ALMOST, ("keys", "C"), cut, *WRONG[1:]), LATE_CUTS)
VISITS = st.one_of(
    st.sampled_from([*VERIFIED_VISITS, LOGIN, CHANGE, ALMOST]), st.sampled_from(VERIFIED_VISITS), CUT_SHORT
)


@pytest.fixture(scope="module")
def image():
    return walked_tokens.verified(wipes=True)


@many(500)
@given(steps=walks(VISITS, st.one_of(STEPS, STEPS, LATE_CUTS)))
def test_a_token_wipes_itself_at_its_limit_and_at_no_other_time(image, tally, steps):
    walker = WipeWalker(image.flash(), verified_unit.DEVICE_SECRET)
    walker.walk(steps)
    tally.add(walker, **{"codes": 10, "wipe": 6, "cut in a wipe": 20})
