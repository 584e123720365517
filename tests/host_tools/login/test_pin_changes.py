"""A PIN change by telephone: after a right answer to a fresh challenge, three a day, and it opens nothing else."""

import pytest
from sqlalchemy import func, select

from dsc.protocol.confirm import confirmation
from fakes.login_house import LOGIN, House
from host_tools.inventory import TokenState
from host_tools.inventory import help_desk as of_tokens
from host_tools.inventory.backup import back_up
from host_tools.inventory.desk_errors import ChangeNumberError, DailyLimitError
from host_tools.inventory.errors import ResponseFormatError
from host_tools.inventory.restoring import restore
from host_tools.inventory.schema import LoginSessionRow
from host_tools.inventory.token_rows import token_row
from host_tools.login import accounts, device_life, help_desk
from host_tools.login.activating import answer_activation, begin_activation_vouched
from host_tools.login.answering import answer_page
from host_tools.login.clock_record import accept_clock
from host_tools.login.errors import (
    BlockedUserError,
    ClosedUserError,
    DemandNotOpenError,
    ExpiredDeviceError,
    LockedUserError,
    NoDeviceError,
    PageNumberNeededError,
    UnknownDeviceError,
    UnknownUserError,
)
from host_tools.login.in_session import confirm_pin_change
from host_tools.login.pin_changes import (
    answer_pin_change,
    answer_pin_change_page,
    begin_pin_change,
    confirm_by_telephone,
)
from host_tools.login.use_errors import AnswerNeededError, NoConfirmableTokenError, TokenChoiceError

NUMBER = "12345679"


@pytest.fixture
def device(house):
    house.user()
    return house.token(alarm=True)


def begin(house, name="alice", **options):
    return begin_pin_change(house.system, name, **options)


def wrong(house, asked):
    return f"{(int(house.response(asked)) + 1) % 10**8:08}"


def answered(house, asked=None, **options):
    """What the caller's token has answered rightly, by the reference of it."""
    asked = begin(house) if asked is None else asked
    assert answer_pin_change(house.system, asked.reference, house.response(asked, **options)).accepted
    return asked.reference


def confirm(house, reference, number=NUMBER):
    return confirm_by_telephone(house.system, reference, number)


def expected(house, device, *, alarm=False, number=NUMBER):
    """What the token shows no one, and waits for, after the right PIN or the duress PIN."""
    serial = device.token.serial
    return confirmation(house.hands[serial].key(alarm=alarm), serial, number)


def events(house):
    return [entry.event for entry in house.inventory.history()]


def sessions(house):
    with house.inventory.reading() as session:
        return session.scalar(select(func.count()).select_from(LoginSessionRow))


def test_a_right_answer_to_a_fresh_challenge_has_a_change_confirmed(house, device):
    waiting = house.begin()
    asked = begin(house, "Alice")
    assert asked.challenge != waiting.challenge
    assert begin(house) == asked
    reference = answered(house, asked)
    assert confirm(house, reference, "1234 5679") == expected(house, device)
    last = house.inventory.history()[-2:]
    assert [entry.event for entry in last] == ["PIN change answer accepted", "PIN change confirmed"]
    assert {entry.detail["user"] for entry in last} == {"alice"}
    assert {entry.serial for entry in last} == {device.token.serial}


def test_no_session_opens_and_the_reference_is_good_for_nothing_else(house, device):
    ready = house.token(active=False)
    login, activation, asked = (
        house.begin(),
        begin_activation_vouched(house.system, "alice", ready.id),
        begin(house),
    )
    for other in (login, activation):
        with pytest.raises(DemandNotOpenError):
            answer_pin_change(house.system, other.reference, house.response(other))
        with pytest.raises(DemandNotOpenError):
            confirm(house, other.reference)
    response = house.response(asked)
    for work in (
        lambda: house.answer(asked, response),
        lambda: answer_activation(house.system, asked.reference, response),
    ):
        with pytest.raises(DemandNotOpenError):
            work()
    answered(house, asked)
    for work in (
        lambda: house.answer(asked, response),
        lambda: answer_pin_change(house.system, asked.reference, response),
    ):
        with pytest.raises(DemandNotOpenError):
            work()
    assert house.login().accepted
    assert sessions(house) == 1
    with pytest.raises(DemandNotOpenError):
        confirm(house, login.reference)


def test_without_a_right_answer_nothing_is_confirmed_and_the_answer_counts_once(house, device):
    asked = begin(house)
    with pytest.raises(AnswerNeededError):
        confirm(house, asked.reference)
    with pytest.raises(ResponseFormatError):
        answer_pin_change(house.system, asked.reference, "1234567")
    verdict = answer_pin_change(house.system, asked.reference, wrong(house, asked))
    assert not verdict.accepted
    with pytest.raises(DemandNotOpenError):
        answer_pin_change(house.system, asked.reference, house.response(asked))
    with pytest.raises(AnswerNeededError):
        confirm(house, asked.reference)
    assert events(house)[-1] == "PIN change answer rejected"
    for unknown in ("", "no hex", "00" * 16):
        with pytest.raises(DemandNotOpenError):
            confirm(house, unknown)
    confirm(house, answered(house))


