"""What logins need no more is removed long after; what still counts, and the pairs of a card that lives, never are."""

import pytest

from host_tools.inventory.schema import DemandRow, LoginSecretRow, OutboxRow
from host_tools.login import device_life, devices, outbox, outlived, tidying
from host_tools.login.answering import answer
from host_tools.login.errors import BlockedUserError, DemandNotOpenError
from host_tools.login.issuing import add_sms
from host_tools.login.overview import overview
from host_tools.login.tidying import Tidied, tidy

PHONE = "+442079460000"
USERS = ("sms", "passcode", "code", "card", "challenge")


@pytest.fixture
def many(anywhere_house):
    """A house whose users were asked in every way, answered and not."""
    house = anywhere_house
    for name in USERS:
        house.user(name, phone=PHONE)
    add_sms(house.system, "sms")
    passcode = house.passcode("passcode")
    house.token("code", "HOTP-SHA1-6")
    house.card("card", online=False)
    house.token("challenge")
    for name in ("code", "card", "challenge"):
        assert house.login(name).accepted
    assert house.answer(house.begin("passcode"), passcode).accepted
    assert house.answer(house.begin("sms"), house.sent()[0]).accepted
    for name in USERS:
        house.begin(name)
    return house


def kept(house):
    """How many demands each user has left."""
    with house.inventory.reading() as session:
        found = [USERS[row.user_id - 1] for row in session.query(DemandRow)]
    return {name: found.count(name) for name in USERS}


def count(house, table):
    with house.inventory.reading() as session:
        return session.query(table).count()


def test_what_was_asked_is_removed_a_month_after_its_end_but_for_the_pairs_of_a_card(
    many, clock, monkeypatch
):
    monkeypatch.setattr(tidying, "LOOKED_AT", 3)
    monkeypatch.setattr(tidying, "AT_ONCE", 2)
    clock.advance(days=29, hours=23)
    assert tidy(many.system) == Tidied()
    clock.advance(hours=2)
    assert tidy(many.system).demands == 8
    assert kept(many) == {"sms": 0, "passcode": 0, "code": 0, "card": 2, "challenge": 0}
    assert tidy(many.system) == Tidied()


def test_what_is_young_stays_behind_what_is_old(many, clock):
    clock.advance(days=31)
    many.begin("challenge")
    assert tidy(many.system).demands == 8
    assert kept(many)["challenge"] == 1


def test_a_card_s_pairs_go_with_it(many, clock):
    card = next(one for one in devices.devices(many.system, "card"))
    device_life.end_device(many.system, "card", card.id)
    clock.advance(days=31)
    tidy(many.system)
    assert kept(many)["card"] == 0


def test_a_removed_demand_is_not_accepted(many, clock):
    asked = many.begin("challenge")
    right = many.response(asked)
    clock.advance(days=31)
    tidy(many.system)
    with pytest.raises(DemandNotOpenError) as error:
        answer(many.system, asked.reference, right)
    assert error.value.reason == "unknown"


def test_a_challenge_does_not_come_again_though_its_demand_was_removed(many, clock):
    before = many.begin("challenge").challenge
    clock.advance(days=31)
    tidy(many.system)
    assert many.begin("challenge").challenge != before


def test_a_message_s_number_is_not_given_again(many, clock):
    number = outbox.messages(many.system)[-1].id
    clock.advance(days=31)
    assert tidy(many.system).messages == number - 1
    assert [one.id for one in outbox.messages(many.system)] == [number]
    many.begin("sms")
    assert [one.id for one in outbox.messages(many.system)] == [number, number + 1]


def test_what_is_over_ends_and_its_secret_is_forgotten(anywhere_house, clock):
    house = anywhere_house
    house.user()
    house.passcode()
    house.card(active=False)
    clock.advance(days=21 + 30)
    assert tidy(house.system).devices == 2
    assert tidy(house.system).devices == 0
    assert count(house, LoginSecretRow) == 0
    assert {one.state for one in devices.devices(house.system, "alice")} == {devices.DeviceState.ENDED}
    events = [entry.event for entry in house.inventory.history(user="alice")]
    assert events[-2:] == ["device ended", "device ended"]


def left_unanswered(house, clock, device, days):
    """Ten challenges, on each of so many days."""
    for _ in range(days):
        for _ in range(10):
            house.begin(device=device.id)
            clock.advance(minutes=3)
        clock.advance(days=1)


def test_what_was_left_unanswered_blocks_though_it_is_long_ago(anywhere_house, clock):
    house = anywhere_house
    house.user()
    device = house.token()
    left_unanswered(house, clock, device, 3)
    before = overview(house.system, "alice").standing
    assert before.blocked
    clock.advance(days=60)
    assert tidy(house.system) == Tidied()
    assert overview(house.system, "alice").standing.most == before.most
    with pytest.raises(BlockedUserError):
        house.begin()


def test_what_a_device_left_unanswered_counts_on_for_it_though_another_one_succeeds(anywhere_house, clock):
    house = anywhere_house
    house.user()
    silent, used = house.token(), house.token()
    for _ in range(3):
        left_unanswered(house, clock, silent, 1)
        assert house.answer(house.begin(device=used.id)).accepted
        clock.advance(days=40)
        tidy(house.system)
    with pytest.raises(BlockedUserError):
        house.begin(device=silent.id)


def test_what_was_left_unanswered_before_a_success_of_its_device_is_removed(anywhere_house, clock):
    house = anywhere_house
    house.user()
    left_unanswered(house, clock, house.token(), 2)
    assert house.login().accepted
    clock.advance(days=31)
    assert tidy(house.system).demands == 21
    assert count(house, DemandRow) == 0


def test_few_that_were_left_unanswered_are_removed(anywhere_house, clock):
    house = anywhere_house
    house.user()
    house.token()
    for _ in range(40):
        house.begin()
        clock.advance(hours=3)
    clock.advance(days=31)
    assert tidy(house.system).demands == 40


def test_a_number_that_was_given_again_meanwhile_is_not_removed(house, clock):
    """Two processes tidy at once: what one has seen, the other has removed, and a login has begun since."""
    house.user()
    house.token()
    house.login()
    clock.advance(days=31)
    with house.system.reading() as work:
        rows = work.connection.execute(outlived.DEMANDS.rows_after, {"after": 0, "most": 10}).all()
    assert tidy(house.system).demands == 1
    asked = house.begin()
    assert tidying._removed(house.system, outlived.DEMANDS, [row.id for row in rows]) == 0
    assert house.answer(asked).accepted


def test_no_step_removes_more_than_it_looks_at(house, clock, monkeypatch):
    monkeypatch.setattr(tidying, "LOOKED_AT", 3)
    house.user()
    house.token()
    for _ in range(8):
        house.login()
    clock.advance(days=31)
    assert [one.demands for one in tidying.steps(house.system) if one.demands] == [3, 3, 2]


def test_messages_that_are_young_stay(house, clock):
    house.user(phone=PHONE)
    add_sms(house.system, "alice")
    for _ in range(3):
        house.begin()
        clock.advance(minutes=6)
    clock.advance(days=29)
    assert tidy(house.system).messages == 0
    assert count(house, OutboxRow) == 3
