"""Any walk through the application: no code without its preconditions, no way out, nothing lost, rest in the end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.protocol.records import OFFSET_MUST_CHANGE, PinOffset
from dsc.vault.store import SEALED, Vault
from fakes import units, verified_unit, walked_tokens
from fakes.units import Made
from fakes.walk_steps import CHANGE, LOGIN, SEVERAL_VISITS, STEPS, TRANSFERS, VERIFIED_VISITS, many, walks
from fakes.walked_tokens import COUNTED, PINS, SEVERAL, Image
from fakes.walker import Walker, opens
from flows.units import PAGE_SUITE, SIGN_SUITE, TRANSFER

pytestmark = pytest.mark.exhaustive

WALKS = 450
UNLOCKING = st.tuples(
    st.just("service"), st.just("unlock"), st.sampled_from("12"), st.sampled_from(["right", "wrong"])
)
UNLOCK = (
    ("keys", "C"), ("keys", "OK"), ("service", "unlock", "1", "right"), ("keys", "8 3 0 5 OK"),
    ("keys", "8 3 0 5 OK"), ("keys", "OK"),
)  # fmt: skip
MUTUAL_VISITS = (
    (("keys", "C"), ("service", "page", "right"), ("keys", "4 7 1 1 OK"), ("keys", "OK")),
    (("keys", "C"), ("service", "page", "wrong"), ("keys", "4 7 1 1 OK"), ("keys", "OK")),
    (("keys", "C FD"), ("keys", "OK"), *CHANGE[2:]),  # nothing to sign, so that it is the menu's first entry
)
LETTER_VISITS = (
    (LOGIN[0], LOGIN[1], *LOGIN[1:]),
    (("keys", "C"), ("keys", "OK"), *CHANGE[2:]),
    (TRANSFERS[0], TRANSFERS[1], TRANSFERS[2], *TRANSFERS[2:]),
    CHANGE,
)


def visits(*known):
    return walks(st.sampled_from(known))


def letter() -> Image:
    flash = walked_tokens.soft((Made(units.LOGIN, "Bank", sign=SIGN_SUITE, form=TRANSFER),)).flash()
    vault = Vault.mount(flash)
    vault.replace_offset(PinOffset(vault.offset.offset, OFFSET_MUST_CHANGE))
    return Image(flash)


@pytest.fixture(scope="module")
def images():
    """The flash of each kind of token, made once."""
    return {
        "mutual": walked_tokens.soft((Made(COUNTED, "Bank", server=PAGE_SUITE),)),
        "several": walked_tokens.soft(SEVERAL),
        "letter": letter(),
        "verified": walked_tokens.verified(),
    }


def ids(vault: Vault) -> list[bytes]:
    return [bytes(one.id) for one in vault.credentials()]


def check(walker: Walker, tally, steps) -> Vault:
    """Walk, and hold the token to what must be so afterwards, whatever was typed."""
    before = ids(walker.vault)
    walker.walk(steps)
    tally.add(walker, codes=10)
    after = walker.vault
    assert after.state == SEALED
    assert ids(after) == before
    return after


@many(WALKS)
@given(steps=visits(*MUTUAL_VISITS))
def test_only_a_page_that_proves_itself_gets_a_code(images, tally, steps):
    assert opens(check(Walker(images["mutual"].flash()), tally, steps), *PINS)


@many(WALKS)
@given(steps=visits(*SEVERAL_VISITS))
def test_codes_of_all_kinds_need_what_they_need(images, tally, steps):
    assert opens(check(Walker(images["several"].flash()), tally, steps), *PINS)


@many(WALKS)
@given(steps=visits(*LETTER_VISITS))
def test_a_pin_from_a_letter_gives_one_code(images, tally, steps):
    assert opens(check(Walker(images["letter"].flash()), tally, steps), *PINS)


@many(WALKS)
@given(steps=walks(st.sampled_from([*VERIFIED_VISITS, UNLOCK]), st.one_of(STEPS, UNLOCKING)))
def test_a_verified_token_gives_codes_to_the_right_pin_only(images, tally, steps):
    check(Walker(images["verified"].flash(), verified_unit.DEVICE_SECRET), tally, steps)