def test_a_challenge_that_has_expired_is_answered_by_nothing(house, device, clock):
    asked = begin(house)
    clock.advance(minutes=3)
    with pytest.raises(DemandNotOpenError):
        answer_pin_change(house.system, asked.reference, house.response(asked))
    with pytest.raises(AnswerNeededError):
        confirm(house, asked.reference)
    assert begin(house).challenge != asked.challenge


def test_the_answer_is_good_for_ten_minutes(house, device, clock):
    reference = answered(house)
    clock.advance(minutes=9, seconds=59)
    confirm(house, reference)
    clock.advance(seconds=1)
    with pytest.raises(AnswerNeededError) as error:
        confirm(house, reference)
    assert error.value.lasts.total_seconds() == 600
    clock.advance(minutes=-11)
    with pytest.raises(AnswerNeededError):
        confirm(house, reference)


def test_three_are_given_a_day_by_telephone_in_sessions_and_by_serial_together(house, device, clock):
    confirm_pin_change(house.system, house.login().session, NUMBER)
    of_tokens.confirm(house.inventory, device.token.serial, NUMBER)
    reference = answered(house)
    confirm(house, reference)
    with pytest.raises(DailyLimitError):
        confirm(house, reference)
    with pytest.raises(DailyLimitError):
        confirm(house, answered(house))
    with pytest.raises(DailyLimitError):
        confirm_pin_change(house.system, house.login().session, NUMBER)
    clock.advance(days=1)
    confirm(house, answered(house))


@pytest.mark.parametrize("number", ["", "1234567", "12345678 9", "abcdefgh", "00000016"])
def test_a_number_that_no_token_draws_counts_for_nothing(house, device, number):
    reference = answered(house)
    for _ in range(4):
        with pytest.raises(ChangeNumberError):
            confirm(house, reference, number)
    confirm(house, reference)


def test_wrong_answers_lock_logins_and_wrong_logins_lock_the_desk(house, device):
    reference = answered(house)
    for _ in range(5):
        house.fail()
    for _ in range(5):
        asked = begin(house)
        answer_pin_change(house.system, asked.reference, wrong(house, asked))
    for work in (house.begin, lambda: begin(house), lambda: confirm(house, reference)):
        with pytest.raises(LockedUserError):
            work()


def test_a_right_answer_ends_the_count_of_failures_as_a_login_does(house, device):
    for _ in range(9):
        house.fail()
    answered(house)
    for _ in range(9):
        house.fail()
    assert house.login().accepted


def test_a_lock_that_comes_meanwhile_has_the_answer_refused(house, device):
    asked = begin(house)
    response = house.response(asked)
    for _ in range(10):
        house.fail()
    with pytest.raises(LockedUserError):
        answer_pin_change(house.system, asked.reference, response)


def test_challenges_that_are_left_unanswered_count_with_those_of_logins(house, device, clock):
    for _ in range(5):
        begin(house)
        house.begin()
        clock.advance(minutes=3)
    for work in (house.begin, lambda: begin(house)):
        with pytest.raises(LockedUserError):
            work()


def test_a_blocked_user_is_identified_first(house, device, clock):
    for _ in range(3):
        for _ in range(10):
            house.fail()
        clock.advance(hours=25)
    with pytest.raises(BlockedUserError):
        begin(house)
    help_desk.identify(house.system, "alice", "known voice")
    assert confirm(house, answered(house)) == expected(house, device)


def test_the_duress_pin_is_confirmed_by_its_own_key_looks_the_same_and_raises_the_alarm(house, device):
    found = []
    for alarm in (False, True):
        asked = begin(house)
        verdict = answer_pin_change(house.system, asked.reference, house.response(asked, alarm=alarm))
        digits = confirm(house, asked.reference)
        assert digits == expected(house, device, alarm=alarm)
        found.append(verdict)
    assert [one.is_alarm for one in found] == [False, True]
    assert repr(found[0]) == repr(found[1])
    assert events(house)[-4:] == [
        "PIN change answer accepted", "alarm", "PIN change confirmed", "alarm",
    ]  # fmt: skip
    assert house.inventory.history()[-1].detail["during"] == "PIN change confirmed"


def test_a_login_after_the_answer_does_not_change_the_key(house, device):
    reference = answered(house, alarm=True)
    assert house.login().accepted
    assert confirm(house, reference) == expected(house, device, alarm=True)


def test_a_token_in_mutual_mode_checks_the_page_first(house):
    house.user()
    device = house.token(is_mutual=True, alarm=True)
    hand = house.hands[device.token.serial]
    asked = begin(house)
    with pytest.raises(PageNumberNeededError):
        answer_pin_change(house.system, asked.reference, "12345678")
    hand.page_number = "123457"
    with pytest.raises(DemandNotOpenError):
        answer_page(house.system, asked.reference, "123457")
    page = answer_pin_change_page(house.system, asked.reference, "123457")
    assert hand.checks(page)
    with pytest.raises(DemandNotOpenError):
        house.answer(page.asked)
    reference = answered(house, page.asked, alarm=True)
    assert confirm(house, reference) == expected(house, device, alarm=True)


