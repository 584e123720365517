"""Phone numbers in the form of ITU-T E.164: a plus sign, the country's code, the rest, and nothing else."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from host_tools.login.sms.errors import PhoneError

DIGITS: Final = range(7, 16)  # with the country's code; E.164 sets the most
_EXPECTED: Final = (
    f"a plus sign, the country's code and the number, {DIGITS[0]} to {DIGITS[-1]} digits in all, such as "
    "+44 20 7946 0000"
)
_NUMBER: Final = re.compile(rf"\+[1-9][0-9]{{{DIGITS[0] - 1},{DIGITS[-1] - 1}}}")
_BETWEEN: Final = re.compile(r"[\s./()\u2010-\u2015\u2212-]")
_TRUNK_ZERO: Final = re.compile(r"\(\s*0\s*\)")  # +44 (0)20: dialled within the country only
_SHOWN: Final = 2  # digits


def checked(text: str) -> str:
    """The number in E.164 form; spaces, dots, dashes, slashes and brackets are passed over. Raises PhoneError."""
    plain = _BETWEEN.sub("", _TRUNK_ZERO.sub("", unicodedata.normalize("NFKC", text)))
    if not _NUMBER.fullmatch(plain):
        raise PhoneError(_EXPECTED)
    return plain


def masked(phone: str) -> str:
    """The number for logs and pages: its last two digits, and dots for all others."""
    return "+" + "•" * (len(phone) - 1 - _SHOWN) + phone[-_SHOWN:]
