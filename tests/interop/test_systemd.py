"""The unit that docs/login-service.md shows, as systemd reads it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.documented import block, replaced
from host_tools.login.serving.settings import Settings
from host_tools.login.serving.supervisor import KILL_SECONDS

COMMAND = "/opt/picodsc/.venv/bin/picodsc"
EXPOSURE = 20  # at most; 100 is a service without a sandbox


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit's file; its command is the one of this tree."""
    made = tmp_path / "picodsc.service"
    places = {COMMAND: str(Path(sys.executable).parent / "picodsc")}
    made.write_text(replaced(block("login-service.md", "ini"), places))
    return made


def analyzed(*words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("not installed: systemd")
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)


def test_systemd_finds_no_fault_with_the_unit(unit: Path) -> None:
    found = analyzed("verify", str(unit))
    assert found.returncode == 0, found.stderr
    # It reads the units that this one needs, too, and has its say on them.
    assert [line for line in found.stderr.splitlines() if unit.name in line] == []


def test_the_unit_takes_away_what_the_service_does_not_need(unit: Path) -> None:
    found = analyzed("security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", str(unit))
    assert found.returncode == 0, found.stdout


def test_systemd_waits_longer_than_requests_under_way_have_at_a_stop(unit: Path) -> None:
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit.read_text(), re.MULTILINE)
    assert int(seconds) > Settings().stop_seconds + KILL_SECONDS
