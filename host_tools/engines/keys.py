"""The keys of the 4x4 keypad by name, and where they sit in the matrix."""

from __future__ import annotations

from typing import Final

from host_tools.engines.errors import UnknownKeyError

# The clear key is `*` and is called C on screen and in scripts; the four function keys are FA to FD.
LAYOUT: Final = (
    ("1", "2", "3", "FA"),
    ("4", "5", "6", "FB"),
    ("7", "8", "9", "FC"),
    ("C", "0", "OK", "FD"),
)
NAMES: Final = tuple(name for row in LAYOUT for name in row)
ALIASES: Final = {"#": "OK", "*": "C", "A": "FA", "B": "FB", "D": "FD"}
POSITIONS: Final = {name: (r, c) for r, row in enumerate(LAYOUT) for c, name in enumerate(row)}


def position(name: str) -> tuple[int, int]:
    """Row and column of a key, by name or alias in any case. Raises UnknownKeyError."""
    upper = name.upper()
    upper = ALIASES.get(upper, upper)
    if upper not in POSITIONS:
        raise UnknownKeyError(name, NAMES)
    return POSITIONS[upper]
