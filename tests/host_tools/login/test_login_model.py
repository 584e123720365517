"""Logins against a model of their rules, in any order and at any times; and that the model notices what is wrong."""

import pytest
from hypothesis import settings

from fakes.login_histories import quick_passwords, template
from fakes.login_walks import LoginWalks


@pytest.fixture(scope="module", autouse=True)
def made(tmp_path_factory):
    with quick_passwords():
        LoginWalks.template = template(tmp_path_factory.mktemp("template"))
        yield


TestLogins = LoginWalks.TestCase
TestLogins.settings = settings(deadline=None, max_examples=100, stateful_step_count=16)
