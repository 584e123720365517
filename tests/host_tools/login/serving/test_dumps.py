"""Processes that hold the master key leave no core dump."""

import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


def test_workers_of_a_service_cannot_be_dumped(start):
    service = start().answers()
    (worker, *_) = service.lines("worker started")
    with open(f"/proc/{worker['pid']}/limits") as limits:  # noqa: PTH123
        (core,) = [line for line in limits if line.startswith("Max core file size")]
    assert core.split()[4:6] == ["0", "0"]
