"""Shells complete the command's words, by the script that it prints."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from host_tools.cli.completion import SHELLS

BIN = Path(sys.executable).parent


@pytest.fixture
def bash():
    found = shutil.which("bash")
    if found is None:
        pytest.skip("bash is not installed")
    return found


def completed(bash, script, *words):
    """What bash offers for the last of these words, as its readline asks for it."""
    line = "\n".join(
        [script, f"COMP_WORDS=({' '.join(words)})", f"COMP_CWORD={len(words) - 1}",
         "$(complete -p picodsc | sed 's/.*-F \\([^ ]*\\) .*/\\1/') picodsc", "printf '%s\\n' \"${COMPREPLY[@]}\""]
    )  # fmt: skip
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    run = subprocess.run(
        [bash, "--norc", "-c", line], env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout.split()


def test_bash_completes_groups_commands_and_options(picodsc, bash):
    script = picodsc("completion", "bash").out
    assert completed(bash, script, "picodsc", "inv") == ["inventory"]
    assert completed(bash, script, "picodsc", "inventory", "se") == ["search"]
    assert completed(bash, script, "picodsc", "inventory", "list", "--st") == ["--state"]


def test_bash_completes_users_and_their_devices_and_serials(picodsc, bash, house):
    house.user("alice")
    house.user("bob")
    device = house.token("alice")
    script = picodsc("completion", "bash").out
    assert completed(bash, script, "picodsc", "user", "show", "al") == ["alice"]
    assert completed(bash, script, "picodsc", "device", "end", "alice", "''") == [str(device.id)]
    assert completed(bash, script, "picodsc", "device", "add", "bob", "ds") == ["ds-1"]
    assert completed(bash, script, "picodsc", "device", "add", "bob", "DS") == ["DS-1"]


def test_without_an_inventory_nothing_is_completed_and_none_is_made(picodsc, bash, home):
    script = picodsc("completion", "bash").out
    assert completed(bash, script, "picodsc", "user", "show", "al") == []
    assert not home.exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_there_is_a_script_for_each_shell(picodsc, shell):
    ended = picodsc("completion", shell)
    assert (ended.err, ended.code) == ("", 0)
    assert f"_PICODSC_COMPLETE=complete_{shell}" in ended.out


def test_another_shell_is_refused(picodsc):
    ended = picodsc("completion", "tcsh")
    assert (ended.out, ended.code) == ("", 2)
    assert "there is one for bash, zsh, fish" in ended.err
