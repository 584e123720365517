"""Fetches files from the Debian archive that this machine's apt is configured with, as any user."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from host_tools.image.errors import NoArchiveError, SourceFetchError
from host_tools.image.steps import environment

APT_GET: Final = "apt-get"
APT_HELPER: Final = "/usr/lib/apt/apt-helper"  # part of apt, and on nobody's path


def addresses() -> list[str]:
    """The archives of the machine's apt configuration, those called "debian" first. Raises NoArchiveError.

    Reads the configuration only: package lists need not have been fetched.
    """
    with tempfile.TemporaryDirectory() as lists:
        try:
            done = subprocess.run(
                [APT_GET, "update", "--print-uris", f"-oDir::State::Lists={lists}"],
                env=environment(),
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError as error:
            raise NoArchiveError("there is no apt on this machine") from error
    found = dict.fromkeys(re.findall(r"^'(\S+?)/dists/", done.stdout, re.MULTILINE))
    if not found:
        raise NoArchiveError("apt is configured with no archive on this machine")
    return sorted(found, key=lambda address: not address.endswith("/debian"))


def fetch(file: str, target: Path, archives: Sequence[str]) -> None:
    """Fetch `file`, a path inside an archive, to `target` from the first of `archives` that has it.

    What arrives is not checked here. Raises SourceFetchError.
    """
    details: list[str] = []
    for archive in archives:
        target.unlink(missing_ok=True)
        done = subprocess.run(
            # apt's own user could not write into a user's folder.
            [APT_HELPER, "-oAPT::Sandbox::User=root", "download-file", f"{archive}/{file}", str(target)],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0 and target.is_file():
            return
        details += re.findall(r"^E: (Failed to fetch .*?)\s*$", done.stderr, re.MULTILINE)
    gone = any(" 404 " in detail for detail in details)
    raise SourceFetchError(file, target.parent, [" ".join(detail.split()) for detail in details], gone)
