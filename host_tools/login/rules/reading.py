"""Reads codes as people type them: in either case, in groups, with characters that look like those of the code."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from dsc.crypto.memory import equal, wipe
from host_tools.login.rules.code_errors import MalformedCodeError, ShapeError

# What a keyboard left in its Russian layout makes of letters that look the same: it is read as Latin first.
_CYRILLIC: Final = str.maketrans("АВЕКМНОРСТУХІ", "ABEKMHOPCTYXI")
# Characters that are taken for one another.
LOOK_ALIKES: Final = ("0O", "1IL", "2Z", "5S", "8B")
# Beside those that Unicode calls dashes: the minus sign, and what the same key types in Japanese.
_DASHES: Final = "\u2212\u30fc"
_MOST_TYPED: Final = 4  # characters for each one of the code: what is longer is not looked at


def check_alphabet(alphabet: str) -> None:
    """Raise ShapeError unless codes can be made of it: at least two capital ASCII letters or digits, each once."""
    fine = all(one.isascii() and (one.isdigit() or one.isupper()) for one in alphabet)
    if not fine or len(alphabet) < 2 or len(set(alphabet)) != len(alphabet):
        raise ShapeError("alphabet", "two or more capital letters (A to Z) and digits, each of them once")


def read(typed: str, length: int, alphabet: str) -> bytearray:
    """The code that was typed, `length` ASCII characters of `alphabet`; the caller wipes it.

    Spaces and dashes are passed over; small letters, full-width and Cyrillic forms are taken for Latin capitals. A
    character that the alphabet lacks is taken for the one that looks like it, if the alphabet has exactly one such.
    Raises MalformedCodeError, and ShapeError for an alphabet that there cannot be.
    """
    known = _readings(alphabet)
    code = bytearray(length)
    count = 0
    if len(typed) <= _MOST_TYPED * length:
        for one in unicodedata.normalize("NFKC", typed).upper().translate(_CYRILLIC):
            if one.isspace() or one in _DASHES or unicodedata.category(one) == "Pd":
                continue
            if count < length:
                code[count] = known.get(one, 0)
            count += 1
    if count != length or 0 in code:
        wipe(code)
        raise MalformedCodeError(length, alphabet)
    return code


def is_same(code: bytes | bytearray, typed: str, alphabet: str) -> bool:
    """Whether this code was typed; the time taken does not tell where they differ.

    Raises MalformedCodeError, and ShapeError for an alphabet that there cannot be.
    """
    read_code = read(typed, len(code), alphabet)
    try:
        return equal(code, read_code)
    finally:
        wipe(read_code)


@lru_cache(maxsize=16)
def _readings(alphabet: str) -> Mapping[str, int]:
    """What may be typed -> the code's character, in ASCII."""
    check_alphabet(alphabet)
    readings = {one: ord(one) for one in alphabet}
    for group in LOOK_ALIKES:
        members = [one for one in group if one in alphabet]
        if len(members) == 1:
            readings.update((one, ord(members[0])) for one in group)
    return MappingProxyType(readings)
