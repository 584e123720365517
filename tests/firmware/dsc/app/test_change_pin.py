"""Changing a soft token's PIN: a service confirms the old one before anything is written."""

import pytest

from dsc.app import timing
from dsc.app.new_pin import REASONS
from dsc.crypto.ocra import Suite, respond
from dsc.protocol.confirm import CONFIRM_SUITE, confirm_key
from dsc.protocol.records import PinOffset
from dsc.ui.keypad import OK
from dsc.ui.languages import english
from dsc.vault.store import Vault
from fakes import units
from fakes.flow_cuts import cuts
from fakes.pin_user import (
    CHANGE,
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

OLD = units.PIN.decode()
MISTYPED = "4712"
UNTIL_NUMBER = [menu(CHANGE), *typed(OLD), *typed(NEW), *typed(NEW)]
SEVERAL = ((units.LOGIN, "Household"), ("HOTP-SHA1-6", "Door"), (units.LOGIN, "Trading"))
WEAK = {
    "repeated-digit": "2222",
    "straight-run": "4567",
    "repeated-pattern": "8484",
    "year": "1987",
    "common": "2580",
}


def test_after_a_change_the_new_pin_opens_the_key_and_the_old_one_another():
    flash = soft_flash()
    token(flash).use(*change(OLD, NEW), shows("PIN CHANGE", "The new PIN is set."), OK)
    assert response_to(flash, NEW) == right_response()
    assert response_to(flash, OLD) != right_response()


def test_the_token_goes_dark_after_a_change():
    assert token(soft_flash()).use(*change(OLD, NEW), OK).dark


def test_nothing_is_written_before_the_services_answer():
    flash = soft_flash()
    before = bytes(flash.cells)
    running = token(flash).use(*UNTIL_NUMBER)
    assert running.screen.lines[:2] == ["Give this number to", "your service:"]
    assert len(running.screen.large) == 8
    running.use(OK, *"1234567")
    assert bytes(flash.cells) == before


def test_the_number_is_another_one_each_time_and_never_one_that_ocra_confuses_with_another():
    running = token(soft_flash())
    numbers = [running.use(*UNTIL_NUMBER).screen.large for _ in range(40)]
    assert len(set(numbers)) == 40
    assert all(int(number) % 16 for number in numbers)


def test_a_mistyped_old_pin_leaves_the_token_with_the_old_one():
    flash = soft_flash()
    before = bytes(flash.cells)
    running = token(flash).use(
        menu(CHANGE), *typed(MISTYPED), *typed(NEW), *typed(NEW), service(), shows("Wrong. Tries left: 2")
    )
    running.use(*change(MISTYPED, NEW), *typed("00000000"), *typed("00000001"))
    assert "Not confirmed. The" in running.screen.lines
    assert bytes(flash.cells) == before
    assert response_to(flash, OLD) == right_response()


def test_the_answer_may_be_mistyped_twice():
    flash = soft_flash()
    answered = service()

    def mistype_first(running):
        ok, *digits = answered(running)
        return [ok, *typed("00000000"), shows("Wrong. Tries left: 2"), *typed("00000001"), *digits]

    token(flash).use(*UNTIL_NUMBER, mistype_first, shows("The new PIN is set."))
    assert response_to(flash, NEW) == right_response()


def test_after_three_wrong_answers_there_is_no_fourth():
    flash = soft_flash()
    before = bytes(flash.cells)
    running = token(flash).use(*UNTIL_NUMBER, OK, *(typed("00000000") * 3), shows("Not confirmed. The"), OK)
    assert running.dark
    assert bytes(flash.cells) == before


@pytest.mark.parametrize("key", [units.fixed_key(0), confirm_key(units.fixed_key(0), "DS-0816")])
def test_no_response_to_the_number_confirms_but_the_one_under_the_tokens_own_key(key):
    """Neither what a login with the number would give, nor the confirmation of another token with the same key."""
    flash = soft_flash()
    before = bytes(flash.cells)

    def answer(running):
        return [OK, *typed(respond(Suite.parse(CONFIRM_SUITE), key, running.screen.large))]

    token(flash).use(*UNTIL_NUMBER, answer, shows("Wrong. Tries left: 2"))
    assert bytes(flash.cells) == before


def test_an_answer_of_fewer_digits_is_no_try():
    running = token(soft_flash()).use(*UNTIL_NUMBER, OK, *typed("1234567"))
    assert running.screen.lines[-1] == "It has 8 digits"
    assert running.use(*UNTIL_NUMBER, OK, *typed("1234567"), "C", "CLR").screen.large == "123456--"


def test_while_the_answer_is_typed_the_number_can_be_read_again():
    number = token(soft_flash()).use(*UNTIL_NUMBER).screen.large
    assert (
        token(soft_flash()).use(*UNTIL_NUMBER, OK).screen.lines[0] == f"Answer to {number[:4]} {number[4:]}"
    )


@pytest.mark.parametrize("before", [[], [OK, "1"], [OK, *typed("00000000")]])
def test_ten_minutes_after_the_number_it_is_too_late(before):
    running = token(soft_flash()).use(*UNTIL_NUMBER, *before, timing.CONFIRM_MS - 1)
    assert not running.dark
    assert token(soft_flash()).use(*UNTIL_NUMBER, *before, timing.CONFIRM_MS, 1).dark
    assert timing.CONFIRM_MS == 600_000


@pytest.mark.parametrize("typed_before", [[], typed(OLD), [*typed(OLD), *typed(NEW)]])
def test_a_change_that_is_cancelled_or_left_alone_writes_nothing(typed_before):
    flash = soft_flash()
    before = bytes(flash.cells)
    token(flash).use(menu(CHANGE), *typed_before, STOP, shows("PIN>"))
    assert token(flash).use(menu(CHANGE), *typed_before, timing.PATIENCE_MS, 1).dark
    assert bytes(flash.cells) == before


def test_a_new_pin_that_is_not_typed_twice_alike_is_asked_for_again():
    flash = soft_flash()
    running = token(flash).use(menu(CHANGE), *typed(OLD), *typed(NEW), *typed("8306"))
    assert running.screen.lines[:2] == ["TRY AGAIN", "The two PINs differ."]
    token(flash).use(
        menu(CHANGE), *typed(OLD), *typed(NEW), *typed("8306"), OK, *typed(NEW), *typed(NEW), service()
    )
    assert response_to(flash, NEW) == right_response()


@pytest.mark.parametrize("rule", WEAK)
def test_a_weak_new_pin_is_refused_with_its_rule_and_asked_for_again(rule):
    running = token(soft_flash()).use(menu(CHANGE), *typed(OLD), *typed(WEAK[rule]))
    assert " ".join(running.screen.lines[1:-1]) == english.table()[REASONS[rule]]
    assert running.use(menu(CHANGE), *typed(OLD), *typed(WEAK[rule]), OK).screen.lines[1] == "New PIN"


def test_every_rule_has_its_words():
    assert set(WEAK) == set(REASONS)


def test_the_old_pin_is_no_new_one():
    running = token(soft_flash()).use(menu(CHANGE), *typed(OLD), *typed(OLD))
    assert running.screen.lines[1] == "This is the old PIN."


def test_of_several_logins_the_chosen_ones_service_confirms():
    flash = soft_flash(SEVERAL)
    running = token(flash).use(menu(CHANGE))
    assert [line for line in running.screen.lines if line in ("Household", "Door", "Trading")] == [
        "Household",
        "Trading",
    ]
    other = service(units.fixed_key(2))
    token(flash).use(
        menu(CHANGE), "B", OK, *typed(OLD), *typed(NEW), *typed(NEW), other, shows("The new PIN")
    )
    token(flash).use(menu(CHANGE), OK, *typed(NEW), *typed(OLD), *typed(OLD), other, shows("Wrong."))


def test_without_a_service_that_could_confirm_the_token_says_so():
    running = token(soft_flash((("HOTP-SHA1-6", "Door"),))).use(menu(CHANGE))
    assert " ".join(running.screen.lines[1:-1]) == "No service can confirm a new PIN of this token."


def test_a_power_cut_leaves_the_old_pin_or_the_new_one(counted):
    flash = soft_flash()
    old = 0
    every = list(cuts(flash, lambda each: token(each).use(*change(OLD, NEW))))
    for cut in every:
        pins = [pin for pin in (OLD, NEW) if response_to(cut.flash, pin) == right_response()]
        assert len(pins) == 1, cut.where
        old += pins == [OLD]
    assert 0 < old < len(every)
    counted(f"change of a PIN: {len(every)} cuts, {old} with the old PIN in force after them")


def test_no_cut_leaves_the_superseded_offset_on_the_flash():
    flash = soft_flash()
    before = Vault.mount(flash.copy()).offset.encode()
    for cut in cuts(flash, lambda each: token(each).use(*change(OLD, NEW))):
        vault = Vault.mount(cut.flash)
        if vault.offset.encode() != before:
            assert PinOffset.decode(before).encode() not in bytes(cut.flash.cells), cut.where
