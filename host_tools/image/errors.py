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
    """A pinned file could not be fetched; `gone` if every archive answered that it does not have it."""

    def __init__(self, file: str, cache: Path, details: Sequence[str], gone: bool) -> None:
        remedy = (
            "The archive has moved on to another version, or is not Debian's. Either take what it has now "
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


class UnpackError(ImageError):
    """`archive` is damaged, or has a member that would lead out of the folder that it is unpacked in."""

    def __init__(self, archive: Path, problem: str) -> None:
        super().__init__(f"{archive} was not unpacked: {problem}")
        self.archive = archive


class UnverifiedError(ImageError):
    """The package lists of `suite` could not be had with a signature of Debian's: nothing in them can be believed."""

    def __init__(self, suite: str, problem: str) -> None:
        super().__init__(f"what {suite} has today could not be verified, so nothing was changed: {problem}")
        self.suite = suite


class NotInSuiteError(ImageError):
    """`suite` has no `package`, or not in the form that the build takes."""

    def __init__(self, package: str, suite: str, problem: str) -> None:
        super().__init__(f"{package} in {suite}: {problem}")
        self.package = package
        self.suite = suite


class OutdatedPinsError(ImageError):
    """The suite has something else than what is pinned; `changes` says what, one line each."""

    def __init__(self, suite: str, changes: Sequence[str]) -> None:
        super().__init__(f"{suite} has moved on:\n" + "\n".join(changes))
        self.changes = tuple(changes)


class IncompleteTreeError(ImageError):
    """`tree`, a folder of sources, lacks `missing`."""

    def __init__(self, tree: Path, missing: Sequence[str], remedy: str) -> None:
        super().__init__(f"{tree} lacks {', '.join(missing)}: {remedy}")
        self.tree = tree
        self.missing = tuple(missing)


class ManifestError(ImageError):
    """`path`, the list of what a board's image freezes, is wrong."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


class ToolMissingError(ImageError):
    """Programs that the build calls are not installed; `tools` maps each to its Debian package."""

    def __init__(self, tools: Mapping[str, str]) -> None:
        packages = " ".join(dict.fromkeys(tools.values()))
        super().__init__(f"{', '.join(tools)} not found: sudo apt-get install {packages}")
        self.tools = dict(tools)


class PlaceError(ImageError):
    """The build can't work in `folder`, because of its name."""

    def __init__(self, folder: Path, character: str) -> None:
        super().__init__(
            f"MicroPython's make files take no path with {character!r} in it: move {folder} to another one"
        )
        self.folder = folder


class StepFailedError(ImageError):
    """A program that the build called failed; `log` holds all that it wrote."""

    def __init__(self, step: str, log: Path, tail: str) -> None:
        super().__init__(f"{step} failed; the end of {log}:\n{tail}")
        self.step = step
        self.log = log


class ChangedMeanwhileError(ImageError):
    """Files of the firmware changed while they were compiled: the image is not what its hash says."""

    def __init__(self, board: str) -> None:
        super().__init__(
            f"the firmware's files changed while the image for {board} was built; build it again"
        )


class UnknownBoardError(ImageError):
    """There is no board of this name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no board {name!r}; choose from {', '.join(known)}")
        self.name = name


class NotCommittedError(ImageError):
    """The work tree is not what HEAD says, so a clone is another thing; `files` as git lists them."""

    def __init__(self, files: Sequence[str]) -> None:
        more = f" and {len(files) - 5} more" if len(files) > 5 else ""
        super().__init__(
            f"this tree is not its HEAD ({', '.join(files[:5])}{more}), so a clone must differ from it. Commit, or "
            "compare two clones of HEAD with each other: --clones 2"
        )
        self.files = tuple(files)


class NotReproducibleError(ImageError):
    """Two builds of the same sources differ; `differences` has a line for each file that does."""

    def __init__(self, differences: Sequence[str], kept: Path) -> None:
        super().__init__("the builds differ:\n" + "\n".join(differences) + f"\nboth are kept in {kept}")
        self.differences = tuple(differences)
        self.kept = kept


class Uf2Error(ImageError):
    """Not a UF2 file, or one that no boot ROM would take."""


class NotBuiltError(ImageError):
    """There is no image of `board` yet."""

    def __init__(self, board: str, path: Path) -> None:
        super().__init__(f"there is no {path}; run 'make firmware BOARD={board}'")
        self.board = board


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
