"""Logins against a model of their rules, in any order and at any times; and that it notices whatever is broken."""

import pytest
from hypothesis import settings

from fakes.broken_logins import BREAKAGES
from fakes.login_histories import quick_passwords, template
from fakes.login_walks import LoginWalks


@pytest.fixture(scope="module", autouse=True)
def made(tmp_path_factory):
    with quick_passwords():
        LoginWalks.template = template(tmp_path_factory.mktemp("template"))
        yield


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda one: one.what)
def test_what_is_broken_is_noticed(breakage):
    goes_through(breakage)
    with breakage.done(), pytest.raises(AssertionError):
        goes_through(breakage)


def goes_through(breakage):
    walks = LoginWalks()
    try:
        breakage.history(walks)
        walks.users_stand_as_they_should()
        walks.the_audit_log_has_what_happened_and_nothing_else()
    finally:
        walks.teardown()


TestLogins = LoginWalks.TestCase
TestLogins.settings = settings(deadline=None, max_examples=100, stateful_step_count=16)
