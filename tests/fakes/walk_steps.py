"""Strategies for walks: steps that lead nowhere, visits of somebody who wants something, and the two woven together."""

from itertools import chain

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

PIECES = (
    "4 7 1 1 OK", "4 7 1 1 OK", "4 7 1 1 OK", "8 3 0 5 OK", "8 3 0 5 OK 8 3 0 5 OK", "0 0 0 0 OK", "1 2 3 4 OK",
    "1 2 3 4 5 7 OK", "5 3 1 9 0 7", "OK", "OK", "C", "FA", "FB", "FC", "FD", "FD OK", "FD FB OK", "FB OK",
    "1 2 3 4 5 0 OK 0 0 1 2 OK 4 2 OK", "FB FB OK",
)  # fmt: skip
STEPS = st.one_of(
    st.tuples(st.just("keys"), st.sampled_from(PIECES)),
    st.tuples(st.just("keys"), st.sampled_from(PIECES)),
    st.tuples(st.just("keys"), st.sampled_from([*"0123456789", "OK", "C", "FA", "FB", "FC", "FD"])),
    st.tuples(st.just("hold"), st.sampled_from(["C", "C", "OK", "FD"])),
    st.tuples(st.just("wait"), st.sampled_from([300, 2_000, 6_000, 16_000, 31_000, 61_000, 601_000])),
    st.tuples(st.just("service"), st.just("page"), st.sampled_from(["right", "right", "wrong"])),
    st.tuples(st.just("service"), st.just("confirm"), st.sampled_from(["right", "right", "wrong"])),
    st.tuples(st.just("cut"), st.integers(1, 6), st.booleans()),
)
# In what takes many operations: a compaction, a reset.
LATE_CUTS = st.tuples(st.just("cut"), st.integers(1, 120), st.booleans())

# What somebody does who wants something, piece by piece; C wakes a token that sleeps.
LOGIN = (("keys", "C"), ("keys", "4 7 1 1 OK"), ("keys", "1 2 3 4 5 7 OK"), ("keys", "OK"))
CHANGE = (
    ("keys", "C FD"), ("keys", "FB OK"), ("keys", "4 7 1 1 OK"), ("keys", "8 3 0 5 OK"), ("keys", "8 3 0 5 OK"),
    ("service", "confirm", "right"), ("keys", "OK"),
)  # fmt: skip
TRANSFERS = (
    ("keys", "C FD"), ("keys", "OK"), ("keys", "4 7 1 1 OK"), ("keys", "1 2 3 4 5 0 OK"), ("keys", "0 0 1 2 OK"),
    ("keys", "4 2 OK"), ("keys", "FB FB FB OK"), ("keys", "OK"),
)  # fmt: skip
SEVERAL_VISITS = (
    (LOGIN[0], ("keys", "OK"), *LOGIN[1:]),
    (("keys", "C"), ("keys", "FB OK"), ("keys", "4 7 1 1 OK"), ("keys", "OK")),
    (("keys", "C"), ("keys", "FB FB OK"), ("keys", "OK"), ("keys", "OK")),
    TRANSFERS,
    CHANGE,
)
WRONG = (("keys", "C"), ("keys", "0 0 0 0 OK"), ("wait", 21_000), ("keys", "OK"))
VERIFIED_VISITS = (
    LOGIN,
    WRONG,
    (*WRONG, *WRONG, *WRONG, *WRONG),
    (("keys", "C"), ("keys", "8 3 0 5 OK"), ("keys", "1 2 3 4 5 7 OK"), ("keys", "OK")),
)


def woven(visit, disturbances):
    """A visit with other steps in between, each at a place of its own."""
    steps = list(visit)
    for place, step in disturbances:
        steps.insert(place % (len(steps) + 1), step)
    return steps


def walks(visits, others=STEPS, most=6):
    """Lists of steps: visits of a strategy, most of them disturbed, and steps that lead nowhere."""
    disturbed = st.lists(st.tuples(st.integers(0, 7), others), max_size=2)
    wanted = st.builds(woven, visits, disturbed)
    strolls = st.lists(others, min_size=1, max_size=4)
    parts = st.one_of(wanted, wanted, wanted, strolls)
    return st.lists(parts, max_size=most).map(lambda lists: [*chain(*lists)])


def many(count):
    """Settings for so many walks; the images and the tally are made once for all of them."""
    return settings(max_examples=count, suppress_health_check=[HealthCheck.function_scoped_fixture])
