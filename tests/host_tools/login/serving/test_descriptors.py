"""A worker may have a file open for each of its connections, whatever soft limit it was started with."""

import resource
import signal
import socket

import httpx
import pytest

from fakes.login_service import until
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


@pytest.mark.parametrize(("files", "room"), [(1000 + OTHERS, 1000), (999 + OTHERS, 999), (300, 150)])
def test_it_says_for_how_many_connections_the_files_do(hard, files, room, monkeypatch):
    monkeypatch.setattr(descriptors, "setrlimit", lambda *_: None)  # as where the hard limit is so low
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    try:
        assert descriptors.allow(1000) == room
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def test_where_few_files_are_allowed_so_many_connections_are_held_and_the_next_one_is_answered(start):
    service = start("[server]\nport = 0\nworkers = 1\nconnections = 1000\n").answers()
    first = httpx.get(service.url + "/pid").json()
    resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE, (200, 200))
    service.signal(signal.SIGHUP)
    until(lambda: httpx.get(service.url + "/pid").json() != first)
    silent = [socket.create_connection(service.address) for _ in range(250)]
    try:
        assert httpx.get(service.url + "/pid").status_code == 200
    finally:
        for one in silent:
            one.close()
    (told,) = service.lines("fewer connections than set: too few open files are allowed")
    assert told["connections"] == 100


def test_a_worker_does_so(start, hard):
    resource.setrlimit(resource.RLIMIT_NOFILE, (400, hard))
    service = start("[server]\nport = 0\nworkers = 1\nconnections = 1000\n").answers()
    pid = httpx.get(service.url + "/pid").json()
    assert resource.prlimit(pid, resource.RLIMIT_NOFILE) == (1000 + OTHERS, hard)
