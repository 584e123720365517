"""Cards: two numbers that were not asked for together before, until the card is used up or its time is over."""

from collections import Counter
from datetime import timedelta

import pytest

from fakes.login_house import House
from host_tools.login.activating import answer_activation, begin_activation_vouched
from host_tools.login.answering import answer
from host_tools.login.errors import DemandNotOpenError, DeviceKindError, ExpiredDeviceError, LockedUserError
from host_tools.login.issuing import obtain_card
from host_tools.login.rules.code_errors import CardUsedUpError, MalformedCodeError
from host_tools.policy import Policy


@pytest.fixture
def small(location, clock, tmp_path):
    """Opens a house with cards that are small enough to be used up."""
    opened = []

    def small(**changes):
        keys = {"codes": 20, "uses": 2, **changes}
        lines = [f"{key} = {value!r}" for key, value in keys.items()]
        ours = tmp_path / "ours.toml"
        ours.write_text("\n".join(["[[policy]]", "effective = 2020-01-01", "[policy.card]", *lines]))
        opened.append(House(location, clock, Policy.load(ours)))
        return opened[-1]

    yield small
    for each in opened:
        each.close()


def wrong(typed):
    return ("A" if typed[0] != "A" else "C") + typed[1:]


def test_the_two_values_open_a_session_as_people_type_them(house):
    house.user()
    house.card()
    asked = house.begin()
    first, second = asked.indexes
    assert first != second
    typed = house.response(asked).lower()
    assert house.answer(asked, f" {typed[:3]}-{typed[3:]} ").accepted


def test_the_order_is_part_of_the_answer(house):
    house.user()
    house.card()
    swapped = typed = ""
    while swapped == typed:  # two values may be the same
        asked = house.begin()
        typed = house.response(asked)
        swapped = typed[3:] + typed[:3]
        verdict = house.answer(asked, swapped)
    assert not verdict.accepted


def test_a_wrong_answer_uses_the_pair_up(house):
    house.user()
    house.card()
    asked = house.begin()
    right = house.response(asked)
    house.answer(asked, wrong(right))
    with pytest.raises(DemandNotOpenError):
        house.answer(asked, right)
    assert set(house.begin().indexes) != set(asked.indexes)


@pytest.mark.parametrize("typed", ["", "A3DZ3", "A3DZ3V7", "A3D*3V", "123456"])
def test_what_is_malformed_leaves_the_pair_open(house, typed):
    house.user()
    house.card()
    asked = house.begin()
    with pytest.raises(MalformedCodeError):
        house.answer(asked, typed)
    assert house.answer(asked).accepted


def test_an_unanswered_pair_is_shown_again_until_it_expires_and_then_never(house, clock):
    house.user()
    house.card()
    first = house.begin()
    clock.advance(minutes=3, microseconds=-1)
    assert house.begin() == first
    clock.advance(microseconds=1)
    again = house.begin()
    assert not set(first.indexes) & set(again.indexes)


def test_ten_pairs_left_unanswered_in_a_day_lock(house, clock):
    house.user()
    house.card()
    for _ in range(10):
        house.begin()
        clock.advance(minutes=3)
    with pytest.raises(LockedUserError):
        house.begin()


@pytest.mark.parametrize(("online", "uses"), [(True, 1), (False, 2)])
def test_no_two_numbers_come_together_twice_until_the_card_is_used_up(small, online, uses):
    house = small()
    house.user()
    house.card(online=online)
    pairs = []
    for _ in range(20 * uses // 2):
        try:
            asked = house.begin()
        except CardUsedUpError:
            break
        pairs.append(frozenset(asked.indexes))
        assert house.answer(asked).accepted
    assert len(set(pairs)) == len(pairs)
    asked_for = Counter(index for pair in pairs for index in pair)
    assert set(asked_for.values()) <= {uses, uses - 1}
    # Two are left over when they were together before: chance may leave such two, and no more.
    left = frozenset(index for index, times in asked_for.items() if times < uses)
    assert not left or left in pairs
    with pytest.raises(CardUsedUpError):
        house.begin()


def test_the_pair_that_activated_a_card_is_not_asked_for_at_a_login(small):
    house = small()
    house.user()
    device = house.card(active=False)
    pairs = [begin_activation_vouched(house.system, "alice", device.id)]
    assert answer_activation(house.system, pairs[0].reference, house.response(pairs[0])).accepted
    for _ in range(9):
        pairs.append(house.begin())
        assert house.answer(pairs[-1]).accepted
    assert sorted(index for one in pairs for index in one.indexes) == list(range(1, 21))


def test_the_online_card_does_not_renew_itself(house):
    house.user()
    house.card()
    opened = house.login()
    with pytest.raises(DeviceKindError):
        obtain_card(house.system, opened.session)


def test_the_online_card_is_good_for_21_days_from_its_issue_and_that_it_expired_is_told(house, clock):
    house.user()
    issued = clock()
    device = house.card()
    clock.advance(days=21, microseconds=-1)
    answered = house.login()
    assert answered.accepted
    assert answered.expires_at == issued + timedelta(days=21)
    clock.advance(microseconds=1)
    for wanted in (None, device.id):
        with pytest.raises(ExpiredDeviceError) as error:
            house.begin(device=wanted)
        assert error.value.expired_at == issued + timedelta(days=21)
        assert error.value.kind == "online-security-code-card"


def test_the_answer_to_a_pair_comes_too_late_when_the_card_has_expired(house, clock):
    house.user()
    house.card()
    clock.advance(days=21, seconds=-1)
    asked = house.begin()
    clock.advance(seconds=1)
    with pytest.raises(DemandNotOpenError):
        house.answer(asked)


def test_a_printed_card_does_not_expire(house, clock):
    house.user()
    house.card(online=False)
    clock.advance(days=1000)
    assert house.login().accepted


def test_a_card_stays_as_it_was_printed_when_the_policy_changes(house, small):
    house.user()
    house.card()
    later = small(code_length=4, alphabet="ABCDEFGHJKLMNPQRSTUV")
    later.codes = house.codes
    asked = later.begin()
    assert len(later.response(asked)) == 6
    assert later.answer(asked).accepted


def test_the_work_is_the_same_for_a_right_and_a_wrong_answer(house, statements):
    house.user()
    house.card()
    house.login()
    ran = []
    for is_right in (False, True):
        asked = house.begin()
        typed = house.response(asked)
        with statements() as one:
            house.answer(asked, typed if is_right else wrong(typed))
        ran.append(one)
    # Beside what opens the session and takes failures back: up to the verdict, nothing differs.
    verdict = next(place for place, text in enumerate(ran[0]) if text.startswith("UPDATE demands"))
    assert ran[0][: verdict + 1] == ran[1][: verdict + 1]


def test_a_card_is_activated_and_answers_on_both_databases(anywhere, clock):
    house = House(anywhere, clock)
    try:
        house.user()
        device = house.card(active=False)
        asked = begin_activation_vouched(house.system, "alice", device.id)
        assert answer_activation(house.system, asked.reference, house.response(asked)).accepted
        pairs = set()
        for _ in range(5):
            asked = house.begin()
            assert answer(house.system, asked.reference, house.response(asked)).accepted
            pairs.add(asked.indexes)
        assert len(pairs) == 5
    finally:
        house.close()
