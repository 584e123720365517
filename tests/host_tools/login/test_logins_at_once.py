"""Two hundred callers with one right answer, on four processes: exactly one of them is in."""

from collections import Counter

import pytest

from fakes.login_house import COUNTING, LOGIN, House
from fakes.login_racers import PROCESSES, THREADS, Racers
from host_tools.inventory.store import utc_now
from host_tools.login.answering import answer_page

HOTP, TOTP = "HOTP-SHA1-6", "TOTP-SHA256-8-T59S"
CALLERS = PROCESSES * THREADS


@pytest.fixture
def racing(anywhere):
    house = House(anywhere, utc_now)
    for number, (suite, is_mutual) in enumerate(
        [(LOGIN, False), (COUNTING, False), (LOGIN, True), (HOTP, False), (TOTP, False)]
    ):
        house.user(f"user-{number}")
        house.token(f"user-{number}", suite, is_mutual=is_mutual)
    with Racers(anywhere) as racers:
        yield house, racers
    house.close()


@pytest.mark.timeout(300)
def test_of_two_hundred_with_the_same_right_answer_one_is_in(racing):
    house, racers = racing
    for number in range(5):
        asked = house.begin(f"user-{number}")
        if number == 2:
            house.hands[asked.serial].page_number = "123457"
            asked = answer_page(house.system, asked.reference, "123457").asked
        told = racers.race(house.response(asked), asked.reference)
        assert told == {"accepted": 1, "used": CALLERS - 1}
    only_once_each(house, range(5))


@pytest.mark.timeout(300)
def test_of_two_hundred_who_each_ask_and_type_the_same_code_one_is_in(racing):
    house, racers = racing
    for number in (3, 4):
        asked = house.begin(f"user-{number}")
        told = racers.race(house.response(asked), name=f"user-{number}")
        assert told["accepted"] == 1
        # The others are wrong, which locks; or find that somebody has answered what they were asked as well.
        assert told["rejected"] <= 10
        assert set(told) <= {"accepted", "rejected", "used", "LockedUserError"}
        assert sum(told.values()) == CALLERS
    only_once_each(house, (3, 4))


def only_once_each(house, numbers):
    house.inventory.check_audit()
    entries = [one for one in house.inventory.history() if one.event == "login accepted"]
    assert Counter(one.detail["user"] for one in entries) == {f"user-{number}": 1 for number in numbers}
