"""The OpenAPI document against the application, by Schemathesis: whatever is sent, what it says is what is answered."""

import pytest

from fakes.login_api import api_in

EXAMPLES = 15  # of an operation; `make fuzz` tries many more


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with api_in(tmp_path_factory.mktemp("api")) as opened:
        yield opened
