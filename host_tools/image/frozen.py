"""Lists what is frozen into an image, by evaluating the board's manifest with MicroPython's own tool."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from host_tools.image.errors import ImageError, ManifestError
from host_tools.image.mark import Mark

BUILD_INFO: Final = "pico/build_info.py"


@dataclass(frozen=True)
class FrozenFile:
    """A module in the image: `name` there, "dsc/app/about.py", and the file it is compiled from."""

    name: str
    path: Path


def evaluate(board: Path, micropython: Path, generated: Path) -> list[FrozenFile]:
    """What `board`'s manifest freezes, in the order of the image; `generated` holds the modules made by the build.

    Raises ManifestError if the manifest is wrong or freezes two files under one name.
    """
    tool = _load(micropython / "tools" / "manifestfile.py")
    manifest = tool.ManifestFile(
        tool.MODE_FREEZE,
        {
            "MPY_DIR": str(micropython),
            "MPY_LIB_DIR": str(micropython / "lib" / "micropython-lib"),
            "PORT_DIR": str(micropython / "ports" / "rp2"),
            "BOARD_DIR": str(board),
            "GENERATED_DIR": str(generated),
        },
    )
    try:
        manifest.execute(str(board / "manifest.py"))
    except Exception as error:  # a manifest is a program, and may raise anything
        raise ManifestError(board / "manifest.py", f"{type(error).__name__}: {error}") from error
    files = [FrozenFile(file.target_path, Path(file.full_path)) for file in manifest.files()]
    names = [file.name for file in files]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ManifestError(board / "manifest.py", f"freezes {', '.join(twice)} twice")
    return files


def build_info(mark: Mark) -> str:
    """The source of the module that tells the firmware what it is, and whoever has the image's file."""
    return (
        '"""Which board and which build this image is; written by the build."""\n\n'
        f'BOARD = "{mark.board}"\n'
        f'BUILD = "{mark.build}"\n'
        f'MARK = "{mark}"\n'
    )


def _load(path: Path) -> Any:
    specification = importlib.util.spec_from_file_location("micropython_manifestfile", path)
    if specification is None or specification.loader is None:
        raise ImageError(f"{path} is no module")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
