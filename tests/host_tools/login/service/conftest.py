"""What an application of one worker needs beside a login system."""

import logging

import pytest

from host_tools.login.service.system import System
from host_tools.login.serving import logs
from host_tools.login.serving.crew import Crew
from host_tools.login.serving.limits import SharedLimits
from host_tools.login.serving.metrics import RequestMetrics


@pytest.fixture
def worker():
    """Makes a login system that of a worker, which logs warnings on standard error."""
    limits, root = SharedLimits(64), logging.getLogger()
    before = root.handlers, root.level

    def worker(logins):
        return System(logins, limits, Crew(1), RequestMetrics(), logs.set_up("warning"))

    yield worker
    root.handlers = before[0]
    root.setLevel(before[1])
    limits.close()
