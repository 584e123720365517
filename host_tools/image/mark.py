"""The line in an image by which a file tells which image it is: written by the build, found among the bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

_MARK: Final = re.compile(rb"picodsc image: ([!-~]{1,64}) ([!-~]{1,64}) ([0-9a-f]{8})\0")


@dataclass(frozen=True)
class Mark:
    """Which image it is: its board, the firmware's version, and the build (8 hexadecimal digits)."""

    board: str
    version: str
    build: str

    def __str__(self) -> str:
        return f"picodsc image: {self.board} {self.version} {self.build}"

    @classmethod
    def found(cls, content: bytes) -> Self | None:
        """The mark in what an image puts into flash; None if there is none, or more than one."""
        marks = {match.groups() for match in _MARK.finditer(content)}
        if len(marks) != 1:
            return None
        (fields,) = marks
        return cls(*(field.decode() for field in fields))
