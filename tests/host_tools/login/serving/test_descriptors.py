"""A worker may have a file open for each of its connections, whatever soft limit it was started with."""

import resource

import httpx
import pytest

from host_tools.login.serving import descriptors
from host_tools.login.serving.descriptors import OTHERS


@pytest.fixture
def hard():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_soft_limit_is_raised_for_the_connections_and_never_lowered(hard):
    resource.setrlimit(resource.RLIMIT_NOFILE, (400, hard))
    descriptors.allow(100)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (100 + OTHERS, hard)
    descriptors.allow(1)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (100 + OTHERS, hard)


def test_it_is_not_raised_above_the_hard_one(hard):
    if hard == resource.RLIM_INFINITY:
        pytest.skip("there is none")
    resource.setrlimit(resource.RLIMIT_NOFILE, (400, hard))
    descriptors.allow(hard)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)


def test_a_worker_does_so(start, hard):
    resource.setrlimit(resource.RLIMIT_NOFILE, (400, hard))
    service = start("[server]\nport = 0\nworkers = 1\nconnections = 1000\n").answers()
    pid = httpx.get(service.url + "/pid").json()
    assert resource.prlimit(pid, resource.RLIMIT_NOFILE) == (1000 + OTHERS, hard)
