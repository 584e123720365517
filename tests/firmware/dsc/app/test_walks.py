"""Any walk through the application: no code without its preconditions, no way out, nothing lost, rest in the end."""

from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsc.protocol.records import KIND_OPEN, OFFSET_MUST_CHANGE, PinOffset
from dsc.vault.store import SEALED, Vault
from fakes import units, verified_unit
from fakes.nor_flash import NorFlash
from fakes.units import Made
from fakes.walker import Walker, opens
from flows.units import HOTP, PAGE_SUITE, SIGN_SUITE, TRANSFER

SIZE = 128 * 1024
WALKS = 300
COUNTED = "OCRA-1:HOTP-SHA256-8:C-QN06"
SIGN_COUNTED = "OCRA-1:HOTP-SHA256-8:C-QH64"
PINS = (units.PIN, b"8305", b"9027")

CREDENTIALS = {
    "mutual": (Made(COUNTED, "Bank", server=PAGE_SUITE),),
    "several": (
        Made(COUNTED, "Bank", sign=SIGN_COUNTED, form=TRANSFER),
        Made(HOTP, "Club"),
        Made(HOTP, "Door", kind=KIND_OPEN),
    ),
    "letter": (Made(units.LOGIN, "Bank", sign=SIGN_SUITE, form=TRANSFER),),
}

PIECES = (
    "4 7 1 1 OK", "4 7 1 1 OK", "4 7 1 1 OK", "8 3 0 5 OK", "8 3 0 5 OK 8 3 0 5 OK", "0 0 0 0 OK", "1 2 3 4 OK",
    "1 2 3 4 5 7 OK", "5 3 1 9 0 7", "OK", "OK", "C", "FA", "FB", "FC", "FD", "FD OK", "FD FB OK", "FB OK",
    "1 2 3 4 5 0 OK 0 0 1 2 OK 4 2 OK", "B B OK".replace("B", "FB"),
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
UNLOCKING = st.tuples(
    st.just("service"), st.just("unlock"), st.sampled_from("12"), st.sampled_from(["right", "wrong"])
)

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
WRONG = (("keys", "C"), ("keys", "0 0 0 0 OK"), ("wait", 21_000), ("keys", "OK"))
VISITS = {
    "mutual": (
        (("keys", "C"), ("service", "page", "right"), ("keys", "4 7 1 1 OK"), ("keys", "OK")),
        (("keys", "C"), ("service", "page", "wrong"), ("keys", "4 7 1 1 OK"), ("keys", "OK")),
        (("keys", "C FD"), *CHANGE[1:]),
    ),
    "several": (
        (LOGIN[0], ("keys", "OK"), *LOGIN[1:]),
        (("keys", "C"), ("keys", "FB OK"), ("keys", "4 7 1 1 OK"), ("keys", "OK")),
        (("keys", "C"), ("keys", "FB FB OK"), ("keys", "OK"), ("keys", "OK")),
        TRANSFERS,
        CHANGE,
    ),
    "letter": (
        (LOGIN[0], LOGIN[1], *LOGIN[1:]),
        (("keys", "C"), ("keys", "OK"), *CHANGE[2:]),
        (TRANSFERS[0], TRANSFERS[1], TRANSFERS[2], *TRANSFERS[2:]),
        CHANGE,
    ),
    "verified": (
        LOGIN,
        WRONG,
        (*WRONG, *WRONG, *WRONG, *WRONG),
        (
            ("keys", "C"), ("keys", "OK"), ("service", "unlock", "1", "right"), ("keys", "8 3 0 5 OK"),
            ("keys", "8 3 0 5 OK"), ("keys", "OK"),
        ),
        (("keys", "C"), ("keys", "8 3 0 5 OK"), ("keys", "1 2 3 4 5 7 OK"), ("keys", "OK")),
    ),
}  # fmt: skip


def woven(visit, disturbances):
    """A visit with other steps in between, each at a place of its own."""
    steps = list(visit)
    for place, step in disturbances:
        steps.insert(place % (len(steps) + 1), step)
    return steps


def walks(kind, others=STEPS):
    """Lists of steps: visits, most of them disturbed, and steps that lead nowhere."""
    disturbed = st.lists(st.tuples(st.integers(0, 7), others), max_size=2)
    visits = st.builds(woven, st.sampled_from(VISITS[kind]), disturbed)
    strolls = st.lists(others, min_size=1, max_size=4)
    return st.lists(st.one_of(visits, visits, visits, strolls), max_size=6).map(
        lambda parts: [*chain(*parts)]
    )


many = settings(max_examples=WALKS, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Tally:
    """What all walks of one kind came to."""

    def __init__(self) -> None:
        self.walks = self.lives = self.codes = 0

    def add(self, walker: Walker) -> None:
        self.walks += 1
        self.lives += walker.lives
        self.codes += walker.codes


class Images(dict):
    """Flash by kind of token; Hypothesis would print all of it."""

    def __repr__(self) -> str:
        return "images"


@pytest.fixture(scope="module")
def images():
    """The flash of each kind of token, made once."""
    made = Images()
    for name, credentials in CREDENTIALS.items():
        flash = NorFlash(SIZE)
        vault = units.seal_flash(flash, credentials, units.PIN, units.LOW_ROUNDS, units.SERIAL)
        if name == "letter":
            vault.replace_offset(PinOffset(vault.offset.offset, OFFSET_MUST_CHANGE))
        made[name] = bytes(flash.cells)
    flash = NorFlash(SIZE)
    verified_unit.seal_flash(flash)
    made["verified"] = bytes(flash.cells)
    return made


def ids(vault: Vault) -> list[bytes]:
    return [bytes(one.id) for one in vault.credentials()]


@pytest.fixture
def tally(request, counted):
    """Counts the walks of a test, which must have come to something."""
    made = Tally()
    yield made
    counted(f"{request.node.name}: {made.walks} walks, {made.lives} boots, {made.codes} codes")
    assert made.codes > made.walks // 10, "walks that lead to no code show nothing"


def check(walker: Walker, tally: Tally, steps) -> Vault:
    """Walk, and hold the token to what must be so afterwards, whatever was typed."""
    before = ids(walker.vault)
    walker.walk(steps)
    tally.add(walker)
    after = walker.vault
    assert after.state == SEALED
    assert ids(after) == before
    return after


@many
@given(steps=walks("mutual"))
def test_only_a_page_that_proves_itself_gets_a_code(images, tally, steps):
    assert opens(check(Walker(NorFlash(SIZE, images["mutual"])), tally, steps), *PINS)


@many
@given(steps=walks("several"))
def test_codes_of_all_kinds_need_what_they_need(images, tally, steps):
    assert opens(check(Walker(NorFlash(SIZE, images["several"])), tally, steps), *PINS)


@many
@given(steps=walks("letter"))
def test_a_pin_from_a_letter_gives_one_code(images, tally, steps):
    assert opens(check(Walker(NorFlash(SIZE, images["letter"])), tally, steps), *PINS)


@many
@given(steps=walks("verified", st.one_of(STEPS, UNLOCKING)))
def test_a_verified_token_gives_codes_to_the_right_pin_only(images, tally, steps):
    check(Walker(NorFlash(SIZE, images["verified"]), verified_unit.DEVICE_SECRET), tally, steps)
