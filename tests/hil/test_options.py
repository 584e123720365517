"""How a real board is named on the command line, and what happens if it is not there."""

import subprocess
import sys

import pytest

from host_tools.engines.interpreters import ROOT


@pytest.mark.parametrize(
    ("options", "code", "reason"),
    [
        (["--port", "/dev/no-such-port"], pytest.ExitCode.USAGE_ERROR, "named twice, by --port and --uid"),
        (
            ["--port", "/dev/no-such-port", "--uid", "e6614103e7452d2f"],
            1,
            "is not the board e6614103e7452d2f",
        ),
    ],
    ids=["without its id", "that is not there"],
)
def test_a_board_is_refused(options, code, reason):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "tests/hil/test_blank_token.py",
        *options,
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == code
    assert reason in run.stdout + run.stderr
