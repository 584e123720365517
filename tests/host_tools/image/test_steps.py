"""A step sees nothing of what the user has set, and its failure shows the end of what it said."""

import os
import sys

import pytest

from host_tools.image import steps
from host_tools.image.errors import StepFailedError

SHOW = "import os, sys; sys.stdout.write(repr(dict(os.environ)) + repr(sys.stdin.read()))"


def test_nothing_of_the_users_that_could_change_the_image_reaches_a_step(monkeypatch, tmp_path):
    for name in (
        *("CFLAGS", "CXXFLAGS", "LDFLAGS", "ASMFLAGS", "CPATH", "MAKEFLAGS", "CMAKE_GENERATOR", "PYTHONPATH"),
        *(
            "SOURCE_DATE_EPOCH",
            "MICROPYPATH",
            "MICROPY_GIT_HASH",
            "BOARD",
            "PICO_SDK_PATH",
            "LANG",
            "LC_CTYPE",
        ),
    ):
        monkeypatch.setenv(name, "of the user")
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    ours = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "MORE": "more"}
    log = tmp_path / "log"
    steps.run("showing", [sys.executable, "-c", SHOW], tmp_path, log, steps.environment(MORE="more"))
    text = log.read_text()
    assert "of the user" not in text
    assert all(f"'{name}': '{value}'" in text for name, value in ours.items())


def test_where_programs_are_is_all_that_a_step_is_told(monkeypatch):
    kept = {"PATH": "/usr/bin:/bin", "HOME": "/home/maker", "TMPDIR": "/var/tmp", "USER": "maker"}  # noqa: S108
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in kept.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CFLAGS", "-O0")
    assert steps.environment() == {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"}
    for name in kept:
        monkeypatch.delenv(name)
    assert set(steps.environment()) == {"LC_ALL", "TZ", "PYTHONHASHSEED"}


def test_a_step_works_in_its_folder_and_waits_for_no_keys(tmp_path):
    program = "import os, sys; print(os.getcwd(), repr(sys.stdin.read()))"
    log = tmp_path / "logs" / "log"
    steps.run("looking", [sys.executable, "-c", program], tmp_path, log, steps.environment())
    assert log.read_text() == f"{tmp_path} ''\n"


def test_a_failed_step_is_named_with_the_end_of_its_log(tmp_path):
    program = "import sys\nfor n in range(100): print(f'line {n}', flush=True)\nsys.exit('no space left')"
    log = tmp_path / "log"
    with pytest.raises(StepFailedError) as caught:
        steps.run("compiling", [sys.executable, "-c", program], tmp_path, log, steps.environment())
    message = str(caught.value)
    assert (caught.value.step, caught.value.log) == ("compiling", log)
    assert message.startswith(f"compiling failed; the end of {log}:\nline 71\n")
    assert message.endswith("line 99\nno space left")
    assert "line 0\n" in log.read_text()


def test_what_a_step_says_need_be_no_text(tmp_path):
    program = "import sys; sys.stdout.buffer.write(b'\\xff\\xfe'); sys.exit(3)"
    with pytest.raises(StepFailedError, match="failed"):
        steps.run("x", [sys.executable, "-c", program], tmp_path, tmp_path / "log", steps.environment())
