"""The threads of a worker have no heaps of their own."""

import itertools
import platform
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.libc_ver()[0] != "glibc", reason="only glibc has many heaps"
)

RESERVED = 2**26  # bytes of addresses that glibc sets apart for another heap: HEAP_MAX_SIZE
LARGE = {"of": "x" * 4_000}  # Python has what is small in places of its own


def other_heaps(pid):
    """Each is memory, followed by addresses that are set apart for more: both together are RESERVED."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    found = [re.match(r"(\w+)-(\w+) (....) \S+ \S+ 0\s*$", line) for line in lines]
    spans = [(int(one[1], 16), int(one[2], 16), one[3]) for one in found if one]
    return [
        start
        for (start, end, access), (after, last, nothing) in itertools.pairwise(spans)
        if end == after and access == "rw-p" and nothing == "---p" and last - start == RESERVED
    ]


def test_threads_that_answer_at_once_take_no_heaps_of_their_own(start):
    service = start().answers()
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: httpx.post(f"{service.url}/take/all", json=LARGE), range(40)))
    assert {answer.text for answer in answers} == {str(len(LARGE["of"]))}
    workers = [line["pid"] for line in service.lines("worker started")]
    # Libraries that start a thread as they are loaded have left the parent one, which its workers have by the fork.
    assert [other_heaps(worker) for worker in workers] == [other_heaps(service.process.pid)] * len(workers)
    assert len(other_heaps(service.process.pid)) <= 1
