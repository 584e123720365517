"""What can go wrong when cards are made, beside what can with the station's paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from host_tools.station.paper.errors import PaperError


class FileKindError(PaperError):
    """By the end of the file's name, it is of no kind that cards are made in; `known` are those that there are."""

    def __init__(self, path: Path, known: Sequence[str]) -> None:
        super().__init__(f"the name of {path} must end in {' or '.join(known)}")
        self.path = path
        self.known = tuple(known)
