"""What an application of one worker needs beside a login system."""

import pytest

from fakes.login_api import LoginApi, workers


@pytest.fixture
def worker():
    """Makes a login system that of a worker, which logs warnings on standard error."""
    with workers() as worker:
        yield worker


@pytest.fixture
def api(house, worker):
    """The application over the house."""
    return LoginApi(house, worker(house.system))
