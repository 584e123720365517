"""Whatever is wrong with name and password, the same is done: the time that it takes tells nothing."""

import pytest
from argon2 import extract_parameters
from sqlalchemy import select

from fakes.login_house import PASSWORD
from host_tools.inventory.schema import AttemptRow
from host_tools.login import accounts, passwords
from host_tools.login.beginning import begin, begin_joined
from host_tools.login.errors import RefusedError

BEGINS = pytest.mark.parametrize("begins", [begin, begin_joined])


class Witness:
    """Argon2, which notes what it had to do: with which parameters, for how many characters."""

    def __init__(self, hasher):
        self.hasher = hasher
        self.work = []

    def verify(self, known, password):
        self.work.append(("verify", extract_parameters(known), len(password)))
        return self.hasher.verify(known, password)

    def hash(self, password):
        self.work.append(("hash", len(password)))
        return self.hasher.hash(password)

    def check_needs_rehash(self, known):
        return self.hasher.check_needs_rehash(known)


@pytest.fixture
def argon2(monkeypatch):
    witness = Witness(passwords._HASHER)
    monkeypatch.setattr(passwords, "_HASHER", witness)
    return witness


def a_user(house):
    house.user(password=PASSWORD)
    house.token()


def closed(house):
    a_user(house)
    accounts.close_user(house.system, "alice")


def without_password(house):
    house.user()
    house.token()


def locked_for_a_day(house):
    a_user(house)
    for _ in range(10):
        house.fail()


def blocked(house):
    a_user(house)
    for number in range(30):
        if not number % 9:
            house.now.advance(days=1)
        house.fail()
    house.now.advance(days=1)


WRONG = PASSWORD[:-1] + "x"
REFUSED = [
    (a_user, "alice", WRONG),
    (a_user, "nobody", WRONG),
    (a_user, "nobody", PASSWORD),
    (a_user, "Not A Name", PASSWORD),
    (closed, "alice", PASSWORD),
    (closed, "alice", WRONG),
    (without_password, "alice", WRONG),
    (locked_for_a_day, "alice", PASSWORD),
    (locked_for_a_day, "alice", WRONG),
    (blocked, "alice", PASSWORD),
    (blocked, "alice", WRONG),
]


@BEGINS
@pytest.mark.parametrize(("stands", "name", "password"), REFUSED)
def test_whatever_is_refused_takes_the_work_of_a_wrong_password(
    house, statements, argon2, begins, stands, name, password
):
    stands(house)
    house.user("bob", PASSWORD)
    house.token("bob")
    done = []
    for who, typed in (("bob", WRONG), (name, password)):
        argon2.work.clear()
        with statements() as ran, pytest.raises(RefusedError):
            begins(house.system, who, typed)
        done.append((ran, list(argon2.work)))
    assert done[0] == done[1]
    assert [what for what, *_ in done[0][1]] == ["verify"] * (2 if begins is begin_joined else 1)


@BEGINS
def test_a_right_password_takes_as_much_of_argon2_as_a_wrong_one(house, argon2, begins):
    a_user(house)
    argon2.work.clear()
    begins(house.system, "alice", PASSWORD)
    right = list(argon2.work)
    argon2.work.clear()
    with pytest.raises(RefusedError):
        begins(house.system, "alice", WRONG)
    assert right == argon2.work


def test_no_more_is_hashed_than_the_longest_password_for_nobody_either(house, argon2):
    a_user(house)
    longest = house.system.rules().password.longest
    for name in ("alice", "nobody"):
        with pytest.raises(RefusedError):
            begin(house.system, name, "x" * (2 * longest))
    assert [one[-1] for one in argon2.work[-2:]] == [longest] * 2


@BEGINS
@pytest.mark.parametrize("other", ["another password, quite new", None])
def test_a_password_that_was_changed_while_it_was_judged_opens_nothing_and_counts_as_no_failure(
    house, monkeypatch, begins, other
):
    a_user(house)
    judge = passwords.is_right

    def changed_meanwhile(*given):
        verdict = judge(*given)
        accounts.set_password(house.system, "alice", other)
        return verdict

    monkeypatch.setattr(passwords, "is_right", changed_meanwhile)
    with pytest.raises(RefusedError):
        begins(house.system, "alice", PASSWORD)
    assert house.inventory.history()[-1].event == "first factor refused"
    with house.inventory.reading() as session:
        assert session.scalars(select(AttemptRow)).all() == []


def test_a_name_that_was_given_while_it_was_judged_opens_nothing(house, monkeypatch):
    def given_meanwhile(*_):
        a_user(house)
        return True

    monkeypatch.setattr(passwords, "is_right", given_meanwhile)
    with pytest.raises(RefusedError):
        begin(house.system, "alice", PASSWORD)
