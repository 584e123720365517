"""The first factor at logins: a password, or one with a code behind it; what was wrong with it is never told."""

import pytest
from sqlalchemy import select

from fakes.login_house import PASSWORD
from host_tools.inventory.schema import AttemptRow
from host_tools.login import passwords
from host_tools.login.beginning import begin, begin_joined
from host_tools.login.errors import (
    LockedUserError,
    RefusedError,
)


def test_the_password_comes_first_and_what_was_wrong_is_not_told(house):
    house.user(password=PASSWORD)
    house.token()
    refusals = []
    for name, password in (("alice", "wrong"), ("nobody", PASSWORD), ("Not A Name", PASSWORD)):
        with pytest.raises(RefusedError) as error:
            house.begin_with(password, name)
        refusals.append(str(error.value))
    assert len(set(refusals)) == 1
    assert house.answer(house.begin_with(PASSWORD, "Alice")).accepted


@pytest.mark.parametrize("suite", ["HOTP-SHA1-6", "HOTP-SHA256-8"])
def test_a_plain_code_may_stand_behind_the_password(house, suite):
    house.user(password=PASSWORD)
    house.token(suite=suite)
    asked, none = begin_joined(house.system, "alice", PASSWORD)
    assert none is None
    code = house.response(asked)
    asked, behind = begin_joined(house.system, "alice", PASSWORD + code)
    assert behind == code
    assert house.answer(asked, behind).accepted


def test_a_wrong_password_with_a_right_code_behind_it_is_refused(house):
    house.user(password=PASSWORD)
    house.token(suite="HOTP-SHA1-6")
    code = house.response(house.begin())
    with pytest.raises(RefusedError):
        begin_joined(house.system, "alice", PASSWORD[:-1] + code)


def test_a_locked_login_does_not_tell_when_the_password_is_right(house):
    house.user(password=PASSWORD)
    house.token()
    for _ in range(10):
        house.fail()
    with pytest.raises(RefusedError):
        house.begin_with(PASSWORD)


def test_wrong_passwords_lock_as_wrong_responses_do(house):
    house.user(password=PASSWORD)
    house.token()
    for _ in range(10):
        with pytest.raises(RefusedError):
            house.begin_with("wrong")
    with pytest.raises(LockedUserError):
        house.begin()


def test_the_failures_of_users_that_there_are_not_leave_no_rows(house):
    house.user(password=PASSWORD)
    for name in ("nobody", "alice"):
        with pytest.raises(RefusedError):
            house.begin_with("wrong", name)
    with house.inventory.reading() as session:
        assert [row.user_id for row in session.scalars(select(AttemptRow))] == [1]


def test_a_password_is_hashed_anew_only_where_its_login_begins(house, monkeypatch):
    """Else the time that it takes would tell of a right password while the login is locked."""
    house.user(password=PASSWORD)
    house.token()
    hashed = []
    monkeypatch.setattr(passwords, "is_outdated", lambda known: True)
    monkeypatch.setattr(passwords, "hashed_anew", lambda password: hashed.append(password) or known())

    def known():
        return passwords.hashed(PASSWORD, house.system.rules().password)

    asked = house.begin_with(PASSWORD)
    assert hashed == [PASSWORD]
    assert house.answer(asked).accepted
    for _ in range(10):
        house.fail()
    with pytest.raises(RefusedError):
        house.begin_with(PASSWORD)
    assert hashed == [PASSWORD]


@pytest.mark.parametrize("begins", [begin, begin_joined])
def test_as_many_statements_are_run_for_a_user_that_there_is_is_locked_or_is_not(house, statements, begins):
    house.user(password=PASSWORD)
    house.token()
    counts = []
    for name, password in (("alice", "wrong"), ("nobody", "wrong"), ("nobody", PASSWORD)):
        with statements() as ran, pytest.raises(RefusedError):
            begins(house.system, name, password)
        counts.append(ran)
    for _ in range(9):
        house.fail()
    for password in ("wrong", PASSWORD, "wrong"):  # locked
        with statements() as ran, pytest.raises(RefusedError):
            begins(house.system, "alice", password)
        counts.append(ran)
    assert all(one == counts[0] for one in counts)
