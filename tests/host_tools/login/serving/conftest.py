"""Running login services, which end with their test."""

import pytest

from fakes.login_service import RunningService


@pytest.fixture
def start(tmp_path):
    """Starts a service, whose config has these lines."""
    started = []

    def start(config="[server]\nport = 0\n", *options, **environment):
        started.append(RunningService(tmp_path, config, *options, **environment))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """One with two workers, for the tests that leave it as it was."""
    started = RunningService(tmp_path_factory.mktemp("service"), "[server]\nport = 0\nrequest_seconds = 1\n")
    yield started.answers()
    started.stop()
