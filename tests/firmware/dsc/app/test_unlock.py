"""A locked token: the code of its number and a new PIN unlock it, once."""

import pytest

from dsc.app import timing
from dsc.protocol.verified import ATTEMPT_CODE, ATTEMPT_PIN
from dsc.ui.keypad import OK
from dsc.vault.store import Vault
from fakes import units, verified_unit
from fakes.flow_cuts import cuts
from fakes.nor_flash import NorFlash, PowerCut
from fakes.pin_user import NEW, STOP, response_to, right_response, token
from fakes.running_token import shows, typed
from fakes.verified_unit import CODE_LIMIT, DEVICE_SECRET, PIN_LIMIT, code

PIN = units.PIN.decode()
OTHER = "9263"
WRONG = "0000000000000000"


def lock(flash: NorFlash) -> NorFlash:
    vault = Vault.mount(flash)
    while vault.failures(ATTEMPT_PIN) < PIN_LIMIT:
        vault.begin_attempt(ATTEMPT_PIN)
    return flash


@pytest.fixture
def flash():
    made = NorFlash()
    verified_unit.seal_flash(made)
    return lock(made)


def running(flash):
    return token(flash, DEVICE_SECRET)


def unlocking(number: int = 1, new: str = NEW):
    """From the locked screen to the end."""
    return [OK, *typed(code(number)), *typed(new), *typed(new)]


def failures(flash: NorFlash) -> tuple[int, int]:
    vault = Vault.mount(flash.copy())
    return vault.failures(ATTEMPT_PIN), vault.failures(ATTEMPT_CODE)


def test_the_locked_screen_says_serial_and_number(flash):
    lines = running(flash).use().screen.lines
    assert lines[:3] == ["LOCKED", "Serial DS-0815", "Number 1"]


def test_the_code_and_a_new_pin_unlock(flash):
    running(flash).use(*unlocking(), shows("UNLOCKED", "The new PIN is set."))
    assert failures(flash) == (0, 0)
    assert response_to(flash, NEW, DEVICE_SECRET) == right_response()
    assert running(flash).use(*typed(PIN)).screen.lines[0] == "WRONG PIN"


def test_each_lock_has_the_next_number_and_its_code(flash):
    for number, new in enumerate((NEW, OTHER, NEW), 1):
        lock(flash)
        assert running(flash).use().screen.lines[2] == f"Number {number}"
        running(flash).use(*unlocking(number, new), shows("UNLOCKED"))
    assert response_to(flash, NEW, DEVICE_SECRET) == right_response()


def test_a_used_code_does_not_unlock_again(flash):
    running(flash).use(*unlocking())
    lock(flash)
    assert running(flash).use(OK, *typed(code(1))).screen.lines[0] == "WRONG CODE"


@pytest.mark.parametrize("number", [2, 3])
def test_a_code_whose_turn_has_not_come_does_not_unlock(flash, number):
    assert running(flash).use(OK, *typed(code(number))).screen.lines[0] == "WRONG CODE"


def test_codes_that_differ_in_one_digit_do_not_unlock(flash):
    digits = list(code(1))
    digits[15] = str((int(digits[15]) + 1) % 10)
    assert running(flash).use(OK, *typed("".join(digits))).screen.lines[0] == "WRONG CODE"


def test_a_wrong_code_is_counted_and_the_tries_that_are_left_are_told(flash):
    running(flash).use(OK, *typed(WRONG), shows("Wrong code. Tries\nleft: 2"), OK, shows("LOCKED"))
    assert failures(flash) == (PIN_LIMIT, 1)


def test_after_the_limit_of_wrong_codes_not_even_the_right_one_helps(flash):
    wrong = [OK, *typed(WRONG), OK]
    running(flash).use(*wrong, *wrong, OK, *typed(WRONG), shows("BLOCKED"), OK)
    assert failures(flash) == (PIN_LIMIT, CODE_LIMIT)
    running(flash).use(shows("BLOCKED"), *unlocking(), OK, shows("BLOCKED"))
    assert failures(flash) == (PIN_LIMIT, CODE_LIMIT)


def test_cutting_the_power_when_a_code_is_tried_buys_no_further_one(flash):
    def cut(*_, **__):
        raise PowerCut

    for number in range(CODE_LIMIT):
        assert failures(flash) == (PIN_LIMIT, number)
        trying = running(flash)
        trying.board.kdf.pbkdf2_sha256 = cut
        with pytest.raises(PowerCut):
            trying.use(OK, *typed(WRONG))
    assert running(flash).use().screen.lines[0] == "BLOCKED"


def test_a_code_of_fewer_digits_is_no_try(flash):
    assert running(flash).use(OK, *typed("123456789")).screen.lines[-1] == "It has 16 digits"
    assert failures(flash) == (PIN_LIMIT, 0)


def test_the_code_is_shown_in_groups_of_four_as_it_is_typed(flash):
    assert running(flash).use(OK, *"123456789").screen.large == "123456789-------"


@pytest.mark.parametrize("end", [[STOP], [timing.PATIENCE_MS, 1], [*typed("2222")], [*typed(NEW)]])
def test_without_a_new_pin_the_token_stays_locked_and_takes_the_same_code_again(flash, end):
    running(flash).use(OK, *typed(WRONG))
    running(flash).use(OK, *typed(code(1)), *end)
    assert failures(flash) == (PIN_LIMIT, 0)  # the code was right
    running(flash).use(*unlocking(1), shows("UNLOCKED"))


@pytest.mark.parametrize("typed_before", [[], [OK], [OK, *"12345"]])
def test_who_does_not_go_on_leaves_everything_as_it_was(flash, typed_before):
    assert running(flash).use(*typed_before, timing.HALT_MS + 1).dark
    assert failures(flash) == (PIN_LIMIT, 0)


def test_a_power_cut_leaves_the_token_locked_with_its_code_or_unlocked_with_the_new_pin(flash, counted):
    locked = 0
    every = list(cuts(flash, lambda each: running(each).use(*unlocking())))
    for cut in every:
        found = Vault.mount(cut.flash).wrapping.unlock_number
        is_locked = running(cut.flash).use().screen.lines[0] == "LOCKED"
        assert found == (1 if is_locked else 2), cut.where
        if is_locked:
            locked += 1
            running(cut.flash).use(*unlocking(), shows("UNLOCKED"))
        assert response_to(cut.flash, NEW, DEVICE_SECRET) == right_response(), cut.where
        running(lock(cut.flash)).use(*unlocking(2, OTHER), shows("UNLOCKED"))
    assert 0 < locked < len(every)
    counted(f"unlocking: {len(every)} cuts, {locked} with the token still locked after them")
