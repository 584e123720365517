"""One build at a time works in a folder; who comes later waits and is told so."""

import os
import select
import signal
import subprocess
import sys
import time

import pytest

from host_tools.image import lock, steps

HOLD = """
import sys
from pathlib import Path
from host_tools.image import lock
with lock.held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
COMPILE = """
import sys
from pathlib import Path
from host_tools.image import lock, steps
folder, log = map(Path, sys.argv[1:])
with lock.held(folder):
    steps.run("compiling", ["sh", "-c", "echo $$; exec sleep 60"], folder, log, steps.environment())
"""


@pytest.fixture
def start():
    """Starts a Python program; at the end all are gone."""
    started = []

    def start(program: str, *words: object) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", program, *map(str, words)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()


def says_nothing(process: subprocess.Popen[str]) -> bool:
    return select.select([process.stdout], [], [], 0.3)[0] == []


def test_a_second_build_waits_for_the_first_and_says_so(start, tmp_path):
    first = start(HOLD, tmp_path)
    assert first.stdout.readline() == "held\n"
    second = start(HOLD, tmp_path)
    assert second.stderr.readline() == f"waiting for another build in {tmp_path}\n"
    assert says_nothing(second)
    first.stdin.close()
    assert second.stdout.readline() == "held\n"
    assert first.wait(timeout=10) == 0


def test_builds_in_two_folders_do_not_wait_for_each_other(start, tmp_path):
    first = start(HOLD, tmp_path / "one")
    assert first.stdout.readline() == "held\n"
    with lock.held(tmp_path / "two"):
        pass


def test_a_killed_build_holds_nobody_up(start, tmp_path, capsys):
    first = start(HOLD, tmp_path)
    assert first.stdout.readline() == "held\n"
    first.kill()
    first.wait()
    with lock.held(tmp_path):
        pass
    assert capsys.readouterr().err == ""


def test_what_a_killed_build_left_running_is_waited_for(start, tmp_path):
    """A compiler without its parent would write into the folder that the next build clears."""
    log = tmp_path / "log"
    parent = start(COMPILE, tmp_path, log)
    while not log.exists() or not log.read_text().endswith("\n"):
        assert parent.poll() is None
        time.sleep(0.01)
    compiler = int(log.read_text())
    try:
        parent.kill()
        parent.wait()
        waiting = start(HOLD, tmp_path)
        assert waiting.stderr.readline().startswith("waiting")
        assert says_nothing(waiting)
    finally:
        os.kill(compiler, signal.SIGKILL)
    assert waiting.stdout.readline() == "held\n"


def test_the_lock_can_be_taken_again_and_again(tmp_path):
    began = time.monotonic()
    for _ in range(3):
        with lock.held(tmp_path):
            steps.run("x", ["true"], tmp_path, tmp_path / "log", steps.environment())
    assert time.monotonic() - began < 10
