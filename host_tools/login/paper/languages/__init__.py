"""What code cards say, a module a language; the words that letters have too are theirs."""

from __future__ import annotations

from typing import Final

from host_tools.login.paper.languages import english, french, german, japanese, russian
from host_tools.station.paper import languages as letters
from host_tools.station.paper.errors import UnknownLanguageError

TABLES: Final = {
    "en": english.TEXTS,
    "fr": french.TEXTS,
    "de": german.TEXTS,
    "ru": russian.TEXTS,
    "ja": japanese.TEXTS,
}
_SHARED: Final = ("date", "contact", "contact.none")


def texts(language: str) -> dict[str, str]:
    """The table of a language. Raises UnknownLanguageError."""
    if language not in TABLES:
        raise UnknownLanguageError(language, list(TABLES), "card")
    shared = letters.texts(language)
    return {**TABLES[language], **{name: shared[name] for name in _SHARED}}
