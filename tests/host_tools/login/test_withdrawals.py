"""Withdrawals: by the limit of the device that was used, of all that the user has withdrawn, and each limit once."""

from datetime import UTC, datetime

import pytest

from fakes.at_once import at_once
from fakes.login_house import House
from host_tools.inventory import Inventory
from host_tools.login.errors import SessionError, UnknownUserError
from host_tools.login.limits_of import limits_of, withdrawals_of
from host_tools.login.rules.clock import Clock
from host_tools.login.rules.errors import AmountError, ClockError
from host_tools.login.rules.limits import LARGEST, Reason
from host_tools.login.system import LoginSystem
from host_tools.login.use_errors import LimitedSessionError, UnknownWithdrawalError
from host_tools.login.withdrawals import cancel, limits, none_since_backup, withdraw
from host_tools.policy import Policy
from host_tools.policy.kinds import DeviceKind

THOUSAND = 100_000  # cents
MILLION = 1000 * THOUSAND


@pytest.fixture
def by(house):
    """A session by a device of this kind, of alice's."""
    house.user()

    def by(kind, **options):
        if kind is DeviceKind.DSC:
            device = house.token(suite="HOTP-SHA1-6")
        elif kind in (DeviceKind.DSC_PLUS, DeviceKind.IB_KEY):
            device = house.token(kind=kind, alarm=True)
        else:
            device = house.other_device(kind)
        return house.session_by(device, **options)

    return by


