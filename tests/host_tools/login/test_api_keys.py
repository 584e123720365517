"""Callers' keys: shown once, told apart by their digest, and none from the moment they are revoked."""

import hashlib
import re

import pytest

from fakes.login_house import House
from host_tools.inventory import Inventory
from host_tools.login.api_keys import Scope, add_key, authenticate, keys, named, revoke_key
from host_tools.login.caller_errors import CallerError, KeyExistsError, KeyFieldError, UnknownKeyError
from host_tools.login.system import LoginSystem


def test_a_key_tells_who_calls_and_what_he_may_do_in_either_kind_of_database(anywhere, clock):
    house = House(anywhere, clock)
    try:
        text = add_key(house.system, "front-end", {Scope.LOGIN, Scope.HELP_DESK})
        assert re.fullmatch(r"picodsc_front-end_[A-Za-z0-9_-]{43}", text)
        caller = authenticate(house.system, text)
        assert (caller.name, caller.scopes) == ("front-end", {Scope.LOGIN, Scope.HELP_DESK})
        revoke_key(house.system, "front-end")
        with pytest.raises(CallerError):
            authenticate(house.system, text)
    finally:
        house.close()


def test_no_two_keys_are_alike(house):
    assert add_key(house.system, "a", [Scope.LOGIN])[-43:] != add_key(house.system, "b", [Scope.LOGIN])[-43:]


def test_a_revocation_in_one_process_is_one_in_all(house, location, clock):
    text = add_key(house.system, "pam", [Scope.VOUCH])
    with Inventory.open(location, now=clock) as other:
        revoke_key(LoginSystem(other), "pam")
    with pytest.raises(CallerError):
        authenticate(house.system, text)


def test_who_calls_is_one_statement_with_nothing_around_it(anywhere, clock, statements):
    house = House(anywhere, clock)
    try:
        text = add_key(house.system, "pam", [Scope.VOUCH])
        with statements() as ran:
            authenticate(house.system, text)
            named(house.system, "pam")
        assert [statement.split()[0] for statement in ran] == ["SELECT", "SELECT"]
    finally:
        house.close()


def test_whatever_is_wrong_is_told_the_same_after_the_same_work(house, statements):
    text = add_key(house.system, "pam", [Scope.VOUCH])
    gone = add_key(house.system, "old", [Scope.VOUCH])
    revoke_key(house.system, "old")
    with statements() as right:
        authenticate(house.system, text)
    told = set()
    for wrong in (
        gone,
        text[:-1],
        text + "A",
        text.upper(),
        "",
        "picodsc_pam_",
        "\0",
        "\ud800",
        "x" * 10_000,
    ):
        with statements() as ran, pytest.raises(CallerError) as error:
            authenticate(house.system, wrong)
        assert ran == right
        told.add(str(error.value))
    assert len(told) == 1


def test_the_key_itself_is_nowhere(house, location):
    text = add_key(house.system, "pam", [Scope.VOUCH])
    authenticate(house.system, text)
    secret = text[-43:]
    assert secret not in repr(
        [house.inventory.history(), keys(house.system), authenticate(house.system, text)]
    )
    for file in location.database.parent.iterdir():
        assert secret.encode() not in file.read_bytes()
    with house.inventory.reading() as session:
        digests = session.connection().exec_driver_sql("SELECT digest FROM api_keys").scalars().all()
    assert digests == [hashlib.sha256(text.encode()).digest()]


def test_keys_are_listed_revoked_ones_too(house, clock):
    add_key(house.system, "b", [Scope.OPERATOR, Scope.LOGIN])
    add_key(house.system, "a", [Scope.LOGIN])
    revoke_key(house.system, "b")
    found = keys(house.system)
    assert [(one.name, one.revoked_at) for one in found] == [("a", None), ("b", clock())]
    assert found[1].scopes == {Scope.OPERATOR, Scope.LOGIN}
    events = [(entry.event, entry.detail["name"]) for entry in house.inventory.history()]
    assert events == [("API key added", "b"), ("API key added", "a"), ("API key revoked", "b")]


def test_a_name_is_given_once(house):
    add_key(house.system, "pam", [Scope.VOUCH])
    with pytest.raises(KeyExistsError):
        add_key(house.system, "pam", [Scope.VOUCH])
    revoke_key(house.system, "pam")
    with pytest.raises(KeyExistsError):
        add_key(house.system, "pam", [Scope.VOUCH])


@pytest.mark.parametrize("name", ["", "Pam", "a_b", "-a", "a" * 33, "é", "a\n"])
def test_a_name_that_would_not_be_clear_is_refused(house, name):
    with pytest.raises(KeyFieldError) as error:
        add_key(house.system, name, [Scope.LOGIN])
    assert error.value.field == "name"


def test_a_key_that_may_nothing_is_none(house):
    with pytest.raises(KeyFieldError) as error:
        add_key(house.system, "pam", [])
    assert error.value.field == "scopes"


@pytest.mark.parametrize("name", ["pam", "nobody", "\0"])
def test_only_a_key_that_opens_something_is_revoked(house, name):
    add_key(house.system, "pam", [Scope.VOUCH])
    revoke_key(house.system, "pam")
    with pytest.raises(UnknownKeyError):
        revoke_key(house.system, name)
