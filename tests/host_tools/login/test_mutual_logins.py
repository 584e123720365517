"""Logins with tokens in mutual mode: the page proves itself first, and nobody shops there for challenges."""

import pytest

from host_tools.login.activating import answer_activation_page
from host_tools.login.answering import answer_page
from host_tools.login.errors import (
    DemandNotOpenError,
    LockedUserError,
    PageNumberNeededError,
)
from host_tools.login.pin_changes import answer_pin_change_page


def test_a_token_in_mutual_mode_checks_the_page_first(house):
    house.user()
    device = house.token(is_mutual=True)
    hand = house.hands[device.token.serial]
    asked = house.begin()
    assert asked.challenge is None
    with pytest.raises(PageNumberNeededError):
        house.answer(asked, "12345678")
    hand.page_number = "123457"
    page = answer_page(house.system, asked.reference, "123 457")
    assert hand.checks(page)
    assert answer_page(house.system, asked.reference, "123457") == page
    assert house.answer(page.asked).accepted


def test_the_page_of_a_login_is_no_other_purpose_s(house):
    house.user()
    house.token(is_mutual=True)
    asked = house.begin()
    for answer in (answer_activation_page, answer_pin_change_page):
        with pytest.raises(DemandNotOpenError):
            answer(house.system, asked.reference, "123457")


def test_another_number_for_the_page_gets_another_challenge(house):
    house.user()
    house.token(is_mutual=True)
    asked = house.begin()
    first = answer_page(house.system, asked.reference, "123457").asked
    second = answer_page(house.system, asked.reference, "123458").asked
    assert first.challenge != second.challenge
    assert first.reference != second.reference
    with pytest.raises(DemandNotOpenError):
        house.answer(first, "12345678")
    house.hands[second.serial].page_number = "123458"
    assert house.answer(second).accepted


def test_nobody_looks_for_a_challenge_by_typing_numbers_into_the_page(house):
    house.user()
    house.token(is_mutual=True)
    asked = house.begin()
    for number in range(123457, 123467):
        asked = answer_page(house.system, asked.reference, str(number)).asked
    asked = answer_page(house.system, asked.reference, "123467").asked
    with pytest.raises(LockedUserError):
        answer_page(house.system, asked.reference, "123469")