def test_whose_it_is_can_be_said_and_has_to_be_right(house, device):
    house.user("bob")
    house.token("bob")
    asked = begin(house)
    response = house.response(asked)
    for name in ("bob", "nobody", "no\0body"):
        with pytest.raises(DemandNotOpenError):
            answer_pin_change(house.system, asked.reference, response, name)
    assert answer_pin_change(house.system, asked.reference, response, "ALICE").accepted
    for name in ("bob", "nobody", "no\0body"):
        with pytest.raises(DemandNotOpenError):
            confirm_by_telephone(house.system, asked.reference, NUMBER, name)
    assert confirm_by_telephone(house.system, asked.reference, NUMBER, "Alice")


def test_the_user_has_to_be_there_and_to_have_a_token_that_can_be_confirmed(house, clock):
    with pytest.raises(UnknownUserError):
        begin(house)
    house.user()
    with pytest.raises(NoDeviceError):
        begin(house)
    house.card()
    house.token(suite="HOTP-SHA1-6")
    possession = house.token(possession_only=True)
    house.token(active=False)
    with pytest.raises(NoConfirmableTokenError):
        begin(house)
    with pytest.raises(NoConfirmableTokenError):
        begin(house, device=possession.id)
    with pytest.raises(UnknownDeviceError):
        begin(house, device=99)
    first, second = house.token(), house.token()
    with pytest.raises(TokenChoiceError) as error:
        begin(house)
    assert error.value.devices == (first.id, second.id)
    assert confirm(house, answered(house, begin(house, device=first.id))) == expected(house, first)
    accounts.close_user(house.system, "alice")
    with pytest.raises(ClosedUserError):
        begin(house)


def test_who_has_only_a_device_that_has_expired_is_told_so(house, clock):
    house.user()
    card = house.card()
    clock.advance(days=22)
    with pytest.raises(ExpiredDeviceError):
        begin(house)
    with pytest.raises(ExpiredDeviceError):
        begin(house, device=card.id)


def ends(house, device, clock, location, tmp_path):
    """What ends what an answer was good for, by its name."""

    def restored():
        back_up(house.inventory, tmp_path / "backup")
        house.close()
        restore(location, tmp_path / "backup", kept=tmp_path / "kept", now=clock)
        return House(location, clock)

    def accepted():
        clock.advance(days=-400)
        accept_clock(house.system)
        clock.advance(days=400)

    def returned():
        with house.inventory.writing() as session:
            token_row(session, device.token.serial).state = TokenState.RETURNED

    return {
        "the help desk ends sessions": lambda: help_desk.end_sessions(house.system, "alice"),
        "a new password": lambda: accounts.set_password(house.system, "alice", "correct horse battery"),
        "the device": lambda: device_life.end_device(house.system, "alice", device.id),
        "the device, taken up again": lambda: (
            device_life.end_device(house.system, "alice", device.id),
            device_life.add_token(house.system, "alice", device.token.serial, active=True),
        ),
        "the token comes back": returned,
        "the account": lambda: accounts.close_user(house.system, "alice"),
        "a restore": restored,
        "a clock that was ahead": accepted,
    }


@pytest.mark.parametrize(
    "what",
    [
        "the help desk ends sessions", "a new password", "the device", "the device, taken up again",
        "the token comes back", "the account", "a restore", "a clock that was ahead",
    ],
)  # fmt: skip
def test_what_ends_sessions_ends_what_the_answer_was_good_for(house, device, clock, location, tmp_path, what):
    reference = answered(house)
    other = ends(house, device, clock, location, tmp_path)[what]()
    after = other if isinstance(other, House) else house
    with pytest.raises(AnswerNeededError):
        confirm(after, reference)
    if after is not house:
        after.close()


def test_no_secret_is_in_the_audit_log(house, device):
    asked = begin(house)
    response = house.response(asked)
    answer_pin_change(house.system, asked.reference, response)
    digits = confirm(house, asked.reference)
    written = repr(house.inventory.history())
    for secret in (response, digits, NUMBER, asked.reference):
        assert secret not in written


def test_a_change_is_confirmed_by_telephone_in_either_kind_of_database(anywhere, clock):
    house = House(anywhere, clock)
    try:
        house.user()
        device = house.token(suite=LOGIN, alarm=True)
        reference = answered(house, alarm=True)
        assert confirm(house, reference) == expected(house, device, alarm=True)
        help_desk.end_sessions(house.system, "alice")
        with pytest.raises(AnswerNeededError):
            confirm(house, reference)
        assert sessions(house) == 0
        house.inventory.check_audit()
    finally:
        house.close()
