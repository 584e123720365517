"""How `picodsc` ends when it is interrupted, can't print, or is asked for an engine that is not there."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

KEY = "3132333435363738393031323334353637383930"
HOTP = ("hotp", "--key", KEY, "--counter", "0")
FULL = Path("/dev/full")


@pytest.mark.parametrize(
    "arguments",
    [
        ("ocra", "--suite", "OCRA-1:HOTP-SHA1-6:QN08", "--key", KEY, "--question", "1"),
        HOTP,
        ("totp", "--key", KEY, "--timestamp", "59"),
        ("token", "new", "somewhere", "--serial", "DEV-1", "--pin", "4711"),
        ("simulate", "--token", "nowhere"),
        ("demo",),
    ],
    ids=lambda arguments: arguments[0],
)
def test_an_unknown_engine_is_refused_before_anything_else(picodsc, arguments):
    ended = picodsc(*arguments, "--engine", "foo")
    assert (ended.out, ended.code) == ("", 2)
    assert "there is no engine 'foo'; choose from cpython, micropython" in ended.err


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("arguments", [HOTP, ("demo",), ("--version",), ("hotp", "--help")], ids=" ".join)
def test_a_full_disk_is_told_in_a_line(start, arguments):
    with FULL.open("wb") as full:
        running = start(*arguments, stdout=full)
        _, err = running.communicate()
    assert err == b"picodsc: can't write the output: no space left on device\n"
    assert running.returncode == 1


def test_a_full_disk_is_no_fault_of_the_batch(start, tmp_path):
    if not FULL.exists():
        pytest.skip("only Linux has a device that is always full")
    (tmp_path / "batch").write_text(json.dumps({"key": KEY, "counter": 0}))
    with FULL.open("wb") as full:
        running = start("hotp", "--batch", tmp_path / "batch", stdout=full)
        _, err = running.communicate()
    assert err == b"picodsc: can't write the output: no space left on device\n"
    assert running.returncode == 1


@pytest.mark.parametrize("arguments", [HOTP, ("demo",), ("--help",)], ids=" ".join)
def test_a_reader_that_went_away_is_told_nothing(start, arguments):
    reader, writer = os.pipe()
    os.close(reader)
    running = start(*arguments, stdout=writer)
    os.close(writer)
    _, err = running.communicate()
    assert (err, running.returncode) == (b"", 1)


@pytest.mark.parametrize("engine", ["cpython", "micropython"])
def test_an_interrupted_batch_ends_with_130_and_without_a_traceback(start, engine):
    running = start("hotp", "--batch", "-", "--engine", engine, start_new_session=True)
    running.stdin.write(json.dumps({"key": KEY, "counter": 0}).encode() + b"\n")
    running.stdin.flush()
    assert running.stdout.readline()
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: all that runs there gets it
    _, err = running.communicate()
    assert b"Traceback" not in err
    assert running.returncode == 130


def test_an_interrupted_demo_ends_with_130_and_without_a_traceback(start):
    running = start("demo", start_new_session=True, stdin=subprocess.DEVNULL)
    assert running.stdout.readline()
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate()
    assert b"Traceback" not in err
    assert running.returncode == 130


def test_what_takes_long_to_load_is_loaded_by_those_who_need_it():
    program = (
        "import sys, host_tools.cli.main\n"
        "print(*sorted({'sqlalchemy', 'PIL', 'textual', 'cryptography'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
