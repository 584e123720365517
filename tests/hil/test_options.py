"""How a real board is named on the command line, and what happens if it is not there."""

import subprocess
import sys

import pytest

from host_tools.engines.interpreters import ROOT


def checked(*options):
    """How the checks end with these options."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/hil/test_blank_token.py"]
    return subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)


def test_without_a_board_it_says_in_the_end_that_it_was_the_emulated_one():
    assert "This was the EMULATED Pico, and nobody was asked" in checked("--collect-only").stdout


@pytest.mark.parametrize(
    ("options", "code", "reason"),
    [
        (
            ["--port", "/dev/no-such-port"],
            pytest.ExitCode.USAGE_ERROR,
            "name the board by PORT= and BOARD_UID=",
        ),
        (
            ["--port", "/dev/no-such-port", "--uid", "e6614103e7452d2f"],
            1,
            "is not the board e6614103e7452d2f",
        ),
    ],
    ids=["without its id", "that is not there"],
)
def test_a_board_is_refused(options, code, reason):
    run = checked(*options)
    assert run.returncode == code
    assert reason in run.stdout + run.stderr
