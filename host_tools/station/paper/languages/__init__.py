"""What letters say, a module a language: {serial} and {contact} are filled in."""

from __future__ import annotations

from typing import Final

from host_tools.station.paper.errors import UnknownLanguageError
from host_tools.station.paper.languages import english, french, german, japanese, russian

DEFAULT: Final = "en"
TABLES: Final = {
    "en": english.TEXTS,
    "fr": french.TEXTS,
    "de": german.TEXTS,
    "ru": russian.TEXTS,
    "ja": japanese.TEXTS,
}


def texts(language: str) -> dict[str, str]:
    """The table of a language. Raises UnknownLanguageError."""
    try:
        return TABLES[language]
    except KeyError:
        raise UnknownLanguageError(language, list(TABLES)) from None
