"""`picodsc demo` without a terminal: what `make run </dev/null` shows."""

import os
import subprocess


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
