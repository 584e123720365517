"""Any walk through the menu: what is kept changes only by the keys that ask for it, whatever comes in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import walked_tokens
from fakes.menu_walker import MenuWalker
from fakes.walk_steps import LATE_CUTS, SEVERAL_VISITS, STEPS, many, walks
from fakes.walked_tokens import PAGE, PINS, SEVERAL
from fakes.walker import opens

pytestmark = pytest.mark.exhaustive

LOGINS = (*SEVERAL, PAGE)
# Held, C leads to the first screen from anywhere.
TO_MENU = (("hold", "C"), ("keys", "FD"))
# Of the menu, counted from its end: what it begins with depends on whether a login signs.
TICKS, LARGE, AUTO_OFF, BRIGHTNESS, LANGUAGE = (f"{'FA ' * steps}OK" for steps in range(4, 9))
DELETE, RENAME = "FA FA OK", "FA FA FA OK"
NAMES = (
    "7 7 2 OK",
    "4 0 6 OK",
    "FA 5 5 5 OK",
    "FA FA 8 8 8 2 OK",
    "1 9 9 9 9 OK",
    "0 OK",
    "OK",
    "FC FD 3 OK",
)
ROOT_AND_BRANCH = " ".join("C" * 24)


def down(steps):
    return f"{'FB ' * steps}OK"


def setting(entry, most):
    return st.integers(1, most).map(lambda steps: (*TO_MENU, ("keys", entry), ("keys", down(steps))))


SETTINGS = st.one_of(
    setting(LANGUAGE, 4), setting(BRIGHTNESS, 5), setting(AUTO_OFF, 4), setting(LARGE, 1), setting(TICKS, 1)
)
WHICH = st.integers(0, len(LOGINS) - 1).map(lambda steps: ("keys", down(steps)))
RENAMES = st.tuples(
    *map(st.just, (*TO_MENU, ("keys", RENAME))),
    WHICH,
    st.sampled_from([("keys", ROOT_AND_BRANCH), ("keys", "C C"), ("wait", 300)]),
    st.sampled_from(NAMES).map(lambda keys: ("keys", keys)),
)
DELETIONS = st.tuples(
    *map(st.just, (*TO_MENU, ("keys", DELETE))),
    WHICH,
    st.sampled_from([*[("keys", "OK")] * 5, ("keys", "C")]),
    st.sampled_from(["shown", "shown", "shown", "shown", "wrong", "short", "turned"]).map(
        lambda truth: ("type", truth)
    ),
)
# The last one stays.
ALL = len(LOGINS) * (*TO_MENU, ("keys", DELETE), ("keys", "OK"), ("keys", "OK"), ("type", "shown"))
VISITS = st.sampled_from(
    (SETTINGS, RENAMES, DELETIONS, DELETIONS, st.just(ALL), st.sampled_from(SEVERAL_VISITS))
).flatmap(lambda kind: kind)


@pytest.fixture(scope="module")
def image():
    return walked_tokens.soft(LOGINS)


@many(600)
@given(steps=walks(VISITS, st.one_of(STEPS, STEPS, LATE_CUTS)))
def test_the_menu_changes_what_it_is_asked_to_and_nothing_else(image, tally, steps):
    walker = MenuWalker(image.flash())
    walker.walk(steps)
    assert opens(walker.vault, *PINS)
    tally.add(walker, deletion=5, rename=20, setting=10)
