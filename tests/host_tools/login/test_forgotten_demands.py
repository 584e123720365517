"""What asked for plain codes, passcodes and messages is forgotten long after; challenges and pairs never are."""

import pytest

from fakes.login_house import House
from host_tools.inventory.schema import DemandRow
from host_tools.login import expiring
from host_tools.login.issuing import add_sms

PHONE = "+442079460000"


@pytest.fixture
def many(anywhere, clock):
    """A house whose users were asked in every way, answered and not: for what, by name."""
    house = House(anywhere, clock)
    for name in ("sms", "passcode", "code", "card", "challenge"):
        house.user(name, phone=PHONE)
    add_sms(house.system, "sms")
    passcode = house.passcode("passcode")
    house.token("code", "HOTP-SHA1-6")
    house.card("card")
    house.token("challenge")
    for name in ("code", "card", "challenge"):
        assert house.login(name).accepted
    assert house.answer(house.begin("passcode"), passcode).accepted
    assert house.answer(house.begin("sms"), house.sent()[0]).accepted
    for name in ("sms", "passcode", "code", "card", "challenge"):
        house.begin(name)
    yield house
    house.close()


def kept(house):
    """How many demands each user has left."""
    users = {1: "sms", 2: "passcode", 3: "code", 4: "card", 5: "challenge"}
    with house.inventory.reading() as session:
        found = [users[row.user_id] for row in session.query(DemandRow)]
    return {name: found.count(name) for name in users.values()}


def test_only_what_has_neither_challenge_nor_pair_is_forgotten_and_not_before_its_time(
    many, clock, monkeypatch
):
    monkeypatch.setattr(
        expiring, "_OLD_DEMANDS", expiring._OLD_DEMANDS.limit(1)
    )  # several at once, one by one
    clock.advance(days=30)
    expiring.forget(many.system)
    assert expiring.forget_demands(many.system) == 0
    clock.advance(hours=1)
    assert expiring.forget_demands(many.system) == 6
    assert kept(many) == {"sms": 0, "passcode": 0, "code": 0, "card": 2, "challenge": 2}
    assert expiring.forget_demands(many.system) == 0
