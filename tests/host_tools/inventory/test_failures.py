"""What counts against a credential and its token: ten in a row, thirty in all, challenges that nobody answered."""

import pytest

from host_tools.inventory import NewCredential, failures
from host_tools.inventory.desk_errors import BlockedError, LockedError
from host_tools.inventory.schema import CredentialRow
from host_tools.inventory.token_rows import credential_row
from host_tools.inventory.verify import issue_challenge


def count(inventory, *outcomes, serial="DS-1001", credential=None):
    for success in outcomes:
        with inventory.writing() as session:
            row = credential_row(session, inventory.credential(serial, credential))
            failures.count(session, row, inventory.now(), success=success)


def refuse(inventory, serial="DS-1001"):
    with inventory.reading() as session:
        failures.refuse(
            inventory,
            session,
            credential_row(session, inventory.credential(serial)),
            inventory.now(),
        )


def identified(inventory, serial="DS-1001", credential=None):
    with inventory.writing() as session:
        row = credential_row(session, inventory.credential(serial, credential))
        failures.identified(session, row, inventory.now())


def test_a_success_begins_the_count_anew(inventory, seal):
    seal()
    count(inventory, *[False] * 9, True, *[False] * 9)
    refuse(inventory)
    count(inventory, False)
    with pytest.raises(LockedError, match="10 failures in a row, until 2026-11-24 12:00 UTC"):
        refuse(inventory)


def test_one_credential_s_lock_is_not_another_s(inventory, seal):
    seal()
    seal("DS-1002", 2)
    count(inventory, *[False] * 10)
    refuse(inventory, "DS-1002")


def test_thirty_failures_without_a_success_block_until_the_user_was_identified(inventory, seal, clock):
    seal()
    for _ in range(29):
        clock.advance(hours=9)
        count(inventory, False)
        refuse(inventory)
    clock.advance(hours=9)
    count(inventory, False)
    with pytest.raises(BlockedError, match="30 failures without a success"):
        refuse(inventory)
    clock.advance(days=1000)
    with pytest.raises(BlockedError):
        refuse(inventory)
    identified(inventory)
    refuse(inventory)


def test_identification_does_not_end_a_lock(inventory, seal):
    seal()
    count(inventory, *[False] * 10)
    identified(inventory)
    with pytest.raises(LockedError):
        refuse(inventory)


def test_a_token_s_credentials_share_the_thirty(inventory, seal, clock):
    new = [
        NewCredential(id=bytes([place]) * 16, label=label, key=bytearray(bytes([place]) * 32))
        for place, label in ((1, "Login"), (2, "Mail"))
    ]
    inventory.record_in_doubt("DS-1001", board="b", uid=b"u", firmware_version="0", credentials=new)
    for turn in range(30):
        with inventory.reading() as session:
            credential = inventory.credential("DS-1001", "Mail")
            failures.refuse(inventory, session, credential_row(session, credential), inventory.now())
        count(inventory, False, credential=("Login", "Mail")[turn % 2])
        clock.advance(hours=9)
    with inventory.reading() as session:
        row = credential_row(session, inventory.credential("DS-1001", "Mail"))
        with pytest.raises(BlockedError):
            failures.refuse(inventory, session, row, inventory.now())
    count(inventory, True, credential="Login")
    with inventory.reading() as session:
        row = credential_row(session, inventory.credential("DS-1001", "Mail"))
        assert failures.standing(inventory, session, row, inventory.now()).token_failures == 0


@pytest.fixture
def door_and_login(inventory):
    """A token with a credential that needs no PIN, and one that does."""
    new = [
        NewCredential(id=bytes([1]) * 16, label="Door", key=bytearray(32), possession_only=True),
        NewCredential(id=bytes([2]) * 16, label="Login", key=bytearray(range(32)), possession_only=False),
    ]
    inventory.record_in_doubt("DS-1001", board="b", uid=b"u", firmware_version="0", credentials=new)


def standing(inventory, credential):
    with inventory.reading() as session:
        row = credential_row(session, inventory.credential("DS-1001", credential))
        return failures.standing(inventory, session, row, inventory.now())


def test_a_success_without_a_pin_is_none_for_who_guesses_pins(inventory, door_and_login, clock):
    """A thief shows two codes of the credential without a PIN whenever he likes."""
    for _ in range(5):
        count(inventory, *[False] * 6, credential="Login")
        count(inventory, True, credential="Door")
        clock.advance(hours=25)
    assert standing(inventory, "Login").blocked
    assert standing(inventory, "Door").blocked
    identified(inventory, credential="Door")
    count(inventory, True, credential="Door")
    assert standing(inventory, "Login").token_failures == 0


def test_it_ends_the_count_of_its_own_failures(inventory, door_and_login):
    count(inventory, *[False] * 5, credential="Login")
    count(inventory, *[False] * 5, True, credential="Door")
    assert standing(inventory, "Door").token_failures == 5
    count(inventory, *[False] * 2, credential="Door")
    count(inventory, True, credential="Login")
    assert standing(inventory, "Door").token_failures == 0


def test_ten_challenges_that_nobody_answered_lock_as_ten_failures(inventory, seal, clock):
    seal()
    for _ in range(9):
        issue_challenge(inventory, "DS-1001")
    clock.advance(minutes=3)
    count(inventory, False)
    refuse(inventory)
    issue_challenge(inventory, "DS-1001")
    refuse(inventory)
    clock.advance(minutes=3)
    with pytest.raises(LockedError, match="11 failures"):
        refuse(inventory)


def test_failures_after_a_clock_was_set_back_count_all_the_same(inventory, seal, clock):
    seal()
    count(inventory, True)
    clock.advance(hours=-5)
    count(inventory, *[False] * 10)
    with pytest.raises(LockedError):
        refuse(inventory)


def test_what_counted_goes_with_the_token(inventory, seal):
    seal()
    count(inventory, *[False] * 10)
    inventory.forget("DS-1001")
    seal()
    with inventory.reading() as session:
        assert session.query(CredentialRow).count() == 1
    refuse(inventory)
