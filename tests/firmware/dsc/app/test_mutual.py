"""Mutual mode: a page that does not prove itself never sees a PIN; one that does gets the response of RFC 6287."""

import pytest

from dsc.app import timing
from dsc.crypto.ocra import Suite, mutual, respond
from fakes import units
from fakes.desk import Desk
from fakes.units import Made
from host_tools.engines.open import open_engine
from screens.scenes import PROGRAMS

SERVER = "OCRA-1:HOTP-SHA512-8:QN06"
COUNTED = "OCRA-1:HOTP-SHA256-8:C-QN06"
MUTUAL = (Made(units.LOGIN, "Household", server=SERVER),)
PAGE_QUESTION = "123457"
WARNING = "This page is not your"


def page_code(number, question=PAGE_QUESTION, suite=SERVER, index=0):
    """What the page that knows the server key answers to the token's number."""
    return mutual(Suite.parse(suite), units.server_key(index, suite), number, question)


def response(number, suite=units.LOGIN, index=0, **inputs):
    return mutual(Suite.parse(suite), units.fixed_key(index), PAGE_QUESTION, number, **inputs)


def to_the_pin(token):
    """Up to the PIN, with a page that is the right one; the token's number."""
    number = token.screen.large
    token.do("press OK")
    token.type(PAGE_QUESTION)
    token.type(page_code(number))
    assert "PIN>" in token.screen.text
    return number


def test_the_right_page_gets_the_response_to_both_numbers(desk):
    token = desk(MUTUAL)
    number = to_the_pin(token)
    token.type("4711")
    assert token.do("read RESPONSE") == response(number)
    assert token.screen.lines[0] == "Household"


def test_a_wrong_pin_gives_another_response_and_the_token_does_not_tell(desk):
    token = desk(MUTUAL)
    number = to_the_pin(token)
    token.type("4710")
    assert token.do("read RESPONSE") != response(number)


def test_the_number_is_new_each_time_of_full_length_and_not_divisible_by_16(desk):
    token = desk(MUTUAL)
    numbers = []
    for _ in range(40):
        numbers.append(token.screen.large)
        token.do("hold C 2s")
    assert all(len(number) == 6 and int(number) % 16 for number in numbers)
    assert len(set(numbers)) > 35  # of 937,500: two are alike once in 1,200 runs


WRONG = {
    "zeros": lambda number: "00000000",
    "the numbers in the other order": lambda number: page_code(PAGE_QUESTION, number),
    "an answer to another number": lambda number: page_code(f"{(int(number) + 1) % 10**6:06}"),
    "an answer with another challenge": lambda number: page_code(number, "123458"),
    "another server key": lambda number: page_code(number, index=1),
    "the token's own key": lambda number: mutual(
        Suite.parse(SERVER), units.fixed_key(0), number, PAGE_QUESTION
    ),
    "a login response": lambda number: respond(Suite.parse(units.LOGIN), units.fixed_key(0), PAGE_QUESTION),
    "one digit off": lambda number: page_code(number)[:-1] + str((int(page_code(number)[-1]) + 1) % 10),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_page_that_is_wrong_never_gets_to_the_pin(witnessed, wrong):
    token, witness = witnessed(MUTUAL)
    before = token.engine.flash_image.read_bytes()
    number = token.screen.large
    token.do("press OK")
    token.type(PAGE_QUESTION)
    token.type(WRONG[wrong](number))
    assert WARNING in token.screen.text
    token.do('press 4 7 1 1\npress OK\nexpect ""')
    assert token.dark
    assert not any("PIN>" in screen.text for screen in witness.screens)
    assert token.engine.flash_image.read_bytes() == before


def test_after_a_wrong_page_the_next_try_is_over_another_number(desk):
    token = desk(MUTUAL)
    number = token.screen.large
    token.do("press OK")
    token.type(PAGE_QUESTION)
    token.type("00000000")
    token.do("press OK\nwait 1s\npress 1\nwait 1s")
    assert token.screen.large != number
    number = to_the_pin(token)
    token.type("4711")
    assert token.do("read RESPONSE") == response(number)


def test_a_challenge_that_is_short_is_not_taken_and_the_token_says_how_many_digits(desk):
    token = desk(MUTUAL)
    token.do('press OK\npress 1 2 3 OK\nexpect "It has 6 digits"\npress OK OK\nexpect "CHALLNG>"')


def test_a_page_code_that_is_short_is_not_judged(desk):
    token = desk(MUTUAL)
    token.do("press OK")
    token.type(PAGE_QUESTION)
    token.do('press 1 2 3 OK\nexpect "3 of 8 digits"\nexpect "123-----"')


def test_challenges_that_are_divisible_by_16_are_answered(desk):
    token = desk(MUTUAL)
    number = token.screen.large
    token.do("press OK")
    token.type("000016")
    token.type(page_code(number, "000016"))
    token.type("4711")
    login = Suite.parse(units.LOGIN)
    assert token.do("read RESPONSE") == mutual(login, units.fixed_key(0), "000016", number)


def test_a_counter_of_the_login_suite_is_on_flash_before_the_response_is_shown(witnessed):
    token, witness = witnessed((Made(COUNTED, server=SERVER),))
    for counter in range(3):
        number = to_the_pin(token)
        token.type("4711")
        code = token.do("read RESPONSE")
        assert code == response(number, COUNTED, counter=counter)
        assert witness.counter_when_shown(code, units.identity(0)) == counter + 1
        token.do("power off\npower on")


def test_there_is_no_login_without_the_check_of_the_page(witnessed):
    token, witness = witnessed(MUTUAL)
    token.do("press 4 7 1 1\npress A\npress D A OK\npress A\npress OK OK OK OK\nhold C 2s\npress 1 2 3 4 5 7")
    assert not any("PIN>" in screen.text for screen in witness.screens)


def test_of_several_credentials_each_checks_its_own_page(desk):
    token = desk((*MUTUAL, Made(units.LOGIN, "Plain login"), Made(units.LOGIN, "Club", server=SERVER)))
    token.do("press B B OK")
    number = token.screen.large
    token.do("press OK")
    token.type(PAGE_QUESTION)
    token.type(page_code(number, index=2))
    token.type("4711")
    assert token.do("read RESPONSE") == response(number, index=2)
    token.do('press OK\nwait 1s\npress 1\nwait 1s\npress B OK\nexpect "PIN>"')


@pytest.mark.parametrize(
    ("typed", "milliseconds"),
    [
        ("", timing.CHALLENGE_MS),
        ("press OK", timing.CHALLENGE_MS),
        ("press OK\npress 1 2 3 4 5 7 OK", timing.CHALLENGE_MS),
        ("press OK\npress 1 2 3 4 5 7 OK\npress 1 1 1 1 1 1 1 1 OK", timing.HALT_MS),
    ],
)
def test_every_wait_ends_dark_and_c_held_begins_anew(desk, typed, milliseconds):
    token = desk(MUTUAL)
    number = token.screen.large
    token.do(f"{typed}\nhold C 2s")
    assert token.screen.large not in {number, ""}
    token.do(typed)
    token.do(f"wait {milliseconds - 3000}ms")
    assert not token.dark
    token.do('wait 5s\nexpect ""')


def test_without_random_numbers_there_is_no_login(engine_name, tmp_path):
    unit = units.sealed_unit(tmp_path, MUTUAL)
    with open_engine(engine_name, unit, PROGRAMS / "failing_entropy.py") as engine:
        Desk(engine).do('expect "ERROR"\nexpect "EntropyError"')
