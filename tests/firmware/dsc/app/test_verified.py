"""Verified mode: a wrong PIN is told at once, counted before it is tried, and answered by a delay and then a lock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.app.proving import delay_s
from dsc.protocol.verified import ATTEMPT_CODE, ATTEMPT_PIN, WRAPPING_MUST_CHANGE
from dsc.ui.keypad import OK
from dsc.vault.store import BLANK, SEALED, Vault
from fakes import units, verified_unit
from fakes.flow_cuts import cuts
from fakes.nor_flash import NorFlash, PowerCut
from fakes.pin_user import CHALLENGE, CHANGE, NEW, STOP, menu, response_to, right_response, token
from fakes.running_token import RestartedError, shows, typed
from fakes.verified_unit import DEVICE_SECRET, PIN_LIMIT, Policy

PIN = units.PIN.decode()
WRONG = "4712"
DELAYS = [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]


def verified(**policy) -> NorFlash:
    flash = NorFlash()
    verified_unit.seal_flash(flash, Policy(**policy))
    return flash


def running(flash):
    return token(flash, DEVICE_SECRET)


def failures(flash: NorFlash, secret: int = ATTEMPT_PIN) -> int:
    return Vault.mount(flash.copy()).failures(secret)


def fail(flash: NorFlash, times: int = 1):
    """Type a wrong PIN so many times, each after the delay."""
    script = []
    for number in range(times):
        script += [1000 * delay_s(failures(flash) + number), *typed(WRONG)]
    return running(flash).use(*script)


def trying(flash: NorFlash, pin: str = WRONG):
    """Power fails when the PIN is about to be stretched."""
    started = running(flash)

    def cut(*_, **__):
        raise PowerCut

    started.board.kdf.pbkdf2_sha256 = cut
    with pytest.raises(PowerCut):
        started.use(1000 * delay_s(failures(flash)), *typed(pin))


def test_the_right_pin_gives_the_code_and_is_forgiven():
    flash = verified()
    assert response_to(flash, PIN, DEVICE_SECRET) == right_response()
    assert failures(flash) == 0
    assert Vault.mount(flash).attempts(ATTEMPT_PIN) == 1


def test_a_wrong_pin_is_told_with_the_tries_that_are_left():
    flash = verified()
    assert running(flash).use(*typed(WRONG)).screen.lines == ["WRONG PIN", "Tries left: 3", "Wait 0:05"]
    assert failures(flash) == 1


def test_a_right_pin_after_wrong_ones_makes_all_tries_whole_again():
    flash = verified()
    fail(flash, PIN_LIMIT - 1).use(20_000, *typed(PIN), shows("CHALLNG>"))
    assert failures(flash) == 0


@given(st.integers(0, 300))
def test_the_delay_doubles_up_to_fifteen_minutes(count):
    assert delay_s(count) == (0 if not count else min(5 * 2 ** (count - 1), 900))


def test_the_first_delays():
    assert [delay_s(count) for count in range(1, 11)] == DELAYS


def test_during_the_delay_no_key_tries_anything():
    flash = verified()
    waiting = fail(flash)
    waiting.use(*typed(PIN), *typed(PIN), 4999, *typed(PIN), shows("WRONG PIN", "Wait 0:01"))
    assert failures(flash) == 1
    assert waiting.use(1, *typed(PIN), *typed(CHALLENGE)).screen.large == right_response()


def test_the_seconds_that_are_left_are_counted_down():
    waiting = fail(verified(), 2)
    shown = [waiting.use(1000).screen.lines[2] for _ in range(3)]
    assert shown == ["Wait 0:09", "Wait 0:08", "Wait 0:07"]


def test_the_delay_is_whole_again_after_each_power_on():
    flash = verified()
    fail(flash).use(4000)
    assert running(flash).use().screen.lines == ["WRONG PIN", "Tries left: 3", "Wait 0:05"]
    assert running(flash).use(4999).screen.lines[0] == "WRONG PIN"
    assert "PIN>" in running(flash).use(5000).screen.text


def test_a_delay_goes_on_in_the_dark():
    flash = verified()
    fail(flash, PIN_LIMIT - 1)
    assert running(flash).use(STOP).dark
    running(flash).use(STOP, 19_000, OK, shows("Wait 0:01"), 1000, shows("PIN>"))


def test_an_attempt_is_counted_before_the_pin_is_stretched():
    flash = verified()
    trying(flash, PIN)
    assert failures(flash) == 1


def test_the_token_locks_at_exactly_the_limit():
    flash = verified()
    assert fail(flash, PIN_LIMIT - 1).screen.lines[:2] == ["WRONG PIN", "Tries left: 1"]
    assert fail(flash).screen.lines[0] == "LOCKED"
    assert running(flash).use().screen.lines[0] == "LOCKED"


def test_the_last_try_may_be_the_right_one():
    flash = verified()
    fail(flash, PIN_LIMIT - 1)
    running(flash).use(20_000, *typed(PIN), shows("CHALLNG>"))


def test_cutting_the_power_after_each_attempt_has_begun_buys_none():
    flash = verified()
    for number in range(PIN_LIMIT):
        assert failures(flash) == number
        trying(flash)
    assert running(flash).use().screen.lines[0] == "LOCKED"


@pytest.mark.parametrize("pin", [WRONG, PIN])
def test_after_a_power_cut_an_attempt_is_made_or_not_and_the_right_pin_opens_the_token(pin, counted):
    flash = verified()
    every = list(cuts(flash, lambda each: running(each).use(*typed(pin))))
    for cut in every:
        assert failures(cut.flash) in (0, 1), cut.where
        ready = running(cut.flash).use(5000, *typed(PIN), *typed(CHALLENGE))
        assert ready.screen.large == right_response(), cut.where
    counted(f"attempt at a PIN in verified mode: {len(every)} cuts")


def test_the_pin_is_changed_without_a_service():
    flash = verified()
    done = running(flash).use(menu(CHANGE), *typed(PIN), *typed(NEW), *typed(NEW))
    assert "The new PIN is set." in done.screen.lines
    assert response_to(flash, NEW, DEVICE_SECRET) == right_response()
    assert running(flash).use(*typed(PIN)).screen.lines[0] == "WRONG PIN"


def test_a_wrong_old_pin_is_counted_like_any_other():
    flash = verified()
    wrong = running(flash).use(menu(CHANGE), *typed(WRONG))
    assert wrong.screen.lines[:2] == ["WRONG PIN", "Tries left: 3"]
    assert failures(flash) == 1
    assert wrong.use(5000).screen.lines[1] != "Old PIN"  # another turn begins at the first screen


def test_a_change_keeps_the_attempts_at_the_unlock_code():
    flash = verified()
    vault = Vault.mount(flash)
    vault.begin_attempt(ATTEMPT_CODE)
    running(flash).use(menu(CHANGE), *typed(PIN), *typed(NEW), *typed(NEW))
    assert failures(flash, ATTEMPT_CODE) == 1


def test_a_power_cut_in_a_change_leaves_the_old_pin_or_the_new_one(counted):
    flash = verified()
    script = [menu(CHANGE), *typed(PIN), *typed(NEW), *typed(NEW)]
    old = 0
    every = list(cuts(flash, lambda each: running(each).use(*script)))
    for cut in every:
        begun = running(cut.flash)
        wrong = begun.use(5000, *typed(NEW)).screen.lines[0] == "WRONG PIN"
        if wrong:
            begun.use(10_000, *typed(PIN), shows("CHALLNG>"))
        old += wrong
        right = PIN if wrong else NEW
        assert response_to(cut.flash, right, DEVICE_SECRET) == right_response(), cut.where
    assert 0 < old < len(every)
    counted(
        f"change of a PIN in verified mode: {len(every)} cuts, {old} with the old PIN in force after them"
    )


def test_a_token_that_is_to_wipe_itself_does_so_at_the_limit():
    flash = verified(wipes=True)
    with pytest.raises(RestartedError):
        fail(flash, PIN_LIMIT)
    assert Vault.mount(flash).state == BLANK
    assert units.fixed("id 0", 16) not in bytes(flash.cells)


def test_a_wipe_that_power_interrupts_is_completed_by_the_next_boot():
    flash = verified(wipes=True)
    fail(flash, PIN_LIMIT - 1)
    trying(flash)

    def boot(each):
        with pytest.raises(RestartedError):
            running(each).use()

    for cut in cuts(flash, boot):
        if Vault.mount(cut.flash).state == SEALED:
            boot(cut.flash)
        assert Vault.mount(cut.flash).state == BLANK, cut.where


def test_a_pin_from_a_letter_gives_one_code_and_then_must_be_changed():
    flash = verified(flags=WRAPPING_MUST_CHANGE)
    assert response_to(flash, PIN, DEVICE_SECRET) == right_response()
    changing = running(flash).use(shows("The PIN from the"), OK, *typed(PIN), *typed(NEW), *typed(NEW))
    assert "The new PIN is set." in changing.screen.lines
    assert response_to(flash, NEW, DEVICE_SECRET) == right_response()
    assert response_to(flash, NEW, DEVICE_SECRET) == right_response()


def test_a_board_without_a_secret_opens_no_verified_vault():
    flash = verified()
    with pytest.raises(Exception, match="keeps no device secret"):
        token(flash).use(*typed(PIN))
