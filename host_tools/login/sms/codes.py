"""The codes that text messages bring: digits by chance, compared as people type them."""

from __future__ import annotations

import secrets
from typing import Final

from host_tools.login.rules.code_errors import ShapeError
from host_tools.login.rules.reading import is_same

ALPHABET: Final = "0123456789"
LENGTHS: Final = range(4, 11)


def new_code(length: int) -> bytearray:
    """A code of `length` ASCII digits (4 to 10), all of them equally likely; the caller wipes it. Raises ShapeError."""
    if length not in LENGTHS:
        raise ShapeError("length", f"{LENGTHS[0]} to {LENGTHS[-1]}")
    return bytearray(ord("0") + secrets.randbelow(10) for _ in range(length))


def is_right(code: bytearray, typed: str) -> bool:
    """Whether this code was typed, in a time that does not tell where they differ. Raises MalformedCodeError."""
    return is_same(code, typed, ALPHABET)
