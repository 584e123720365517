"""Where in a PKCS#11 module a master key is, written as a URI of RFC 7512."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from host_tools.inventory.module_errors import ModuleAddressError

SCHEME: Final = "pkcs11:"
MODULE_PATH: Final = "module-path"
TOKEN_FIELDS: Final = ("token", "serial", "manufacturer", "model")
FIELDS: Final = (*TOKEN_FIELDS, "object")
PIN_FIELDS: Final = ("pin-value", "pin-source")
PLAIN: Final = "-._~:@+,"  # of what RFC 7512, section 2.3, allows beside letters and digits
PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class ModuleAddress:
    """A token (by label, serial, manufacturer and model, as far as given), a label of keys on it, and the module."""

    module: Path
    object: str
    token: str | None = None
    serial: str | None = None
    manufacturer: str | None = None
    model: str | None = None

    def __str__(self) -> str:
        given = [(name, getattr(self, name)) for name in FIELDS]
        path = ";".join(f"{name}={quote(value, PLAIN)}" for name, value in given if value is not None)
        return f"{SCHEME}{path}?{MODULE_PATH}={quote(str(self.module), PLAIN + '/')}"

    @classmethod
    def parse(cls, text: str) -> ModuleAddress:
        """Read `pkcs11:token=LABEL;object=LABEL?module-path=FILE`.

        Raises ModuleAddressError, which does not repeat the address: somebody may have put a PIN into it.
        """
        if not text.startswith(SCHEME):
            raise ModuleAddressError(f"it does not begin with {SCHEME}")
        path, _, query = text[len(SCHEME) :].partition("?")
        fields = _fields(path, ";", FIELDS)
        module = _fields(query, "&", (MODULE_PATH,)).get(MODULE_PATH)
        if module is None or not Path(module).is_absolute():
            raise ModuleAddressError(f"{MODULE_PATH} must name the module's file by its whole path")
        if not fields.get("object"):
            raise ModuleAddressError("object, the label of the master key, is missing")
        if not (fields.get("token") or fields.get("serial")):
            raise ModuleAddressError("token, its label, is missing; serial would do too")
        return cls(Path(module), **fields)


def _fields(text: str, separator: str, allowed: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(separator) if text else ():
        name, equals, value = part.partition("=")
        if name in PIN_FIELDS:
            raise ModuleAddressError("a PIN does not belong in an address: it is asked for")
        if name == "type" and value == "secret-key":
            continue
        if name not in allowed:
            raise ModuleAddressError(f"only {', '.join(allowed)} may stand where it says something else")
        if not equals or name in found:
            raise ModuleAddressError(f"{name} must have one value")
        found[name] = _unquoted(name, value)
    return found


def _unquoted(name: str, value: str) -> str:
    try:
        text = unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        text = ""
    if PERCENT.search(value) or not text.isprintable() or not text:
        raise ModuleAddressError(
            f"the value of {name} is empty, or not printable UTF-8 with % before hex digits"
        )
    return text
