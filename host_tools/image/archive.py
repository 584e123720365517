"""Fetches files from the Debian archive that this machine's apt is configured with, as any user."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from host_tools.image.errors import NoArchiveError, SourceFetchError
from host_tools.image.steps import environment

APT_GET: Final = "apt-get"
APT_HELPER: Final = "/usr/lib/apt/apt-helper"  # part of apt, and on nobody's path

# How a user says which configuration apt has, and how the network is reached. Steps of a build are told neither.
PASSED_ON: Final = ("APT_CONFIG", "http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
# Answers of an archive that is there, and does not have the file.
ABSENT: Final = re.compile(r" 404 | File not found ")


def addresses() -> list[str]:
    """The archives of the machine's apt configuration, those called "debian" first. Raises NoArchiveError.

    Reads the configuration only: package lists need not have been fetched.
    """
    with tempfile.TemporaryDirectory() as lists:
        done = apt(APT_GET, "update", "--print-uris", f"-oDir::State::Lists={lists}")
    found = dict.fromkeys(re.findall(r"^'(\S+?)/dists/", done.stdout, re.MULTILINE))
    if not found:
        raise NoArchiveError(
            "; ".join(["apt is configured with no archive on this machine", *complaints(done.stderr)])
        )
    return sorted(found, key=lambda address: not address.endswith("/debian"))


def fetch(file: str, target: Path, archives: Sequence[str]) -> None:
    """Fetch `file`, a path inside an archive, to `target` from the first of `archives` that has it.

    What arrives is not checked here. Raises SourceFetchError, NoArchiveError.
    """
    details: list[str] = []
    absent = 0
    for archive in archives:
        target.unlink(missing_ok=True)
        # apt's own user could not write into a user's folder.
        done = apt(APT_HELPER, "-oAPT::Sandbox::User=root", "download-file", f"{archive}/{file}", str(target))
        if done.returncode == 0 and target.is_file():
            _replace_link(target)
            return
        target.unlink(missing_ok=True)
        problems = [line for line in complaints(done.stderr) if line.startswith("Failed to fetch")]
        absent += any(ABSENT.search(line) for line in problems)
        details += problems
    raise SourceFetchError(file, target.parent, details, 0 < absent == len(archives))


def apt(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """One of apt's programs, run to its end whatever that is. Raises NoArchiveError if it is not there."""
    passed_on = {
        name: os.environ[name] for known in PASSED_ON for name in (known, known.upper()) if name in os.environ
    }
    try:
        return subprocess.run(
            [program, *words],
            env=environment(**passed_on),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise NoArchiveError(f"there is no apt on this machine ({program} is missing)") from error


def complaints(stderr: str) -> list[str]:
    """apt's errors and warnings, each in one line and once."""
    return list(dict.fromkeys(" ".join(line.split()) for line in re.findall(r"^[EW]: (.*)$", stderr, re.M)))


def _replace_link(target: Path) -> None:
    """An archive in a folder of this machine hands out links: what they lead to may change or go away."""
    if target.is_symlink():
        origin = target.resolve()
        target.unlink()
        shutil.copyfile(origin, target)
