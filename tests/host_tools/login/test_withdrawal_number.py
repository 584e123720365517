"""So many withdrawals a user may ask for on one day, allowed and refused; whoever asks for more is told until when."""

from datetime import UTC, datetime, timedelta

import pytest

from fakes.at_once import at_once
from fakes.login_house import House
from host_tools.login.limits_of import withdrawals_of
from host_tools.login.rules.errors import AmountError
from host_tools.login.use_errors import IdempotencyKeyUsedError, TooManyWithdrawalsError
from host_tools.login.withdrawals import cancel, limits, withdraw
from host_tools.policy import Policy
from host_tools.policy.kinds import DeviceKind

MOST = 4
BEYOND = 10**12  # cents: more than any limit
KEYS = [f"order-000000000{number}" for number in range(9)]


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text(f"[[policy]]\neffective = 2020-01-01\n[policy.withdrawals]\nnumber_a_day = {MOST}\n")
    return Policy.load(path)


@pytest.fixture
def house(location, clock, policy):
    opened = House(location, clock, policy)
    opened.user()
    yield opened
    opened.close()


@pytest.fixture
def token(house):
    return house.session_by(house.other_device(DeviceKind.SMS))


def refused(house, token, cents=1, key=None):
    with pytest.raises(TooManyWithdrawalsError) as error:
        withdraw(house.system, token, cents, key)
    return error.value


def test_allowed_and_refused_ones_count_together_and_no_more_is_judged_that_day(house, clock, token):
    for cents in (1, BEYOND) * (MOST // 2):
        withdraw(house.system, token, cents)
    before = len(house.inventory.history())
    error = refused(house, token)
    midnight = datetime(2026, 11, 24, 5, tzinfo=UTC)  # in New York
    assert (error.most, error.until, error.wait) == (MOST, midnight, midnight - clock())
    assert str(error) == (
        "4 withdrawals were asked for today, and no more can be; the next one at 2026-11-24 05:00 UTC"
    )
    assert len(house.inventory.history()) == before
    assert len(withdrawals_of(house.system, "alice")) == MOST // 2


def test_the_next_day_begins_anew_at_the_time_that_was_told(house, clock):
    for _ in range(2):
        token = house.session_by(house.other_device(DeviceKind.SMS))
        for _ in range(MOST):
            assert withdraw(house.system, token, 1).judged.allowed
        wait = refused(house, token).wait
        clock.advance(seconds=wait.total_seconds() - 1)
        refused(house, house.session_by(house.other_device(DeviceKind.SMS)))
        clock.advance(seconds=1)


def test_a_device_without_a_limit_has_this_one(house):
    token = house.session_by(house.token())
    for _ in range(MOST):
        withdraw(house.system, token, 1)
    refused(house, token)


def test_all_devices_and_sessions_of_a_user_are_counted_together_and_nobody_else_s(house, token):
    house.user("bob")
    for number in range(MOST):
        withdraw(house.system, token if number % 2 else house.session_by(house.token()), 1)
        token = house.session_by(house.other_device(DeviceKind.SMS))
    refused(house, token)
    bobs = house.session_by(house.other_device(DeviceKind.SMS, "bob"), "bob")
    assert withdraw(house.system, bobs, 1).judged.allowed


def test_who_asks_again_is_told_the_same_and_counts_once_also_when_no_new_one_is_judged(house, token):
    first = [withdraw(house.system, token, cents, key) for cents, key in zip((1, BEYOND), KEYS, strict=False)]
    for _ in range(MOST):
        assert [withdraw(house.system, token, c, k) for c, k in ((1, KEYS[0]), (BEYOND, KEYS[1]))] == first
    for key in KEYS[2:MOST]:
        withdraw(house.system, token, 1, key)
    refused(house, token, key=KEYS[MOST])
    assert withdraw(house.system, token, 1, KEYS[0]) == first[0]
    with pytest.raises(IdempotencyKeyUsedError):
        withdraw(house.system, token, 2, KEYS[0])


def test_the_key_of_one_that_was_not_judged_is_free(house, clock, token):
    for _ in range(MOST):
        withdraw(house.system, token, 1)
    refused(house, token, key=KEYS[0])
    clock.advance(days=1)
    token = house.session_by(house.other_device(DeviceKind.SMS))
    assert withdraw(house.system, token, 2, KEYS[0]).judged.allowed


def test_what_is_no_amount_does_not_count(house, token):
    for _ in range(MOST + 1):
        with pytest.raises(AmountError):
            withdraw(house.system, token, 0)
    for _ in range(MOST):
        withdraw(house.system, token, 1)


def test_one_that_was_cancelled_was_asked_for(house, token):
    for _ in range(MOST):
        cancel(house.system, withdraw(house.system, token, 1).reference)
    refused(house, token)


def test_it_is_the_same_under_duress(house):
    device = house.token(alarm=True)
    quiet, loud = (house.session_by(device, alarm=alarm) for alarm in (False, True))
    for number in range(MOST):
        withdraw(house.system, loud if number % 2 else quiet, 1)
    assert vars(refused(house, quiet)) == vars(refused(house, loud))


def test_what_is_left_can_be_looked_at(house, token):
    for _ in range(MOST):
        withdraw(house.system, token, 1)
    refused(house, token)
    assert limits(house.system, token).left == 20_000_000 - MOST


def test_of_threads_so_many_are_judged_in_either_kind_of_database(anywhere, clock, policy):
    house = House(anywhere, clock, policy)
    try:
        house.user()
        token = house.session_by(house.token())
        told = []

        def ask(_):
            try:
                told.append(withdraw(house.system, token, 1).judged.allowed)
            except TooManyWithdrawalsError as error:
                told.append(error.wait == timedelta(hours=17))

        at_once(ask, range(3 * MOST))
        assert told == [True] * 3 * MOST
        assert len(withdrawals_of(house.system, "alice")) == MOST
        house.inventory.check_audit()
    finally:
        house.close()
