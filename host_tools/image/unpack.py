"""Unpacks the regular files of source archives and Debian packages, and nothing that leads out of the folder."""

from __future__ import annotations

import lzma
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path, PurePosixPath
from typing import IO

from host_tools.image.errors import UnpackError
from host_tools.image.steps import environment
from host_tools.image.toolchain import require

# Where a file of the archive goes to, below the target; None if it is not wanted.
Destination = Callable[[PurePosixPath], PurePosixPath | None]


def tar(archive: Path, target: Path, parts: Collection[str]) -> None:
    """Unpack `parts`, files or folders below the top folder of a source archive, into `target`.

    Links are left out: the build needs none, and one could lead anywhere. Raises UnpackError.
    """

    def destination(name: PurePosixPath) -> PurePosixPath | None:
        below = PurePosixPath(*name.parts[1:])
        return below if any(below.is_relative_to(part) for part in parts) else None

    with archive.open("rb") as stream:
        _unpack(archive, stream, target, destination)


def deb(package: Path, part: str, target: Path) -> None:
    """Unpack the folder `part` of a Debian package as `target`, with the package's copyright file in it.

    Links are left out. Raises UnpackError, ToolMissingError.
    """
    require({"dpkg-deb": "dpkg"})

    def destination(name: PurePosixPath) -> PurePosixPath | None:
        if name.is_relative_to(part):
            return name.relative_to(part)
        return PurePosixPath("copyright") if name.match("usr/share/doc/*/copyright") else None

    with tempfile.TemporaryFile() as content:
        done = subprocess.run(
            ["dpkg-deb", "--fsys-tarfile", str(package)],  # noqa: S607
            env=environment(),
            stdout=content,
            stderr=subprocess.PIPE,
            check=False,
        )
        if done.returncode != 0:
            raise UnpackError(package, done.stderr.decode(errors="replace").strip())
        content.seek(0)
        _unpack(package, content, target, destination)


def _unpack(archive: Path, stream: IO[bytes], target: Path, destination: Destination) -> None:
    count = 0
    try:
        with tarfile.open(fileobj=stream) as members:
            for member in members:
                name = PurePosixPath(member.name)
                if name.is_absolute() or ".." in name.parts:
                    raise UnpackError(archive, f"{member.name} would lead out of the folder")
                place = destination(name)
                content = members.extractfile(member) if member.isfile() else None
                if place is None or content is None:
                    continue
                path = target / place
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())
                path.chmod(0o755 if member.mode & 0o100 else 0o644)
                count += 1
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise UnpackError(archive, f"it is damaged: {error}") from error
    if not count:
        raise UnpackError(archive, "it holds nothing of what the build needs")
