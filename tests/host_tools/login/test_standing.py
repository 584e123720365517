"""What locks and blocks: ten failures in a day lock until a day after the last, thirty without a success block."""

from datetime import timedelta

import pytest

from host_tools.inventory import NewCredential
from host_tools.login import device_life
from host_tools.login.errors import (
    BlockedUserError,
    LockedUserError,
)


def test_ten_failures_in_a_day_lock_until_a_day_after_the_last(house, clock):
    house.user()
    house.token()
    for _ in range(9):
        assert not house.fail().accepted
        clock.advance(hours=2)
    house.fail()
    clock.advance(hours=23, minutes=59)
    with pytest.raises(LockedUserError) as error:
        house.begin()
    assert error.value.until - clock() == timedelta(minutes=1)
    clock.advance(minutes=1)
    assert house.login().accepted


def test_failures_of_several_devices_count_for_the_user_together(house):
    house.user()
    first, second = house.token(), house.token()
    for device in [first, second] * 5:
        asked = house.begin(device=device.id)
        right = house.response(asked)
        house.answer(asked, f"{(int(right) + 1) % 10**8:08}")
    for device in (first, second):
        with pytest.raises(LockedUserError):
            house.begin(device=device.id)


def test_a_lock_refuses_the_answer_to_what_was_asked_before(house):
    house.user()
    first, second = house.token(), house.token()
    waiting = house.begin(device=first.id)
    for _ in range(10):
        asked = house.begin(device=second.id)
        right = house.response(asked)
        house.answer(asked, f"{(int(right) + 1) % 10**8:08}")
    with pytest.raises(LockedUserError):
        house.answer(waiting)


def test_ten_challenges_left_unanswered_in_a_day_count_as_failures(house, clock):
    house.user()
    house.token()
    for _ in range(10):
        house.begin()
        clock.advance(minutes=3)
    with pytest.raises(LockedUserError):
        house.begin()


def test_thirty_failures_without_a_success_block_until_the_user_was_identified(house, clock):
    house.user()
    house.token()
    for _ in range(3):
        for _ in range(10):
            house.fail()
        clock.advance(days=1)
    with pytest.raises(BlockedUserError):
        house.begin()


def test_failures_with_one_token_do_not_block_another_one(house, clock):
    house.user()
    often, seldom = house.token(), house.token()
    for _ in range(2):
        for _ in range(9):
            fail_with(house, often)
        assert house.answer(house.begin(device=seldom.id)).accepted
    for _ in range(9):
        fail_with(house, seldom)
    clock.advance(days=1)
    for _ in range(3):
        fail_with(house, often)
    assert house.answer(house.begin(device=often.id)).accepted


def test_a_device_that_fails_thirty_times_is_blocked_though_another_one_succeeds(house):
    house.user()
    often, seldom = house.token(), house.token()
    for _ in range(10):
        for _ in range(3):
            fail_with(house, often)
        assert house.answer(house.begin(device=seldom.id)).accepted
    with pytest.raises(BlockedUserError):
        house.begin(device=often.id)
    assert house.answer(house.begin(device=seldom.id)).accepted


def test_what_a_device_left_unanswered_counts_for_it_though_another_one_succeeds(house, clock):
    house.user()
    silent, used = house.token(), house.token()
    for _ in range(3):
        for _ in range(10):
            house.begin(device=silent.id)
            clock.advance(minutes=3)
        clock.advance(days=1)
        assert house.answer(house.begin(device=used.id)).accepted
    with pytest.raises(BlockedUserError):
        house.begin(device=silent.id)


def test_what_two_users_of_one_token_leave_unanswered_blocks_it_for_both(house, clock):
    ids = [bytes([number]) * 16 for number in (7, 8)]
    new = [NewCredential(id=one, label=f"Login {one[0]}", key=bytearray(32)) for one in ids]
    house.inventory.record_in_doubt("DS-9", board="b", uid=b"u", firmware_version="0", credentials=new)
    house.inventory.mark_sealed("DS-9")
    for name, one in zip(("alice", "bob"), ids, strict=True):
        house.user(name)
        device_life.add_token(house.system, name, "DS-9", one, active=True)
    other = house.token(active=True)
    for times in (9, 6):
        for _ in range(times):
            for name, number in (("alice", 1), ("bob", 2)):
                house.begin(name, device=number)
            clock.advance(minutes=3)
        clock.advance(days=1)
    for name, number in (("alice", 1), ("bob", 2)):
        with pytest.raises(BlockedUserError):
            house.begin(name, device=number)
    assert house.begin(device=other.id)


def fail_with(house, device):
    asked = house.begin(device=device.id)
    right = house.response(asked)
    assert not house.answer(asked, f"{(int(right) + 1) % 10**8:08}").accepted


def test_a_success_ends_the_count(house):
    house.user()
    house.token()
    for _ in range(4):
        for _ in range(9):
            house.fail()
        assert house.login().accepted
