"""`picodsc challenge`: a login at the command line, in one step or in two."""

import inspect
import json
from string import Formatter

import pytest

from fakes.login_house import LOGIN
from host_tools.cli.login_words import HINTS, hint_of
from host_tools.login.errors import BlockedUserError, LoginError
from host_tools.login.overview import overview
from host_tools.login.sessions import session


@pytest.fixture
def asked(picodsc, house):
    """What the user is asked, by the first of two steps; and what his token shows then."""

    def asked(*options, user="alice", alarm=False):
        ended = picodsc("challenge", user, "--begin", "--json", *options)
        assert (ended.err, ended.code) == ("", 0)
        found = json.loads(ended.out)
        return found, house.hands[found["serial"]].shows(found["challenge"], house.now(), alarm=alarm)

    return asked


@pytest.fixture
def alice(house):
    house.user()
    return house.token(alarm=True)


def test_a_script_answers_in_one_step_what_it_asked_in_another(picodsc, house, alice, asked):
    found, response = asked()
    assert (found["method"], found["kind"], found["device"]) == ("challenge", "dsc+", alice.id)
    assert asked()[0] == found  # shown again until it is answered
    ended = picodsc(
        "challenge", "alice", "--answer", found["reference"], stdin=f"{response[:4]} {response[4:]}\n"
    )
    assert (ended.out, ended.code) == ("accepted\n", 0)
    ended = picodsc("challenge", "alice", "--answer", found["reference"], stdin=response + "\n")
    assert (ended.out, ended.code) == ("", 1)
    assert "no answer is waited for: it was given already; begin again" in ended.err


def test_who_types_sees_the_challenge_and_may_mistype_the_response(picodsc, house, alice, asked):
    found, response = asked()
    ended = picodsc("challenge", "alice", stdin=f"123\n{response}\n")
    assert (ended.out, ended.code) == ("accepted\n", 0)
    assert f"challenge       {found['challenge']}" in ended.err
    assert "expected 8 digits" in ended.err
    assert response not in ended.err


def test_a_wrong_response_is_rejected_and_counts(picodsc, house, alice, asked):
    found, response = asked()
    wrong = f"{(int(response) + 1) % 10**8:08}"
    ended = picodsc("challenge", "alice", "--answer", found["reference"], "--json", stdin=wrong)
    assert ended.code == 1
    assert json.loads(ended.out) == {
        "accepted": False, "alarm": False, "limited": False, "user": "alice", "device": alice.id, "session": None,
        "expires_at": None,
    }  # fmt: skip
    assert overview(house.system, "alice").standing.failures == 1


def test_the_session_is_ended_at_once_unless_it_is_asked_for(picodsc, house, alice, asked):
    found, response = asked()
    picodsc("challenge", "alice", "--answer", found["reference"], stdin=response)
    assert overview(house.system, "alice").sessions == []
    found, response = asked()
    ended = picodsc("challenge", "alice", "--answer", found["reference"], "--session", stdin=response)
    word, token = ended.out.splitlines()
    assert word == "accepted"
    assert session(house.system, token).user.name == "alice"


def test_the_duress_pin_s_response_is_accepted_with_alarm(picodsc, house, alice, asked):
    found, response = asked(alarm=True)
    ended = picodsc("challenge", "alice", "--answer", found["reference"], stdin=response)
    assert (ended.out, ended.code) == ("accepted with alarm\n", 0)


def test_another_user_s_reference_is_no_login_of_this_one(picodsc, house, alice, asked):
    house.user("bob")
    house.token("bob")
    found, response = asked(user="bob")
    ended = picodsc("challenge", "alice", "--answer", found["reference"], stdin=response)
    assert (ended.out, ended.code) == ("", 1)
    ended = picodsc("challenge", "bob", "--answer", found["reference"], stdin=response)
    assert ended.out == "accepted\n"


def test_without_a_response_it_goes_on_waiting(picodsc, house, alice, asked):
    found, response = asked()
    ended = picodsc("challenge", "alice")
    assert (ended.out, ended.code) == ("", 1)
    assert f"--answer {found['reference']}" in ended.err
    ended = picodsc("challenge", "alice", "--answer", found["reference"])
    assert (ended.out, ended.code) == ("", 2)
    assert picodsc("challenge", "alice", "--answer", found["reference"], stdin=response).code == 0


def test_a_token_that_checks_the_page_gets_the_page_s_code_first(picodsc, house):
    house.user()
    house.token(is_mutual=True)
    hand = house.hands["DS-1"]
    hand.page_number = "123457"
    first = json.loads(picodsc("challenge", "alice", "--begin", "--json").out)
    assert (first["method"], first["challenge"], first["code"]) == ("mutual", None, None)
    found = json.loads(picodsc("challenge", "alice", "--begin", "--page", "123 457", "--json").out)
    assert found["reference"] == first["reference"]
    assert (len(found["challenge"]), len(found["code"])) == (6, 6)
    response = hand.shows(found["challenge"], house.now())
    ended = picodsc("challenge", "alice", stdin=f"123457\n{response}\n")
    assert (ended.out, ended.code) == ("accepted\n", 0)
    assert f"code            {found['code']}" in ended.err
    assert picodsc("challenge", "alice").code == 2


def test_a_plain_code_is_asked_for_without_a_challenge(picodsc, house):
    house.user()
    house.token(suite="HOTP-SHA1-6")
    code = house.hands["DS-1"].shows(None, house.now())
    ended = picodsc("challenge", "alice", "--page", "1", stdin=f"{code}\n")
    assert (ended.out, ended.code) == ("accepted\n", 0)
    assert "checks no page" in ended.err
    assert picodsc("challenge", "alice", stdin=f"{code}\n").out == "rejected\n"


def test_of_several_devices_one_may_be_chosen(picodsc, house, alice, asked):
    second = house.token()
    assert asked()[0]["device"] == second.id
    assert asked("--device", alice.id)[0]["device"] == alice.id
    ended = picodsc("challenge", "alice", "--device", 99)
    assert (ended.out, ended.code) == ("", 2)
    assert "has no device 99; see 'picodsc device list alice'" in ended.err


@pytest.mark.parametrize("arguments", [("--begin", "--answer", "00"), ("--page", "1", "--answer", "00")])
def test_the_two_steps_exclude_each_other(picodsc, house, alice, arguments):
    assert picodsc("challenge", "alice", *arguments).code == 2


def test_what_the_rules_refuse_ends_with_1_and_says_what_to_do(picodsc, house):
    house.user()
    ended = picodsc("challenge", "alice")
    assert (ended.out, ended.code) == ("", 1)
    assert "'alice' has no active device; 'picodsc device list alice'" in ended.err
    house.token(suite=LOGIN)
    for _ in range(10):
        house.fail()
    ended = picodsc("challenge", "alice")
    assert (ended.out, ended.code) == ("", 1)
    assert "locked after 10 failures, until" in ended.err
    assert "a lock ends by itself" in ended.err


def test_hints_name_the_user():
    assert hint_of(BlockedUserError("alice", 30)) == "'picodsc user identify alice' lifts the block"
    assert hint_of(LoginError()) is None


@pytest.mark.parametrize("kind", HINTS, ids=lambda kind: kind.__name__)
def test_a_hint_names_nothing_that_the_error_does_not_know(kind):
    known = inspect.signature(kind.__init__).parameters
    named = {name for _, name, _, _ in Formatter().parse(HINTS[kind]) if name is not None}
    assert named <= set(known)
