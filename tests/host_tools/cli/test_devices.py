"""`picodsc device`: tokens given, activated, helped and ended."""

import json
from datetime import timedelta

import pytest

from dsc.protocol.confirm import confirmation
from dsc.protocol.unlock import unlock_code
from host_tools.login import device_life, devices
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


def test_the_answer_of_another_user_or_of_another_device_activates_nothing(picodsc, house, alice):
    house.user("bob")
    other = house.token(active=False)
    asked = json.loads(picodsc("device", "activate", "alice", alice.id, "--begin", "--json").out)
    response = shown(house, asked)
    for user, number in (("bob", alice.id), ("nobody", alice.id), ("alice", other.id)):
        ended = picodsc("device", "activate", user, number, "--answer", asked["reference"], stdin=response)
        assert (ended.out, ended.code) == ("", 1)
        assert "no answer is waited for: nothing of this reference was asked" in ended.err
    assert {one.state.value for one in devices.devices(house.system, "alice")} == {"ready"}
    ended = picodsc("device", "activate", "ALICE", alice.id, "--answer", asked["reference"], stdin=response)
    assert (ended.out, ended.code) == (f"accepted\ndevice {alice.id} is active\n", 0)


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


def test_a_clock_is_found_by_two_codes(picodsc, house):
    house.user()
    house.token(suite="TOTP-SHA256-8-T59S")
    hand = house.hands["DS-1"]
    codes = "\n".join(hand.shows(None, house.now() + timedelta(seconds=59 * off)) for off in (14, 15))
    ended = picodsc("device", "resync", "alice", stdin=codes + "\n")
    assert (ended.out, ended.code) == ("accepted\n", 0)
    ended = picodsc("device", "resync", "alice", "--json", stdin=codes + "\n")
    assert (json.loads(ended.out), ended.code) == ({"accepted": False, "alarm": False}, 1)
    assert overview(house.system, "alice").standing.failures == 1


def test_a_locked_token_is_unlocked_for_who_was_identified(picodsc, record, house):
    house.user()
    record(mode="verified", unlock_secret=bytearray(SECRET))
    house.inventory.mark_sealed("DS-1001")
    device = device_life.add_token(house.system, "alice", "DS-1001", active=True)
    ended = picodsc("device", "unlock", "alice", "1", "--identified-by", "known voice")
    assert (ended.out.replace(" ", "").strip(), ended.code) == (unlock_code(SECRET, "DS-1001", 1).decode(), 0)
    assert picodsc("device", "unlock", "alice", "x", "--identified-by", "known voice").code == 2
    house.token()
    ended = picodsc("device", "unlock", "alice", "2", "--identified-by", "known voice")
    assert (ended.out, ended.code) == ("", 2)
    assert "which of the devices of 'alice' is meant is not clear" in ended.err
    assert picodsc("device", "unlock", "alice", "2", "--device", device.id, stdin="known voice\n").code == 0


NUMBER = "12345679"


@pytest.fixture
def device(house):
    """A user whose token is active, and has a duress PIN."""
    house.user()
    return house.token(alarm=True)


def expected(house, *, alarm=False):
    digits = confirmation(house.hands["DS-1"].key(alarm=alarm), "DS-1", NUMBER)
    return f"{digits[:4]} {digits[4:]}\n"


def test_a_pin_change_is_confirmed_in_a_conversation(picodsc, house, device):
    asked = json.loads(picodsc("device", "confirm", "alice", "--begin", "--json").out)
    said = f"{shown(house, asked)}\n1234\n1234 5679\n"
    ended = picodsc("device", "confirm", "alice", stdin=said)
    assert (ended.out, ended.code) == (expected(house), 0)
    assert "NUMBER must be the eight digits that the token shows" in ended.err
    assert overview(house.system, "alice").sessions == []


@pytest.mark.parametrize("alarm", [False, True])
def test_a_pin_change_is_confirmed_in_three_steps_that_look_the_same_under_duress(
    picodsc, house, device, alarm
):
    asked = json.loads(picodsc("device", "confirm", "alice", "--begin", "--json").out)
    response = house.hands["DS-1"].shows(asked["challenge"], house.now(), alarm=alarm)
    reference = asked["reference"]
    early = picodsc("device", "confirm", "alice", "--number-for", reference, stdin=NUMBER)
    assert (early.out, early.code) == ("", 1)
    assert "has not answered this challenge rightly within 10 minutes" in early.err
    ended = picodsc("device", "confirm", "alice", "--answer", reference, stdin=response)
    assert (ended.out, ended.err, ended.code) == ("accepted\n", "Response: \n", 0)
    ended = picodsc("device", "confirm", "alice", "--number-for", reference, stdin=NUMBER)
    assert (ended.out, ended.code) == (expected(house, alarm=alarm), 0)
    ended = picodsc("device", "confirm", "alice", "--number-for", reference, "--json", stdin=NUMBER)
    assert json.loads(ended.out) == {
        "accepted": True,
        "confirmation": expected(house, alarm=alarm).replace(" ", "").strip(),
    }
    assert [one.event for one in house.inventory.history()].count("alarm") == 3 * alarm


def test_a_wrong_answer_and_another_user_s_confirm_nothing(picodsc, house, device):
    house.user("bob")
    house.token("bob")
    asked = json.loads(picodsc("device", "confirm", "alice", "--begin", "--json").out)
    right = shown(house, asked)
    ended = picodsc("device", "confirm", "bob", "--answer", asked["reference"], stdin=right)
    assert (ended.out, ended.code) == ("", 1)
    wrong = f"{(int(right) + 1) % 10**8:08}\n{NUMBER}\n"
    ended = picodsc("device", "confirm", "alice", "--json", stdin=wrong)
    assert (json.loads(ended.out), ended.code) == ({"accepted": False}, 1)
    assert overview(house.system, "alice").standing.failures == 1
    asked = json.loads(picodsc("device", "confirm", "alice", "--begin", "--json").out)
    ended = picodsc("device", "confirm", "alice", stdin=shown(house, asked) + "\n")
    assert (ended.out, ended.code) == ("", 1)
    assert f"--number-for {asked['reference']}" in ended.err
    for user, number, code in (("bob", NUMBER, 1), ("alice", "1234", 2), ("alice", NUMBER, 0)):
        ended = picodsc("device", "confirm", user, "--number-for", asked["reference"], stdin=number + "\n")
        assert (ended.out != "", ended.code) == (code == 0, code)


@pytest.mark.parametrize("options", [["--begin"], ["--answer", "00"], ["--page", "1"], ["--device", "1"]])
def test_the_steps_of_a_confirmation_exclude_one_another(picodsc, house, device, options):
    ended = picodsc("device", "confirm", "alice", "--number-for", "00", *options, stdin=NUMBER)
    assert (ended.out, ended.code) == ("", 2)
    assert "--number-for is the last of three steps" in ended.err


def test_a_pin_change_of_who_has_no_token_for_it_is_refused(picodsc, house):
    house.user()
    house.token(suite="HOTP-SHA1-6")
    ended = picodsc("device", "confirm", "alice", "--begin")
    assert (ended.out, ended.code) == ("", 1)
    assert "that takes a token that answers challenges" in ended.err


def test_text_messages_are_for_who_has_a_phone_and_nothing_else(picodsc, house):
    house.user()
    ended = picodsc("device", "sms", "alice")
    assert (ended.out, ended.code) == ("", 1)
    assert "'picodsc user phone alice NUMBER' sets one" in ended.err
    picodsc("user", "phone", "alice", "+442079460000")
    assert picodsc("device", "sms", "alice").out == "1  sms  active  -\n"
