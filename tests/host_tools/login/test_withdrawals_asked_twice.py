"""A withdrawal whose answer was lost is asked for again with the same key: it is told the same, and counts once."""

import pytest

from fakes.at_once import at_once
from host_tools.login import accounts
from host_tools.login.errors import SessionError
from host_tools.login.limits_of import limits_of, withdrawals_of
from host_tools.login.rules.errors import AmountError
from host_tools.login.rules.limits import LARGEST, Reason
from host_tools.login.use_errors import (
    CancelledWithdrawalError,
    IdempotencyKeyError,
    IdempotencyKeyUsedError,
    LimitedSessionError,
)
from host_tools.login.withdrawals import cancel, limits, withdraw
from host_tools.policy.kinds import DeviceKind

THOUSAND = 100_000  # cents
KEY, OTHER = "order-0000000001", "order-0000000002"


@pytest.fixture
def token(house):
    """A session of alice's, by text message: 200,000 a day, 600,000 in the window."""
    house.user()
    return house.session_by(house.other_device(DeviceKind.SMS))


def events(house):
    return [entry.event for entry in house.inventory.history() if "withdrawal" in entry.event]


def made(house, name="alice"):
    return [(one.cents, one.idempotency_key) for one in withdrawals_of(house.system, name)]


def test_the_same_key_is_told_the_first_answer_and_counts_once(house, token):
    first = withdraw(house.system, token, 60 * THOUSAND, KEY)
    assert (first.judged.allowed, first.judged.left_today) == (True, 140 * THOUSAND)
    withdraw(house.system, token, 60 * THOUSAND, OTHER)
    assert withdraw(house.system, token, 60 * THOUSAND, KEY) == first
    assert limits(house.system, token).left == 80 * THOUSAND
    assert made(house) == [(60 * THOUSAND, KEY), (60 * THOUSAND, OTHER)]
    assert events(house) == ["withdrawal allowed", "withdrawal allowed", "withdrawal answered again"]
    assert house.inventory.history()[-1].detail["withdrawal"] == first.reference


def test_without_a_key_each_is_a_withdrawal_of_its_own(house, token):
    first, second = (withdraw(house.system, token, 60 * THOUSAND).reference for _ in range(2))
    assert first != second
    assert made(house) == [(60 * THOUSAND, None)] * 2


def test_what_has_used_the_limit_up_is_not_refused_when_asked_again(house, token):
    first = withdraw(house.system, token, 200 * THOUSAND, KEY)
    assert withdraw(house.system, token, 200 * THOUSAND, KEY) == first
    assert first.judged.allowed
    assert withdraw(house.system, token, 200 * THOUSAND, OTHER).judged.reason is Reason.DAY


def test_what_was_refused_stays_refused_on_another_day_and_another_key_is_judged_anew(house, clock, token):
    withdraw(house.system, token, 200 * THOUSAND, OTHER)
    first = withdraw(house.system, token, 200 * THOUSAND, KEY)
    assert (first.judged.reason, first.reference) == (Reason.DAY, None)
    assert first.judged.possible_at is not None
    clock.advance(days=1)
    later = house.session_by(house.other_device(DeviceKind.SMS))
    assert withdraw(house.system, later, 200 * THOUSAND, KEY) == first
    assert withdraw(house.system, later, 200 * THOUSAND, "order-0000000003").judged.allowed
    assert len(made(house)) == 2


@pytest.mark.parametrize("kind", [DeviceKind.SMS, DeviceKind.DSC_PLUS])
def test_another_session_of_the_same_user_is_told_it_too(house, clock, token, kind):
    first = withdraw(house.system, token, 60 * THOUSAND, KEY)
    clock.advance(hours=20)
    with pytest.raises(SessionError):
        withdraw(house.system, token, 60 * THOUSAND, KEY)
    device = house.token() if kind is DeviceKind.DSC_PLUS else house.other_device(kind)
    assert withdraw(house.system, house.session_by(device), 60 * THOUSAND, KEY) == first
    assert len(made(house)) == 1


@pytest.mark.parametrize("allowed", [True, False])
def test_another_amount_is_refused_and_counts_for_nothing(house, token, allowed):
    cents = 60 * THOUSAND if allowed else 999 * THOUSAND
    first = withdraw(house.system, token, cents, KEY)
    for other in (cents - 1, cents + 1, 0):
        with pytest.raises(IdempotencyKeyUsedError) as error:
            withdraw(house.system, token, other, KEY)
        assert error.value.differs == "amount"
    assert withdraw(house.system, token, cents, KEY) == first
    assert len(made(house)) == allowed


