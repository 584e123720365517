"""`picodsc demo` without a terminal: what `make run </dev/null` shows."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from host_tools.cli import demo_login
from host_tools.inventory.verify import Verdict
from host_tools.simulator import terminal


def everything_in(folder):
    return sorted(str(path) for path in folder.rglob("*"))


def test_a_wrong_pin_is_refused_the_right_one_accepted_and_nothing_kept(start, tmp_path, home, any_engine):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {**os.environ, "HOME": str(tmp_path), "PICODSC_HOME": str(home), "TMPDIR": str(temporary)}
    before = everything_in(tmp_path)
    running = start("demo", "--engine", any_engine, env=environment, stdin=subprocess.DEVNULL)
    out, err = running.communicate()
    assert (err, running.returncode) == (b"", 0)
    lines = out.decode().splitlines()
    assert lines[-2:] == ["The login page says:", "accepted"]
    assert lines[lines.index("The login page says:") + 1] == "refused"
    assert lines.count("[PIN>]") == lines.count("[response]") == 2
    assert everything_in(tmp_path) == before


def test_an_engine_that_is_not_there_ends_it_with_exit_code_1(picodsc, monkeypatch):
    monkeypatch.setenv("PICODSC_MICROPYTHON", "nowhere/micropython")
    ended = picodsc("demo", "--engine", "micropython")
    assert (ended.out, ended.code) == ("", 1)
    assert "nowhere/micropython" in ended.err


@pytest.mark.parametrize(("accepted", "said"), [(True, "accepted"), (False, "ended without a login")])
def test_in_a_terminal_it_prints_no_frames_and_may_be_left_at_any_time(picodsc, monkeypatch, accepted, said):
    monkeypatch.setattr(demo_login, "in_terminal", lambda: True)
    monkeypatch.setattr(terminal, "run_demo", lambda *_: accepted)
    ended = picodsc("demo")
    assert (ended.err, ended.code) == ("", 0)
    assert [line[:7] for line in ended.out.splitlines()] == ["A blank", said[:7]]
    assert ended.out.splitlines()[-1] == said


def test_a_crash_in_the_terminal_ends_it_with_exit_code_1(picodsc, monkeypatch):
    def crash(*_):
        raise terminal.CrashedError

    monkeypatch.setattr(demo_login, "in_terminal", lambda: True)
    monkeypatch.setattr(terminal, "run_demo", crash)
    assert picodsc("demo").code == 1


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.REJECTED])
def test_a_login_page_that_accepts_all_or_nothing_makes_it_fail(picodsc, monkeypatch, verdict):
    monkeypatch.setattr(demo_login, "answer", lambda *_: verdict)
    ended = picodsc("demo")
    assert ended.code == 1
    assert ended.out.splitlines()[-1] != "accepted"


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
