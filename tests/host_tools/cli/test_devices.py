"""`picodsc device`: tokens given, activated, helped and ended."""

import json

import pytest

from dsc.protocol.unlock import unlock_code
from host_tools.login import devices
from host_tools.login.overview import overview

SECRET = bytes(range(100, 132))


@pytest.fixture
def alice(house):
    """A user whose token is ready."""
    house.user()
    return house.token(active=False)


def shown(house, asked, serial="DS-1"):
    return house.hands[serial].shows(asked["challenge"], house.now())


def test_a_token_is_given_and_has_a_number(picodsc, record, house):
    house.user()
    record()
    house.inventory.mark_sealed("DS-1001")
    ended = picodsc(
        "device", "add", "alice", "ds-1001", "--kind", "gold", "--credential", "Login", "--active"
    )
    assert (ended.out, ended.err, ended.code) == ("1  gold  active  DS-1001  Login\n", "", 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["DS-9"], "no token has the serial"),
        (["DS-1", "--kind", "sms"], "--kind is one of dsc+, dsc"),
        (["DS-1", "--kind", "alpine"], "the device cannot be"),
        (["DS-1"], "token DS-1 is another user's"),
    ],
)
def test_what_can_not_be_given_is_said(picodsc, house, alice, arguments, said):
    house.user("bob")
    ended = picodsc("device", "add", "bob", *arguments)
    assert (ended.out, ended.code) == ("", 2)
    assert said in ended.err


def test_a_device_that_is_there_already_is_said_to_be(picodsc, house, alice):
    ended = picodsc("device", "add", "alice", "DS-1")
    assert (ended.out, ended.code) == ("", 1)
    assert f"this is the user's device {alice.id} already, and ready" in ended.err


def test_one_right_answer_activates_a_device(picodsc, house, alice):
    asked = json.loads(picodsc("device", "activate", "alice", alice.id, "--begin", "--json").out)
    wrong = f"{(int(shown(house, asked)) + 1) % 10**8:08}"
    ended = picodsc("device", "activate", "alice", alice.id, "--answer", asked["reference"], stdin=wrong)
    assert (ended.out, ended.code) == ("rejected\n", 1)
    asked = json.loads(picodsc("device", "activate", "alice", alice.id, "--begin", "--json").out)
    ended = picodsc("device", "activate", "alice", alice.id, stdin=shown(house, asked) + "\n")
    assert (ended.out, ended.code) == (f"accepted\ndevice {alice.id} is active\n", 0)
    ended = picodsc("device", "activate", "alice", alice.id)
    assert (ended.out, ended.code) == ("", 1)
    assert "is active; this needs one that is ready" in ended.err


def test_the_answer_of_an_activation_is_no_login_and_the_other_way_round(picodsc, house, alice):
    asked = json.loads(picodsc("device", "activate", "alice", alice.id, "--begin", "--json").out)
    ended = picodsc("challenge", "alice", "--answer", asked["reference"], stdin=shown(house, asked))
    assert (ended.out, ended.code) == ("", 1)
    ended = picodsc(
        "device",
        "activate",
        "alice",
        alice.id,
        "--answer",
        asked["reference"],
        "--json",
        stdin=shown(house, asked),
    )
    assert json.loads(ended.out) == {"accepted": True, "alarm": False, "device": alice.id}


def test_the_operator_s_word_activates_too(picodsc, house, alice):
    assert picodsc("device", "activate", "alice", alice.id, "--by-operator", "--begin").code == 2
    assert picodsc("device", "activate", "alice", alice.id, "--by-operator").code == 0
    assert house.login().accepted


def test_devices_are_listed_and_ended_ones_only_if_asked(picodsc, house, alice):
    second = house.token()
    assert picodsc("device", "end", "Alice", alice.id).out == f"device {alice.id} of alice has ended\n"
    assert picodsc("device", "list", "alice").out == f"{second.id}  dsc+  active  DS-2  Login\n"
    every = [
        json.loads(line) for line in picodsc("device", "list", "alice", "--all", "--json").out.splitlines()
    ]
    assert [(one["device"], one["state"], one["method"]) for one in every] == [
        (alice.id, "ended", "challenge"),
        (second.id, "active", "challenge"),
    ]
    ended = picodsc("device", "end", "alice", 99)
    assert (ended.out, ended.code) == ("", 2)


def test_two_codes_find_a_counter_again(picodsc, house):
    house.user()
    house.token(suite="HOTP-SHA1-6")
    hand = house.hands["DS-1"]
    hand.counter = 500
    codes = "\n".join(hand.shows(None, house.now()) for _ in range(2))
    ended = picodsc("device", "resync", "alice", stdin=codes + "\n")
    assert (ended.out, ended.code) == ("accepted\n", 0)
    assert house.login().accepted
    ended = picodsc("device", "resync", "alice", "--json", stdin=codes + "\n")
    assert (json.loads(ended.out), ended.code) == ({"accepted": False, "alarm": False}, 1)
    assert overview(house.system, "alice").standing.failures == 1
    assert picodsc("device", "resync", "alice", stdin=codes[:6]).code == 2


def test_a_locked_token_is_unlocked_for_who_was_identified(picodsc, record, house):
    house.user()
    record(mode="verified", unlock_secret=bytearray(SECRET))
    house.inventory.mark_sealed("DS-1001")
    device = devices.add_token(house.system, "alice", "DS-1001", active=True)
    ended = picodsc("device", "unlock", "alice", "1", "--identified-by", "known voice")
    assert (ended.out.replace(" ", "").strip(), ended.code) == (unlock_code(SECRET, "DS-1001", 1).decode(), 0)
    assert picodsc("device", "unlock", "alice", "x", "--identified-by", "known voice").code == 2
    house.token()
    ended = picodsc("device", "unlock", "alice", "2", "--identified-by", "known voice")
    assert (ended.out, ended.code) == ("", 2)
    assert "which of the devices of 'alice' is meant is not clear" in ended.err
    assert picodsc("device", "unlock", "alice", "2", "--device", device.id, stdin="known voice\n").code == 0


def test_text_messages_are_for_who_has_a_phone_and_nothing_else(picodsc, house):
    house.user()
    ended = picodsc("device", "sms", "alice")
    assert (ended.out, ended.code) == ("", 1)
    assert "'picodsc user phone alice NUMBER' sets one" in ended.err
    picodsc("user", "phone", "alice", "+442079460000")
    assert picodsc("device", "sms", "alice").out == "1  sms  active  -\n"
