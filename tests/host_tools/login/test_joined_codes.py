"""A code right behind the password is as long as the device's codes are, whatever is usual, or the policy became."""

import pytest
from argon2 import PasswordHasher

from fakes.login_house import PASSWORD, House
from host_tools.login import issuing, passwords
from host_tools.login.beginning import begin, begin_joined
from host_tools.login.errors import RefusedError
from host_tools.policy import Policy

PHONE = "+442079460000"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """Argon2 with its least memory: how a password is kept is not what these tests are about."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", hasher)
    monkeypatch.setattr(passwords, "_NOBODYS", hasher.hash("nobody's"))


@pytest.fixture
def houses(location, clock, tmp_path):
    """The same house by any policy: what it says of 2020, and nothing of when it was changed."""
    opened = []

    def house(table):
        for one in opened:
            one.close()
        file = tmp_path / "policy.toml"
        file.write_text(f"[[policy]]\neffective = 2020-01-01\n{table}\n")
        opened.append(House(location, clock, Policy.load(file)))
        return opened[-1]

    yield house
    opened[-1].close()


def joined(house, code):
    asked, behind = begin_joined(house.system, "alice", PASSWORD + code)
    assert behind == code
    return house.answer(asked, behind).accepted


@pytest.mark.parametrize("length", [3, 4, 6])
def test_two_values_of_a_card_by_the_card(houses, length):
    house = houses(f"[policy.card]\ncode_length = {length}")
    house.user(password=PASSWORD)
    house.card()
    values = house.response(begin(house.system, "alice", PASSWORD))
    assert len(values) == 2 * length
    codes = house.codes
    house = houses("")
    house.codes = codes
    assert joined(house, values)


def test_a_passcode_by_the_passcode(houses):
    house = houses("[policy.passcode]\nlength = 12")
    house.user(password=PASSWORD)
    passcode = house.passcode()
    assert joined(houses("[policy.passcode]\nlength = 10"), passcode)


def test_a_code_by_message_by_the_policy(houses):
    house = houses("[policy.sms]\ndigits = 8")
    house.user(password=PASSWORD, phone=PHONE)
    issuing.add_sms(house.system, "alice")
    begin(house.system, "alice", PASSWORD)
    [code] = house.sent(8)
    assert joined(house, code)


def test_the_code_is_that_of_the_device_which_is_asked(houses):
    house = houses("")
    house.user(password=PASSWORD)
    house.token(suite="HOTP-SHA1-6")
    last = house.token(suite="HOTP-SHA256-8")
    asked = begin(house.system, "alice", PASSWORD)
    assert asked.device == last.id
    assert joined(house, house.response(asked))


@pytest.mark.parametrize("kind", ["card", "passcode"])
def test_a_card_or_passcode_asks_no_more_of_the_database_than_nobody_s_does(houses, statements, kind):
    house = houses("")
    house.user(password=PASSWORD)
    getattr(house, kind)()
    counts = []
    for name in ("alice", "nobody"):
        with statements() as ran, pytest.raises(RefusedError):
            begin_joined(house.system, name, "wrong")
        counts.append(ran)
    assert counts[0] == counts[1]
