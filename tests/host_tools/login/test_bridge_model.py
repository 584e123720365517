"""Cards, passcodes, messages, activation and withdrawals against a model, which notices what is broken."""

import pytest
from hypothesis import settings

from fakes.bridge_walks import BridgeWalks
from fakes.broken_bridges import BRIDGE_BREAKAGES
from fakes.login_histories import quick_passwords, template


@pytest.fixture(scope="module", autouse=True)
def made(tmp_path_factory):
    with quick_passwords():
        BridgeWalks.template = template(tmp_path_factory.mktemp("template"))
        yield


@pytest.mark.parametrize("breakage", BRIDGE_BREAKAGES, ids=lambda one: one.what)
def test_what_is_broken_is_noticed(breakage):
    goes_through(breakage)
    with breakage.done(), pytest.raises(AssertionError):
        goes_through(breakage)


def goes_through(breakage):
    walks = BridgeWalks()
    try:
        breakage.history(walks)
        walks.users_stand_as_they_should()
        walks.the_audit_log_has_what_happened_and_nothing_else()
    finally:
        walks.teardown()


TestBridges = BridgeWalks.TestCase
TestBridges.settings = settings(deadline=None, max_examples=45, stateful_step_count=20)
