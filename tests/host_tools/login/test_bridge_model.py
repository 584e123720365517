"""Cards, passcodes, messages, activation and withdrawals against a model of their rules; and that it notices breakage."""

import pytest
from hypothesis import settings

from fakes.bridge_walks import BridgeWalks
from fakes.login_histories import quick_passwords, template


@pytest.fixture(scope="module", autouse=True)
def made(tmp_path_factory):
    with quick_passwords():
        BridgeWalks.template = template(tmp_path_factory.mktemp("template"))
        yield


TestBridges = BridgeWalks.TestCase
TestBridges.settings = settings(deadline=None, max_examples=60, stateful_step_count=20)
