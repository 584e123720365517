"""Plain one-time codes: HOTP by counter, TOTP where the time is known, with a PIN or by possession alone."""

import pytest

from dsc.app import timing
from dsc.crypto.ocra import Suite, respond
from dsc.crypto.otp import hotp, totp
from dsc.protocol.records import KIND_OPEN
from fakes import units
from fakes.units import Made

HOTP = "HOTP-SHA1-6"
TOTP = "TOTP-SHA256-8-T30S"
STEP_BEGINS = 1_111_111_110  # seconds; divisible by 30


def by_counter(counter, digits=6, algorithm="SHA1"):
    return hotp(units.fixed_key(0), counter, digits, algorithm)


@pytest.mark.parametrize(
    ("method", "digits", "algorithm"),
    [(HOTP, 6, "SHA1"), ("HOTP-SHA256-8", 8, "SHA256"), ("HOTP-SHA512-10", 10, "SHA512")],
)
def test_the_right_pin_gives_the_code_of_rfc_4226(desk, method, digits, algorithm):
    token = desk((Made(method, "Door"),))
    token.type("4711")
    assert token.do("read RESPONSE") == by_counter(0, digits, algorithm)
    assert "Door" in token.screen.text


def test_each_code_has_the_next_counter_and_power_off_changes_nothing(desk):
    token = desk((Made(HOTP),))
    for counter in range(4):
        token.type("4711")
        assert token.do("read RESPONSE") == by_counter(counter)
        token.do('power off\npower on\nexpect "PIN>"')


def test_the_counter_is_on_flash_before_the_code_is_shown(witnessed):
    token, witness = witnessed((Made(HOTP),))
    for counter in range(3):
        token.type("4711")
        assert witness.counter_when_shown(by_counter(counter), units.identity(0)) == counter + 1
        token.do("press OK\nwait 1s\npress OK\nwait 1s")


def test_a_wrong_pin_gives_another_code_and_moves_the_counter_too(desk):
    token = desk((Made(HOTP),))
    token.type("4710")
    assert token.do("read RESPONSE") != by_counter(0)
    token.do("press OK\nwait 1s\npress OK\nwait 1s")
    token.type("4711")
    assert token.do("read RESPONSE") == by_counter(1)


def test_a_plain_code_is_shown_for_fifteen_seconds_only(desk):
    token = desk((Made(HOTP),))
    token.type("4711")
    assert timing.PLAIN_MS == 15_000
    token.do('wait 14s\nread RESPONSE\nwait 1500ms\nexpect ""')


def test_a_flow_that_is_cancelled_uses_no_counter(desk):
    token = desk((Made(HOTP),))
    token.do("press 4 7 1\nhold C 2s")
    token.type("4711")
    assert token.do("read RESPONSE") == by_counter(0)


def test_where_the_time_is_known_the_code_is_that_of_rfc_6238(witnessed):
    token, _ = witnessed((Made(TOTP),), wall=lambda: STEP_BEGINS)
    token.type("4711")
    assert token.do("read RESPONSE") == totp(units.fixed_key(0), STEP_BEGINS, 8, "SHA256", 30)
    token.do("press OK\nwait 30s\npress OK")
    token.type("4711")
    assert token.do("read RESPONSE") == totp(units.fixed_key(0), STEP_BEGINS + 30, 8, "SHA256", 30)


def test_a_token_that_does_not_know_the_time_says_so_before_it_asks_for_a_pin(witnessed):
    token, witness = witnessed((Made(TOTP),))
    assert "This token does not\nknow the time" in token.screen.text
    token.do('press 4 7 1 1\npress OK\nexpect ""')
    assert not any("PIN>" in screen.text or screen.large for screen in witness.screens)


def test_a_possession_only_credential_says_what_it_is_and_one_key_gives_the_code(witnessed):
    token, witness = witnessed((Made(HOTP, "Garage", kind=KIND_OPEN),))
    assert token.screen.lines[0] == "Garage"
    assert "Asks for no PIN" in token.screen.text
    token.do("press OK")
    assert token.do("read RESPONSE") == by_counter(0)
    assert witness.counter_when_shown(by_counter(0), units.identity(0)) == 1
    assert not any("PIN>" in screen.text for screen in witness.screens)


def test_keys_other_than_ok_give_no_code_of_a_possession_only_credential(desk):
    token = desk((Made(HOTP, kind=KIND_OPEN),))
    token.do('press 1 2 3 A B C\nexpect "Asks for no PIN"\nhold C 2s\npress OK')
    assert token.do("read RESPONSE") == by_counter(0)


def test_a_possession_only_login_asks_for_the_challenge_and_no_pin(witnessed):
    token, witness = witnessed((Made(units.LOGIN, kind=KIND_OPEN),))
    token.do("press OK")
    token.type("123457")
    expected = respond(Suite.parse(units.LOGIN), units.fixed_key(0), "123457")
    assert token.do("read RESPONSE") == expected
    assert not any("PIN>" in screen.text for screen in witness.screens)


def test_possession_only_and_pin_stand_side_by_side(desk):
    token = desk((Made(HOTP, "Garage", kind=KIND_OPEN), Made(units.LOGIN, "Bank")))
    token.do('press OK\nexpect "Garage"\npress OK')
    assert token.do("read RESPONSE") == by_counter(0)
    token.do('press OK\nwait 1s\npress 1\nwait 1s\npress B OK\nexpect "PIN>"')
    assert token.login("4711", "123457") == respond(Suite.parse(units.LOGIN), units.fixed_key(1), "123457")


@pytest.mark.parametrize("kind_options", [{"kind": KIND_OPEN}, {}])
def test_every_wait_ends_dark(desk, kind_options):
    token = desk((Made(HOTP, **kind_options),))
    token.do(f"wait {timing.PATIENCE_MS - 1000}ms")
    assert not token.dark
    token.do('wait 3s\nexpect ""')


def test_a_method_that_this_firmware_does_not_know_is_named(desk):
    token = desk((Made("HOTP-SHA1-12"),))
    token.do('expect "used here"\nexpect "MethodError"')
