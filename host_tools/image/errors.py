"""What goes wrong between a clean tree and an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path


class ImageError(Exception):
    """The image could not be built, or is not what it should be."""


class PinsError(ImageError):
    """`path`, the list of pinned sources, cannot be read or lacks something."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


class NoArchiveError(ImageError):
    """This machine has no apt, or its apt is configured with no archive."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"{problem}. The sources come from a Debian archive through apt. Without one, set MICROPYTHON_DIR to a "
            "checkout of MicroPython with its submodules (and PICO_SDK_PATH, if the SDK is elsewhere)"
        )


class SourceFetchError(ImageError):
    """A pinned file could not be fetched; `gone` if an archive answered that it does not have it."""

    def __init__(self, file: str, cache: Path, details: Sequence[str], gone: bool) -> None:
        remedy = (
            "The archive has moved on to another version. Either take that one "
            "('python -m host_tools.image pins', then build and test)"
            if gone
            else "Either try again with a network"
        )
        super().__init__(
            f"{file} could not be fetched ({'; '.join(details) or 'no reason given'}). {remedy}, or put the file into "
            f"{cache} yourself, or set MICROPYTHON_DIR to a checkout of MicroPython"
        )
        self.file = file
        self.gone = gone


class WrongSourceError(ImageError):
    """A file is not the one that is pinned: it was damaged on its way, or exchanged."""

    def __init__(self, file: str, expected: str, found: str) -> None:
        super().__init__(f"{file} is not what is pinned: expected {expected}, found {found}")
        self.file = file


class IncompleteTreeError(ImageError):
    """`tree`, a folder of sources, lacks `missing`."""

    def __init__(self, tree: Path, missing: Sequence[str], remedy: str) -> None:
        super().__init__(f"{tree} lacks {', '.join(missing)}: {remedy}")
        self.tree = tree
        self.missing = tuple(missing)


class ToolMissingError(ImageError):
    """Programs that the build calls are not installed; `tools` maps each to its Debian package."""

    def __init__(self, tools: Mapping[str, str]) -> None:
        packages = " ".join(dict.fromkeys(tools.values()))
        super().__init__(f"{', '.join(tools)} not found: sudo apt-get install {packages}")
        self.tools = dict(tools)


class StepFailedError(ImageError):
    """A program that the build called failed; `log` holds all that it wrote."""

    def __init__(self, step: str, log: Path, tail: str) -> None:
        super().__init__(f"{step} failed; the end of {log}:\n{tail}")
        self.step = step
        self.log = log


class UnknownBoardError(ImageError):
    """There is no board of this name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no board {name!r}; choose from {', '.join(known)}")
        self.name = name


class Uf2Error(ImageError):
    """Not a UF2 file, or one that no boot ROM would take."""


class ElfError(ImageError):
    """An ELF file without what is asked of it."""


class BudgetError(ImageError):
    """`path`, a board's budget, cannot be read or is of another form."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


class OverBudgetError(ImageError):
    """The image is larger than its budget; `excess` names each limit and by how many bytes it is missed."""

    def __init__(self, excess: Mapping[str, int]) -> None:
        lines = ", ".join(f"{name} by {count:,} bytes" for name, count in excess.items())
        super().__init__(f"beyond the budget: {lines}")
        self.excess = dict(excess)
