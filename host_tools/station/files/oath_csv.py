"""Key files as lines with commas: the `oathcsv` of privacyIDEA and LinOTP, and tables whose first line has names."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from dsc.crypto.memory import wipe
from dsc.protocol.plain import Method
from host_tools.inventory.exporting import ExportedKey, Refusal
from host_tools.station.files.described import Described, NotForUsError, imported, kind_of
from host_tools.station.files.errors import NotAKeyFileError
from host_tools.station.files.reading import NotTaken, Reading

DEFAULT_KIND: Final = "hotp"  # of oathcsv
DEFAULT_DIGITS: Final = 6
# What the columns of a table are called, by what they mean here; case and what is between words do not count.
_NAMES: Final = {
    "serial": ("serial", "serialno", "serialnumber", "tokenserial"),
    "key": ("key", "keyhex", "secret", "secrethex", "seed", "otpkey"),
    "type": ("type", "algorithm", "tokentype"),
    "digits": ("digits", "otplen", "otplength", "responselength", "length"),
    "suite": ("suite", "ocrasuite", "algorithmsuite"),
    "hash": ("hash", "hashlib"),
    "step": ("step", "timestep", "timeinterval", "period", "interval"),
    "counter": ("counter",),
    "manufacturer": ("manufacturer", "vendor"),
    "model": ("model",),
    "label": ("label", "friendlyname", "description", "issuer"),
    "id": ("id", "keyid"),
}
_MEANINGS: Final = {name: meaning for meaning, names in _NAMES.items() for name in names}
_VERSION: Final = re.compile(r"#\s*version:\s*(\d+)")
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})+", re.ASCII | re.IGNORECASE)
_NUMBER: Final = re.compile(r"[0-9]{1,20}", re.ASCII)


def read_csv(content: bytes) -> Reading:
    """All keys of a file, each line with what is wrong with it; whoever gets them closes the reading.

    Lines are `serial, key, hotp, digits, counter, hash`, `serial, key, totp, digits, seconds, hash` or
    `serial, key, ocra, suite`, where what is missing is HOTP, 6 digits, counter 0, 30 s, SHA-1; or a table, if the
    first line names its columns. Keys are hex digits. Raises NotAKeyFileError.
    """
    reading = Reading()
    columns: list[str] | None = None
    skipped = 0
    try:
        for number, cells in _lines(content):
            if cells[0].startswith("#"):
                found = _VERSION.match(cells[0])
                if found is not None and found[1] == "2":
                    skipped = 3  # user, resolver, realm
                    reading.note("the users that the file names are not taken over")
                continue
            if columns is None:
                columns = _columns(cells)
                if columns:
                    continue
            _take(reading, number, _named(columns, cells) if columns else _positional(cells[skipped:]))
    except BaseException:
        reading.close()
        raise
    return reading


def privacyidea_csv(keys: Sequence[ExportedKey]) -> tuple[bytearray, list[Refusal]]:
    """The `oathcsv` of these keys, in clear, for the caller to wipe; and those that it has no words for."""
    refusals = []
    content = bytearray()
    counts = Counter(each.credential.serial for each in keys)
    for each in keys:
        credential = each.credential
        reason = ""
        if counts[credential.serial] > 1:
            reason = "the token has several, and this form knows one for each serial"
        elif credential.kind == "ocra":
            rest = f"ocra, {credential.login_suite}"
        else:
            method = Method.parse(credential.login_suite)
            if method.algorithm != "SHA1":
                reason = f"its codes are made with {method.algorithm}, and this form has SHA1 only"
            moving = method.step if method.timed else credential.counter
            rest = f"{credential.kind}, {method.digits}, {moving}"
        if "," in credential.serial:
            reason = "its serial has a comma"
        if reason:
            refusals.append(Refusal(credential.serial, credential.name, reason))
            continue
        content += f"{credential.serial}, ".encode()
        content += each.key.hex().encode()
        content += f", {rest}\n".encode()
    return content, refusals


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Each line that says something, with its number."""
    try:
        text = content.decode("utf-8-sig")
        rows = csv.reader(text.splitlines(), skipinitialspace=True, strict=True)
        for row in rows:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield rows.line_num, cells
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotAKeyFileError("it is neither XML nor lines of text with commas") from error


def _columns(cells: list[str]) -> list[str]:
    """What the columns mean, if this line names them."""
    meanings = [_MEANINGS.get(re.sub(r"[^a-z]", "", cell.lower()), "") for cell in cells]
    return meanings if {"serial", "key"} <= set(meanings) else []


def _named(columns: list[str], cells: list[str]) -> dict[str, str]:
    return {meaning: cell for meaning, cell in zip(columns, cells, strict=False) if meaning and cell}


def _positional(cells: list[str]) -> dict[str, str]:
    kind = cells[2].lower() if len(cells) > 2 else ""
    names = ["serial", "key", "type", "suite"]
    if not kind.startswith("ocra"):
        names = ["serial", "key", "type", "digits", "step" if kind == "totp" else "counter", "hash"]
    values = {name: cell for name, cell in zip(names, cells, strict=False) if cell}
    return {"type": DEFAULT_KIND, **values}


def _take(reading: Reading, number: int, cells: dict[str, str]) -> None:
    secret = None
    try:
        if not _HEX.fullmatch(cells.get("key", "")):
            raise NotForUsError("its key is missing, or not hex digits")
        secret = bytearray.fromhex(cells["key"])
        plain = kind_of(cells.get("type", ""))[0] in ("hotp", "totp")
        described = Described(
            serial=cells.get("serial", ""),
            secret=secret,
            algorithm=cells["type"],
            id=cells.get("id", ""),
            manufacturer=cells.get("manufacturer", ""),
            model=cells.get("model", ""),
            label=cells.get("label", ""),
            suite=cells.get("hash", cells.get("suite", "")) if plain else cells.get("suite", ""),
            digits=_number(cells, "digits", DEFAULT_DIGITS if plain else None),
            counter=_number(cells, "counter", None),
            step=_number(cells, "step", None),
            place=f"line {number}",
        )
        reading.keys.append(imported(described))
    except NotForUsError as error:
        wipe(secret)
        reading.refused.append(NotTaken(f"line {number}", cells.get("serial", ""), str(error)))
    else:
        for text in described.notes:
            reading.note(text)


def _number(cells: dict[str, str], name: str, otherwise: int | None) -> int | None:
    if name not in cells:
        return otherwise
    if not _NUMBER.fullmatch(cells[name]):
        raise NotForUsError(f"its {name} is no number")
    return int(cells[name])