@pytest.mark.parametrize(
    ("kind", "day", "window"),
    [
        (DeviceKind.TEMPORARY_PASSCODE, 50, 100),
        (DeviceKind.SMS, 200, 600),
        (DeviceKind.SECURITY_CODE_CARD, 200, 600),
        (DeviceKind.DSC, 1000, 1500),
    ],
)
def test_a_device_s_limits_are_used_up_by_the_day_and_by_the_window(house, clock, by, kind, day, window):
    for _ in range(window // day):
        token = by(kind)
        assert withdraw(house.system, token, day * THOUSAND).judged.allowed
        refused = withdraw(house.system, token, 1)
        assert (refused.judged.reason is None, refused.reference) == (False, None)
        clock.advance(days=1)
    rest = window % day
    left = limits(house.system, by(kind))
    assert (left.limit.window, left.left_in_window) == (window * THOUSAND, rest * THOUSAND)
    beyond = withdraw(house.system, by(kind), rest * THOUSAND + 1).judged
    assert beyond.reason is Reason.WINDOW


def test_a_token_that_answers_challenges_has_no_limit_and_what_it_withdraws_counts_for_others(house, by):
    assert withdraw(house.system, by(DeviceKind.DSC_PLUS), 5 * MILLION).judged.left is None
    assert limits(house.system, by(DeviceKind.DSC_PLUS)).left is None
    assert limits(house.system, by(DeviceKind.SMS)).left == 0
    assert not withdraw(house.system, by(DeviceKind.DSC), 1).judged.allowed


def test_what_is_left_is_what_is_left_after_it(house, by):
    token = by(DeviceKind.SMS)
    for _ in range(3):
        judged = withdraw(house.system, token, 90 * THOUSAND).judged
        left = limits(house.system, token)
        assert (judged.left_today, judged.left_in_window) == (left.left_today, left.left_in_window)
    assert (judged.allowed, judged.left_today) == (False, 20 * THOUSAND)


def test_what_others_withdraw_does_not_count(house, by):
    house.user("bob")
    bobs = house.session_by(house.other_device(DeviceKind.SMS, "bob"), "bob")
    withdraw(house.system, bobs, 200 * THOUSAND)
    assert limits(house.system, by(DeviceKind.SMS)).left == 200 * THOUSAND


@pytest.mark.parametrize(("year", "day", "window"), [(2020, 200, 600), (2021, 1000, 1000)])
def test_the_phone_s_limits_are_those_of_the_policy_of_the_day(house, clock, by, year, day, window):
    clock.time = datetime(year, 7, 1, 15, 0, tzinfo=UTC)
    left = limits(house.system, by(DeviceKind.IB_KEY))
    assert (left.left_today, left.left_in_window) == (day * THOUSAND, window * THOUSAND)


def test_a_limited_session_withdraws_nothing(house, by):
    token = by(DeviceKind.TEMPORARY_PASSCODE, limited=True)
    for work in (lambda: withdraw(house.system, token, 1), lambda: limits(house.system, token)):
        with pytest.raises(LimitedSessionError):
            work()
    assert withdrawals_of(house.system, "alice") == []


@pytest.mark.parametrize("cents", [0, -1, LARGEST + 1, 2**70])
def test_what_is_no_amount_is_none_even_without_a_limit(house, by, cents):
    with pytest.raises(AmountError):
        withdraw(house.system, by(DeviceKind.DSC_PLUS), cents)
    assert withdrawals_of(house.system, "alice") == []


def test_the_largest_amount_fits_where_there_is_no_limit(house, by):
    assert withdraw(house.system, by(DeviceKind.DSC_PLUS), LARGEST).judged.allowed
    assert withdrawals_of(house.system, "alice")[0].cents == LARGEST


def test_without_a_session_nothing_is_withdrawn(house, clock, by):
    token = by(DeviceKind.DSC_PLUS)
    clock.advance(minutes=30)
    for unknown in (token, "", "\ud800"):
        with pytest.raises(SessionError):
            withdraw(house.system, unknown, 1)


def test_the_day_with_25_hours_is_one_day(house, clock, by):
    clock.time = datetime(
        2026, 11, 1, 4, 30, tzinfo=UTC
    )  # 0:30 in New York, where the clocks go back at 2:00
    withdraw(house.system, by(DeviceKind.SMS), 200 * THOUSAND)
    clock.advance(hours=24)
    judged = withdraw(house.system, by(DeviceKind.SMS), 1).judged
    assert (judged.reason, judged.possible_at) == (Reason.DAY, datetime(2026, 11, 2, 5, tzinfo=UTC))
    clock.advance(minutes=30)
    assert withdraw(house.system, by(DeviceKind.SMS), 1).judged.allowed


def test_a_clock_on_hold_brings_no_new_day(house, clock, by):
    withdraw(house.system, by(DeviceKind.SMS), 200 * THOUSAND)
    steady = [0.0]
    held = LoginSystem(house.inventory, clock=Clock(clock, lambda: steady[0]))
    token = by(DeviceKind.SMS)
    clock.advance(days=1)
    steady[0] += 60.0
    assert limits(held, token).left == 0


def test_a_clock_that_the_policy_refuses_to_follow_withdraws_nothing(location, clock, tmp_path):
    override = tmp_path / "policy.toml"
    override.write_text('[[policy]]\neffective = 2020-01-01\n[policy.clock]\nahead = "refuse"\n')
    house = House(location, clock)
    house.user()
    token = house.session_by(house.token())
    house.close()
    with Inventory.open(location, now=clock, policy=Policy.load(override)) as inventory:
        system = LoginSystem(inventory, clock=Clock(clock, lambda: 0.0))
        clock.advance(minutes=1)
        with pytest.raises(ClockError):
            withdraw(system, token, 1)


def test_a_clock_that_went_back_has_not_given_the_limit_back(house, clock, by):
    withdraw(house.system, by(DeviceKind.SMS), 200 * THOUSAND)
    clock.advance(days=-1)
    assert limits(house.system, by(DeviceKind.SMS)).left == 0


def test_one_that_was_cancelled_counts_no_more(house, by):
    token = by(DeviceKind.SMS)
    reference = withdraw(house.system, token, 200 * THOUSAND).reference
    cancel(house.system, reference)
    assert withdraw(house.system, token, 200 * THOUSAND).judged.allowed
    for unknown in (reference, "", "no hex", "00" * 16):
        with pytest.raises(UnknownWithdrawalError):
            cancel(house.system, unknown)
    assert len(withdrawals_of(house.system, "alice")) == 1


def test_the_duress_pin_s_session_is_answered_the_same_and_the_operator_is_told(house, by):
    quiet, loud = (by(DeviceKind.DSC, alarm=alarm) for alarm in (False, True))
    first, second = (withdraw(house.system, token, 1) for token in (quiet, loud))
    assert first.judged.left - 1 == second.judged.left
    assert [field for field in dir(first) if "alarm" in field] == []
    withdraw(house.system, loud, 2 * MILLION)
    assert [one.is_alarm for one in withdrawals_of(house.system, "alice")] == [False, True]
    last = house.inventory.history()[-5:]
    assert [entry.event for entry in last] == [
        "withdrawal allowed",
        "withdrawal allowed",
        "alarm",
        "withdrawal refused",
        "alarm",
    ]
    assert last[2].detail["during"] == "withdrawal allowed"
    assert last[2].detail["withdrawal"] == second.reference


def test_the_operator_sees_what_is_left_by_each_device_in_use(house, by):
    by(DeviceKind.DSC_PLUS), by(DeviceKind.DSC_PLUS)
    withdraw(house.system, by(DeviceKind.SMS), 60 * THOUSAND)
    found = limits_of(house.system, "Alice")
    assert [(one.kind, one.left) for one in found] == [
        (None, 0),
        (DeviceKind.DSC_PLUS, None),
        (DeviceKind.SMS, 140 * THOUSAND),
    ]
    assert found[0].left_in_window == 40 * THOUSAND
    with pytest.raises(UnknownUserError):
        limits_of(house.system, "no\0body")


def test_without_a_restore_nothing_is_unknown(house, by):
    withdraw(house.system, by(DeviceKind.SMS), THOUSAND)
    assert none_since_backup(house.system) == 0
    assert limits(house.system, by(DeviceKind.SMS)).left_today == 199 * THOUSAND


def test_threads_use_a_limit_up_once_in_either_kind_of_database(anywhere, clock):
    house = House(anywhere, clock)
    try:
        house.user()
        token = house.session_by(house.other_device(DeviceKind.SMS))
        verdicts = []
        at_once(
            lambda _: verdicts.append(withdraw(house.system, token, 60 * THOUSAND).judged.allowed), range(8)
        )
        assert sorted(verdicts) == [False] * 5 + [True] * 3
        made = withdrawals_of(house.system, "alice")
        assert [one.cents for one in made] == [60 * THOUSAND] * 3
        house.inventory.check_audit()
    finally:
        house.close()
