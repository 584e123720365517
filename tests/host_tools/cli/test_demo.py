"""`picodsc demo` without a terminal: what `make run </dev/null` shows."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


def everything_in(folder):
    return sorted(str(path) for path in folder.rglob("*"))


def test_a_wrong_pin_is_refused_the_right_one_accepted_and_nothing_kept(start, tmp_path, home, engine_name):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {**os.environ, "HOME": str(tmp_path), "PICODSC_HOME": str(home), "TMPDIR": str(temporary)}
    before = everything_in(tmp_path)
    running = start("demo", "--engine", engine_name, env=environment, stdin=subprocess.DEVNULL)
    out, err = running.communicate()
    assert (err, running.returncode) == (b"", 0)
    lines = out.decode().splitlines()
    assert lines[-1] == "accepted"
    assert any("refused" in line for line in lines[:-1])
    assert lines.count("[PIN>]") == lines.count("[response]") == 2
    assert everything_in(tmp_path) == before


def test_an_engine_that_is_not_there_ends_it_with_exit_code_1(picodsc, monkeypatch):
    monkeypatch.setenv("PICODSC_MICROPYTHON", "nowhere/micropython")
    ended = picodsc("demo", "--engine", "micropython")
    assert ended.code == 1
    assert "accepted" not in ended.out
    assert "nowhere/micropython" in ended.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_demo_that_is_told_to_end_leaves_no_key_behind(number, tmp_path):
    command = [Path(sys.executable).parent / "picodsc", "demo"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as demo:
        assert demo.stdout.readline()  # from here on there is something to leave behind
        assert list(tmp_path.iterdir())
        demo.send_signal(number)
        demo.communicate(timeout=30)
    assert demo.returncode == 128 + number
    assert list(tmp_path.iterdir()) == []