def test_another_user_s_key_is_refused_and_counts_for_nobody(house, token):
    house.user("bob")
    bobs = house.session_by(house.other_device(DeviceKind.SMS, "bob"), "bob")
    first = withdraw(house.system, token, 60 * THOUSAND, KEY)
    for cents in (60 * THOUSAND, 1):
        with pytest.raises(IdempotencyKeyUsedError) as error:
            withdraw(house.system, bobs, cents, KEY)
        assert error.value.differs == "user"
    assert made(house, "bob") == []
    assert withdraw(house.system, token, 60 * THOUSAND, KEY) == first


def test_one_that_was_cancelled_is_neither_allowed_again_nor_counted(house, token):
    first = withdraw(house.system, token, 200 * THOUSAND, KEY)
    cancel(house.system, first.reference)
    for _ in range(2):
        with pytest.raises(CancelledWithdrawalError) as error:
            withdraw(house.system, token, 200 * THOUSAND, KEY)
        assert error.value.reference == first.reference
    assert made(house) == []
    assert withdraw(house.system, token, 200 * THOUSAND, OTHER).judged.allowed
    with pytest.raises(CancelledWithdrawalError):
        withdraw(house.system, token, 200 * THOUSAND, KEY)


def test_what_is_no_amount_leaves_the_key_as_it_was(house, token):
    with pytest.raises(AmountError):
        withdraw(house.system, token, 0, KEY)
    assert withdraw(house.system, token, 1, KEY).judged.allowed


def test_a_limited_session_is_told_nothing_again(house, token):
    withdraw(house.system, token, 1, KEY)
    limited = house.session_by(house.other_device(DeviceKind.TEMPORARY_PASSCODE), limited=True)
    with pytest.raises(LimitedSessionError):
        withdraw(house.system, limited, 1, KEY)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "a" * 15,
        "a" * 65,
        "a" * 16 + "\n",
        "order 0000000001",
        "ördér-00000000001",
        "\0" * 16,
        "\ud800" * 16,
    ],
)
def test_what_is_no_key_is_refused_before_anything_is_asked(house, token, key):
    with pytest.raises(IdempotencyKeyError):
        withdraw(house.system, token, 1, key)
    assert made(house) == []


def test_keys_of_all_lengths_and_characters_are_kept_apart(house, token):
    keys = ["a" * 16, "A" * 16, "a" * 17, "a" * 64, "-_09-_09-_09-_09"]
    told = [withdraw(house.system, token, 1, key) for key in keys]
    assert [withdraw(house.system, token, 1, key) for key in keys] == told
    assert made(house) == [(1, key) for key in keys]


def test_the_duress_pin_s_session_is_told_the_same_again_and_the_operator_is_told_both_times(house):
    house.user()
    device = house.token(alarm=True)
    quiet, loud = (house.session_by(device, alarm=alarm) for alarm in (False, True))
    first = withdraw(house.system, quiet, 1, KEY)
    assert withdraw(house.system, loud, 1, KEY) == first
    last = house.inventory.history()[-2:]
    assert [entry.event for entry in last] == ["withdrawal answered again", "alarm"]
    assert last[1].detail["during"] == "withdrawal answered again"


def test_all_of_that_in_either_kind_of_database(housed, clock):
    token = housed.session_by(housed.other_device(DeviceKind.SMS))
    first = withdraw(housed.system, token, 200 * THOUSAND, KEY)
    refused = withdraw(housed.system, token, 1, OTHER)
    assert withdraw(housed.system, token, 200 * THOUSAND, KEY) == first
    assert withdraw(housed.system, token, 1, OTHER) == refused
    with pytest.raises(IdempotencyKeyUsedError):
        withdraw(housed.system, token, 1, KEY)
    token = housed.session_by(housed.token())  # which ends the messages
    withdraw(housed.system, token, LARGEST, KEY.upper())
    assert made(housed) == [(200 * THOUSAND, KEY), (LARGEST, KEY.upper())]
    cancel(housed.system, first.reference)
    with pytest.raises(CancelledWithdrawalError):
        withdraw(housed.system, token, 200 * THOUSAND, KEY)
    housed.inventory.check_audit()


def test_threads_with_one_key_are_all_told_the_same_in_either_kind_of_database(housed):
    token = housed.session_by(housed.other_device(DeviceKind.SMS))
    told = []
    at_once(lambda _: told.append(withdraw(housed.system, token, 60 * THOUSAND, KEY)), range(8))
    assert told == [told[0]] * 8
    assert told[0].judged.allowed
    assert len(made(housed)) == 1


def test_a_closed_account_s_keys_are_not_free(house, token):
    withdraw(house.system, token, 1, KEY)
    accounts.close_user(house.system, "alice")
    house.user("bob")
    bobs = house.session_by(house.other_device(DeviceKind.SMS, "bob"), "bob")
    with pytest.raises(IdempotencyKeyUsedError):
        withdraw(house.system, bobs, 1, KEY)
    assert limits_of(house.system, "bob")[1].left == 200 * THOUSAND
