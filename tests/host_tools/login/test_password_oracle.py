"""Whether a password is right is told to nobody while what would be asked for next is locked or blocked."""

import pytest
from argon2 import PasswordHasher

from fakes.login_house import PASSWORD
from host_tools.inventory import asking, help_desk
from host_tools.inventory.desk_errors import WrongResponseError
from host_tools.inventory.schema import AttemptRow, table_of
from host_tools.login import beginning, passwords
from host_tools.login.errors import BlockedUserError, LockedUserError, RefusedError
from host_tools.login.overview import overview


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """Argon2 with its least memory: how a password is kept is not what these tests are about."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", hasher)
    monkeypatch.setattr(passwords, "_NOBODYS", hasher.hash("nobody's"))


@pytest.fixture
def locked(house):
    """Ten wrong answers at the help desk have locked alice's token; her login has no failure of its own."""
    house.user(password=PASSWORD)
    house.token()
    for _ in range(10):
        asking.ask(house.inventory, "DS-1")
        with pytest.raises(WrongResponseError):
            help_desk.authenticate(house.inventory, "DS-1", "00000000")
    return house


@pytest.fixture
def blocked(house, clock):
    """Thirty wrong answers have blocked one token of alice's; her other one keeps her login open."""
    house.user(password=PASSWORD)
    other, device = house.token(), house.token()
    for number in range(30):
        asked = house.begin(device=device.id)
        right = house.response(asked)
        house.answer(asked, f"{(int(right) + 1) % 10**8:08}")
        if number % 5 == 4:
            assert house.answer(house.begin(device=other.id)).accepted
            clock.advance(hours=25)
    return house


@pytest.mark.parametrize("begins", [beginning.begin, beginning.begin_joined])
@pytest.mark.parametrize(("closed", "vouched"), [("locked", LockedUserError), ("blocked", BlockedUserError)])
def test_a_right_password_and_a_wrong_one_are_one_answer(request, begins, closed, vouched):
    house = request.getfixturevalue(closed)
    answers = []
    for password in ("wrong password here", PASSWORD):
        with pytest.raises(RefusedError) as error:
            begins(house.system, "alice", password)
        answers.append((str(error.value), house.inventory.history()[-1].event))
    assert answers[0] == answers[1]
    # Whoever has judged the first factor himself is told what is the matter.
    with pytest.raises(vouched):
        house.begin()


def test_the_right_password_is_no_failure_while_the_token_is_locked(locked):
    for _ in range(12):
        with pytest.raises(RefusedError):
            locked.begin_with(PASSWORD)
    with locked.inventory.reading() as session:
        of_user = [row for row in session.execute(table_of(AttemptRow).select()) if row.user_id is not None]
    assert of_user == []
    assert overview(locked.system, "alice").standing.locked_until is None


def test_another_device_that_is_open_is_asked_for_by_its_number(blocked):
    asked = beginning.begin(blocked.system, "alice", PASSWORD, 1)
    assert blocked.answer(asked).accepted
