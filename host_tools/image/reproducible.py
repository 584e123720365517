"""Builds the image again from clean clones elsewhere, in other surroundings, and compares every byte."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from host_tools.image import difference, dist, lock, toolchain
from host_tools.image.board import Board
from host_tools.image.build import image
from host_tools.image.dist import Files
from host_tools.image.errors import IncompleteTreeError, NotCommittedError, NotReproducibleError
from host_tools.image.places import Places, download_cache
from host_tools.image.steps import environment, run

# Of different lengths, and neither as long as the other's beginning: paths in a file would move all that follows.
FOLDERS: Final = ("clone", "another-clone/at-the-end-of-a-longer-path")
# What a user may have set, and must not matter. TZ is the other side of the world.
SURROUNDINGS: Final = {
    "CFLAGS": "-O0 -DPICO_STACK_SIZE=0x1000",
    "CXXFLAGS": "-O0",
    "LDFLAGS": "-Wl,--build-id=sha1",
    "LC_ALL": "C",
    "MICROPYPATH": "/nowhere",
    "PYTHONHASHSEED": "1",
    "SOURCE_DATE_EPOCH": "1",
    "TZ": "Pacific/Kiritimati",
    "USER": "somebody-else",
}
# What the user chose of sources and network counts for the clones too.
PASSED_ON: Final = ("MICROPYTHON_DIR", "PICO_SDK_PATH", "APT_CONFIG", "http_proxy", "https_proxy", "no_proxy")


def uncommitted(places: Places) -> list[str]:
    """The files in which the work tree is not what HEAD says, as `git status --porcelain` lists them."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "status.log"
        command: list[str | Path] = ["git", "status", "--porcelain", "--untracked-files=all"]
        run("asking git for changes", command, places.root, log, environment())
        return log.read_text(encoding="utf-8", errors="replace").splitlines()


def check(board: Board, places: Places, clones: int) -> Mapping[str, str]:
    """The SHA-256 of each file by its suffix, if two builds of HEAD agree in all of them.

    With one of `clones`, it is compared with this tree, which must be its HEAD; else two are compared with each
    other. Raises NotCommittedError, NotReproducibleError, and what a build raises.
    """
    toolchain.require({"git": "git"})
    if clones == 1:
        changed = uncommitted(places)
        if changed:
            raise NotCommittedError(changed)
    builds = [_of_tree(board, places)] if clones == 1 else []
    with tempfile.TemporaryDirectory() as folder:
        for name in FOLDERS[len(builds) :]:
            clone = Path(folder) / name
            builds.append(_contents(build(board, places, clone)))
            shutil.rmtree(clone)
    differences = [
        line
        for suffix in builds[0]
        if (line := difference.describe(suffix, builds[0][suffix], builds[1][suffix]))
    ]
    kept = places.root / "build" / "reproducible"
    shutil.rmtree(kept, ignore_errors=True)
    if differences:
        for number, files in enumerate(builds, 1):
            (kept / str(number)).mkdir(parents=True)
            for suffix, data in files.items():
                (kept / str(number) / f"firmware.{suffix}").write_bytes(data)
        raise NotReproducibleError(differences, kept)
    return {suffix: hashlib.sha256(data).hexdigest() for suffix, data in builds[0].items()}


def build(board: Board, places: Places, clone: Path) -> Files:
    """Clone HEAD of the tree at `places` to `clone`, and build the image there. Raises StepFailedError."""
    clone.parent.mkdir(parents=True, exist_ok=True)
    log = clone.parent / f"{clone.name}.log"
    command: list[str | Path] = ["git", "clone", "--quiet", "--no-hardlinks", places.root, clone]
    run("cloning the tree", command, clone.parent, log, environment())
    there = Places(clone)
    if not places.device_libraries.is_dir():
        raise IncompleteTreeError(places.root, [places.device_libraries.name], "run 'make setup'")
    # Pinned by their hashes; byte code of theirs is no part of them.
    shutil.copytree(
        places.device_libraries, there.device_libraries, ignore=shutil.ignore_patterns("__pycache__")
    )
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    variables = environment(**passed_on) | SURROUNDINGS | {"XDG_CACHE_HOME": str(download_cache().parent)}
    command = [sys.executable, "-m", "host_tools.image", "build", board.name]
    run(f"building in {clone}", command, clone, log, variables)
    return dist.files(board.name, there)


def _of_tree(board: Board, places: Places) -> dict[str, bytes]:
    with lock.held(places.work):
        return _contents(dist.write(image(board, places), places))


def _contents(files: Files) -> dict[str, bytes]:
    """What is compared, by suffix."""
    return {path.suffix[1:]: path.read_bytes() for path in (files.uf2, files.elf, files.linker_map)}
