"""The actor of the audit log: the account, as the operating system knows it."""

import os
import pwd
from types import SimpleNamespace

import pytest

from host_tools.inventory.account import this_user


def test_it_is_the_accounts_name_whatever_the_environment_says(monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody else")
    assert this_user() == pwd.getpwuid(os.getuid()).pw_name


def test_an_account_without_a_name_has_its_number(monkeypatch):
    numbers = {entry.pw_uid for entry in pwd.getpwall()}
    nobody = next(number for number in range(40_000, 60_000) if number not in numbers)
    monkeypatch.setattr(os, "getuid", lambda: nobody)
    assert this_user() == f"uid {nobody}"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ol\x1b[2Jga\n", "ol[2Jga"),
        ("a" * 65, "a" * 64),
        ("\x07", f"uid {os.getuid()}"),
        ("zo\xeb", "zo\xeb"),
    ],
)
def test_a_name_is_printable_and_no_longer_than_the_log_has_room(monkeypatch, name, shown):
    monkeypatch.setattr(pwd, "getpwuid", lambda _: SimpleNamespace(pw_name=name))
    assert this_user() == shown
