"""An order as JSON: what a token is to be, but for its serial and its PIN, which no file should hold.

    {"credentials": [{"label": "Bank", "kind": "pin", "login": "OCRA-1:HOTP-SHA256-8:QN06",
                      "sign": "OCRA-1:HOTP-SHA256-8:QH64",
                      "form": [{"kind": "account", "label": "To"}, {"kind": "reference", "label": "Reference"}]},
                     {"label": "Door", "kind": "open", "login": "HOTP-SHA1-6"}],
     "language": "de", "must_change": true, "duress": true}

All keys may be left out. `duress` is true for the default, or the digits, 0 or 5, between PIN and duress PIN.
"""

from __future__ import annotations

import json
from typing import Any, Final

from dsc.protocol import duress
from dsc.protocol.errors import FormError
from host_tools.inventory.forms import form_from_json
from host_tools.station.ordering import SOFT, VERIFIED, CredentialSpec, Order

LANGUAGES: Final = ("en", "fr", "de", "ru", "ja")  # by the numbers of dsc.protocol.settings
_KINDS: Final = ("pin", "open")
_MODES: Final = (SOFT, VERIFIED)
# Key -> what is allowed there, for people; and the type that JSON gives it.
_CREDENTIAL: Final = {
    "label": (str, "text"),
    "kind": (str, "pin or open"),
    "login": (str, "an OCRA suite, or a method such as HOTP-SHA1-6"),
    "sign": (str, "an OCRA suite"),
    "server": (str, "an OCRA suite"),
    "form": (list, "a list of fields"),
    "counter": (int, "a whole number"),
}
_ORDER: Final = {
    "credentials": (list, "a list of credentials, at least one"),
    "language": (str, ", ".join(LANGUAGES)),
    "must_change": (bool, "true or false"),
    "duress": (object, "true, or digits 0 and 5, as many as the PIN has"),
    "mode": (str, "soft or verified"),
    "pin_limit": (int, "a whole number"),
    "code_limit": (int, "a whole number"),
    "wipe": (bool, "true or false"),
    "time": (int, "Unix seconds"),
}


class OrderFileError(Exception):
    """A file that orders a token does not say what it should; `field` is the key, or where it stands."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"order: {field} {reason}")
        self.field = field
        self.reason = reason


def order_from_json(text: str, serial: str, pin: bytearray, rounds: int = 0) -> Order:
    """The order that a text describes, for this serial and PIN. Raises OrderFileError."""
    try:
        described = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise OrderFileError("file", f"is not JSON: {error}") from error
    return order_from_object(described, serial, pin, rounds)


def order_from_object(described: object, serial: str, pin: bytearray, rounds: int = 0) -> Order:
    """The same for what JSON described. Raises OrderFileError."""
    given = _checked("file", described, _ORDER)
    credentials = given.pop("credentials", [{}])
    if not credentials:
        raise OrderFileError("credentials", f"must be {_ORDER['credentials'][1]}")
    specs = tuple(_spec(number, one) for number, one in enumerate(credentials, 1))
    options: dict[str, Any] = {**given}
    if "language" in given:
        options["language"] = language(given["language"])
    if "mode" in given and given["mode"] not in _MODES:
        raise OrderFileError("mode", f"must be {_ORDER['mode'][1]}")
    if "duress" in given:
        options["duress"] = delta(given["duress"], len(pin))
    return Order(serial, pin, specs, rounds, **options)


def language(name: str) -> int:
    """The number of a language. Raises OrderFileError."""
    if name not in LANGUAGES:
        raise OrderFileError("language", f"must be one of {', '.join(LANGUAGES)}")
    return LANGUAGES.index(name)


def delta(wanted: object, length: int) -> bytearray:
    """The digits between PIN and duress PIN: those given, the default if True, none if False. Raises OrderFileError."""
    if isinstance(wanted, bool):
        return bytearray(duress.DEFAULT[:length]) if wanted else bytearray()
    if not isinstance(wanted, str) or not wanted.isascii():
        raise OrderFileError("duress", f"must be {_ORDER['duress'][1]}")
    return bytearray(wanted.encode())


def _spec(number: int, described: object) -> CredentialSpec:
    where = f"credential {number}"
    given = _checked(where, described, _CREDENTIAL)
    if given.get("kind", "pin") not in _KINDS:
        raise OrderFileError(where, f"has a kind that is not {_CREDENTIAL['kind'][1]}")
    if "form" in given:
        try:
            given["form"] = form_from_json(json.dumps(given["form"]))
        except FormError as error:
            raise OrderFileError(where, f"has a form that cannot be: {error}") from error
    return CredentialSpec(**given)


def _checked(where: str, described: object, known: dict[str, tuple[type, str]]) -> dict[str, Any]:
    """The keys that are given, each of its type."""
    if not isinstance(described, dict):
        raise OrderFileError(where, "must be an object")
    for key, value in described.items():
        if key not in known:
            raise OrderFileError(where, f"has {key!r}, which is none of {', '.join(known)}")
        wanted, allowed = known[key]
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise OrderFileError(where, f"has a {key} that is not {allowed}")
    return dict(described)
