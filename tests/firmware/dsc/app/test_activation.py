"""A PIN from a letter: one code, and then a new PIN before anything else."""

import pytest

from dsc.crypto.ocra import Suite, mutual
from dsc.protocol.records import KIND_OPEN, OFFSET_ANSWERED, OFFSET_MUST_CHANGE, PinOffset
from dsc.protocol.transaction import DIGITS, Field
from dsc.ui.keypad import OK
from dsc.vault.store import Vault
from fakes import units
from fakes.flow_cuts import cuts
from fakes.nor_flash import NorFlash
from fakes.pin_user import (
    CHALLENGE,
    NEW,
    STOP,
    change,
    menu,
    response_to,
    right_response,
    service,
    soft_flash,
    token,
)
from fakes.running_token import shows, typed
from fakes.units import Made

SERVER = "OCRA-1:HOTP-SHA512-8:QN06"
SIGN = "OCRA-1:HOTP-SHA256-8:QH64"
FORM = (Field(DIGITS, "Number"),)
LETTER = units.PIN.decode()
ONE_CODE = [*typed(LETTER), *typed(LETTER), *typed(CHALLENGE)]
CHANGING = [OK, *typed(LETTER), *typed(NEW), *typed(NEW), service()]
DEMAND = "The PIN from the\nletter must be\nchanged first."


def with_a_letter(*credentials: Made) -> NorFlash:
    """A token whose PIN came by letter."""
    made = soft_flash(credentials)
    vault = Vault.mount(made)
    vault.replace_offset(PinOffset(vault.offset.offset, OFFSET_MUST_CHANGE))
    return made


@pytest.fixture
def flash() -> NorFlash:
    return with_a_letter(Made())


def flags(flash: NorFlash) -> int:
    return Vault.mount(flash.copy()).offset.flags


def test_the_pin_from_the_letter_gives_one_code(flash):
    assert token(flash).use(*ONE_CODE).screen.large == right_response()
    assert flags(flash) == OFFSET_MUST_CHANGE | OFFSET_ANSWERED


def test_when_the_code_appears_the_vault_knows_that_it_was_the_one(flash):
    then = []
    token(flash).use(*ONE_CODE, lambda running: then.append((running.screen.large, flags(flash))))
    assert then == [(right_response(), OFFSET_MUST_CHANGE | OFFSET_ANSWERED)]


def test_then_the_token_demands_a_new_pin_at_once_and_after_each_power_on(flash):
    token(flash).use(*ONE_CODE, OK, OK, shows(DEMAND))
    token(flash).use(shows(DEMAND))


@pytest.mark.parametrize("keys", [["D"], ["A"], typed(LETTER)[:-1], typed(CHALLENGE)[:-1]])
def test_no_key_but_ok_leads_on(flash, keys):
    token(flash).use(*ONE_CODE)
    token(flash).use(*keys, shows(DEMAND))


@pytest.mark.parametrize("typed_before", [[], [OK], [OK, *typed(LETTER)], CHANGING[:-1]])
def test_who_cancels_the_change_gets_a_dark_token_and_then_the_demand_again(flash, typed_before):
    token(flash).use(*ONE_CODE)
    assert token(flash).use(*typed_before, STOP).dark
    token(flash).use(*typed_before, STOP, OK, shows(DEMAND))
    assert flags(flash) == OFFSET_MUST_CHANGE | OFFSET_ANSWERED


def test_after_the_change_codes_are_given_as_ever(flash):
    token(flash).use(*ONE_CODE)
    token(flash).use(*CHANGING, shows("The new PIN is set."))
    assert flags(flash) == 0
    assert [response_to(flash, NEW) for _ in range(3)] == [right_response()] * 3


def test_the_letters_pin_may_be_changed_before_its_one_code(flash):
    token(flash).use(*change(LETTER, NEW), shows("The new PIN is set."))
    assert flags(flash) == 0
    assert response_to(flash, NEW) == right_response()


def test_the_letters_pin_is_typed_twice_so_that_a_slip_does_not_cost_the_one_code(flash):
    token(flash).use(shows("PIN from the letter"), *typed(LETTER), shows("The same PIN again"))
    slipped = token(flash).use(*typed(LETTER), *typed("4712"), shows("The two PINs differ."), OK, *ONE_CODE)
    assert slipped.screen.large == right_response()


def test_until_the_pin_was_changed_no_login_can_be_deleted_that_might_have_to_confirm_it():
    flash = with_a_letter(Made(), Made("HOTP-SHA1-6"))
    assert "Delete" not in token(flash).use("D", "A").screen.text
    vault = Vault.mount(flash)
    vault.replace_offset(PinOffset(vault.offset.offset, 0))
    assert "Delete" in token(flash).use("D", "A").screen.text


@pytest.mark.parametrize("end", [[STOP], [120_000]])
def test_who_gives_up_before_the_code_still_has_it(flash, end):
    token(flash).use(*ONE_CODE[:-1], *end)
    assert flags(flash) == OFFSET_MUST_CHANGE
    assert token(flash).use(*ONE_CODE).screen.large == right_response()


def test_after_a_power_cut_the_one_code_is_still_to_come_or_spent(flash, counted):
    spent = 0
    every = list(cuts(flash, lambda each: token(each).use(*ONE_CODE)))
    for cut in every:
        answered = bool(flags(cut.flash) & OFFSET_ANSWERED)
        spent += answered
        if answered:
            token(cut.flash).use(shows(DEMAND), *CHANGING, shows("The new PIN is set."))
        else:
            assert token(cut.flash).use(*ONE_CODE).screen.large == right_response(), cut.where
    assert 0 < spent < len(every)
    counted(f"the one code of a PIN letter: {len(every)} cuts, after {spent} of them the PIN must be changed")


def page_code(running):
    """Read the token's number, and type the page's question and code."""
    suite = Suite.parse(SERVER)
    code = mutual(suite, units.server_key(0, SERVER), running.screen.large, CHALLENGE)
    return [OK, *typed(CHALLENGE), *typed(code)]


@pytest.mark.parametrize(
    ("credential", "script"),
    [
        (Made("HOTP-SHA1-6"), [*typed(LETTER), *typed(LETTER)]),
        (Made("OCRA-1:HOTP-SHA256-8:C-QN06"), ONE_CODE),
        (Made(server=SERVER), [page_code, *typed(LETTER), *typed(LETTER)]),
        (Made(sign=SIGN, form=FORM), [menu("Sign"), *typed(LETTER), *typed(LETTER), *typed("42"), OK]),
    ],
    ids=["plain", "counter", "mutual", "signature"],
)
def test_a_code_of_any_kind_is_the_one(credential, script):
    flash = with_a_letter(credential)
    then = []
    token(flash).use(*script, lambda running: then.append((running.screen.large.isdigit(), flags(flash))))
    assert then == [(True, OFFSET_MUST_CHANGE | OFFSET_ANSWERED)]
    token(flash).use(shows(DEMAND))


def test_a_code_without_a_pin_is_not_the_one():
    flash = with_a_letter(Made("HOTP-SHA1-6", kind=KIND_OPEN))
    assert token(flash).use(OK).screen.large.isdigit()
    assert flags(flash) == OFFSET_MUST_CHANGE
