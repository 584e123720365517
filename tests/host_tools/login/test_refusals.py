"""Refusals of the first factor in the audit log: all that count, and of the others so many that no disk is filled."""

from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from fakes.login_house import PASSWORD, House
from host_tools.login import refusing
from host_tools.login.errors import RefusedError


@pytest.fixture
def house(anywhere, clock):
    house = House(anywhere, clock)
    house.user(password=PASSWORD)
    house.token()
    yield house
    house.close()


def refuse(house, times, name="alice", password="wrong"):
    for _ in range(times):
        with pytest.raises(RefusedError):
            house.begin_with(password, name)


def told(house):
    """Of whom refusals are on record, and how many each entry stands for."""
    entries = [one for one in house.inventory.history() if one.event == "first factor refused"]
    return [(one.detail["user"], one.detail.get("times", 1)) for one in entries]


def test_each_that_counts_is_told_and_while_the_login_is_locked_one(house):
    refuse(house, 10)
    assert told(house) == [("alice", 1)] * 10
    refuse(house, 5)
    refuse(house, 5, password=PASSWORD)
    assert told(house) == [("alice", 1)] * 11
    house.inventory.check_audit()


def test_of_users_that_there_are_not_one_is_told(house):
    refuse(house, 3, "nobody")
    refuse(house, 3, "somebody", PASSWORD)
    assert told(house) == [(None, 1)]


def test_the_next_one_tells_how_many_there_were(house, clock):
    refuse(house, 4, "nobody")
    clock.advance(hours=23, minutes=59)
    refuse(house, 1, "nobody")
    clock.advance(minutes=1)
    refuse(house, 2, "nobody")
    assert told(house) == [(None, 1), (None, 5)]


def test_what_was_only_counted_is_told_when_its_time_is_over_though_nobody_tries_again(house, clock):
    refuse(house, 12)
    refuse(house, 3, "nobody")
    before = told(house)
    refusing.tell(house.system)
    assert told(house) == before
    clock.advance(days=1)
    refusing.tell(house.system)
    refusing.tell(house.system)
    assert told(house)[len(before) :] == [("alice", 1), (None, 2)]
    house.inventory.check_audit()


def test_at_the_end_all_are_told(house):
    refuse(house, 3, "nobody")
    refusing.tell(house.system, at_end=True)
    refusing.tell(house.system, at_end=True)
    assert told(house) == [(None, 1), (None, 2)]


def test_one_that_is_only_counted_is_as_much_work_as_one_that_is_told(house, statements):
    ran = []
    for _ in range(2):
        with statements() as one:
            refuse(house, 1, "nobody")
        ran.append(one)
    assert told(house) == [(None, 1)]
    assert ran[0] == ran[1]
    assert any("INSERT INTO audit_log" in one for one in ran[1])


def test_a_login_that_is_open_again_is_told_at_once(house, clock):
    refuse(house, 11)
    clock.advance(days=1)
    refuse(house, 1)
    assert told(house) == [("alice", 1)] * 12


@pytest.fixture(params=["do_execute", "commit"])
def full_disk(request):
    """Under this nothing is written: what is to be, is refused at once, or at the end of the transaction."""

    def fail(*arguments):
        if request.param == "commit" or "INSERT INTO audit_log" in str(arguments[1]):
            raise OSError("no space left on device")

    @contextmanager
    def full_disk():
        event.listen(Engine, request.param, fail)
        try:
            with pytest.raises(OSError, match="no space"):
                yield
        finally:
            event.remove(Engine, request.param, fail)

    return full_disk


def test_the_next_one_is_told_if_the_first_one_could_not_be_written(house, full_disk):
    with full_disk():
        house.begin_with("wrong", "nobody")
    refuse(house, 3, "nobody")
    assert told(house) == [(None, 1)]
    refusing.tell(house.system, at_end=True)
    assert told(house) == [(None, 1), (None, 2)]


def test_nor_are_those_lost_that_it_was_to_stand_for(house, clock, full_disk):
    refuse(house, 4, "nobody")
    clock.advance(days=1)
    with full_disk():
        house.begin_with("wrong", "nobody")
    refuse(house, 2, "nobody")
    assert told(house) == [(None, 1), (None, 4)]


@pytest.mark.parametrize("at_end", [False, True])
def test_what_could_not_be_told_is_told_the_next_time(house, clock, full_disk, at_end):
    refuse(house, 3, "nobody")
    clock.advance(days=1)
    with full_disk():
        refusing.tell(house.system, at_end=at_end)
    refusing.tell(house.system)
    refusing.tell(house.system)
    assert told(house) == [(None, 1), (None, 2)]


def test_a_clock_that_was_set_back_hides_none(house, clock):
    refuse(house, 1, "nobody")
    clock.advance(days=-1)
    refuse(house, 1, "nobody")
    assert told(house) == [(None, 1)] * 2
