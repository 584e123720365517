"""What the build has to know about each board beyond its folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from host_tools.image import uf2
from host_tools.image.errors import UnknownBoardError


@dataclass(frozen=True)
class Board:
    """A board: its folder's name, the folders that it shares files with, and its chip's UF2 family."""

    name: str
    folders: tuple[str, ...]
    family: int


FLASH_START: Final = 0x1000_0000

BOARDS: Final = {
    board.name: board
    for board in (
        Board("pico", ("pico",), uf2.RP2040),
        Board("pico2", ("pico", "pico2"), uf2.RP2350_ARM),
    )
}


def named(name: str) -> Board:
    """The board called `name`. Raises UnknownBoardError."""
    try:
        return BOARDS[name]
    except KeyError:
        raise UnknownBoardError(name, tuple(BOARDS)) from None
