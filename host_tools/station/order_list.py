"""Lists of orders in CSV or YAML: read whole, and every mistake told with its line before anything starts.

CSV has a header line of the names below, with commas or semicolons between; YAML is a list of mappings with the same
names, and there `credentials` (a list, as in an order file) may stand in place of label, suite, server and kind.

    reference,user,batch,label,suite,pin,duress,language
    2026-118,j.doe,DS,Bank,OCRA-1:HOTP-SHA256-8:QN06,random,yes,de
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final

from dsc.crypto.errors import CryptoError
from dsc.crypto.memory import wipe
from dsc.protocol.errors import MessageError, ProtocolError
from host_tools.inventory.errors import ExposedFileError, InventoryError
from host_tools.inventory.private_files import refuse_exposed
from host_tools.station.errors import StationError
from host_tools.station.order_file import OrderFileError
from host_tools.station.recipes import PinFrom, Recipe

LARGEST: Final = 16 * 1024 * 1024  # bytes of a list
_CREDENTIAL: Final = {"label": "label", "suite": "login", "server": "server", "kind": "kind"}
_WHOLE: Final = ("language", "mode")
_SWITCHES: Final = ("must_change", "duress")
_OWN: Final = ("reference", "user", "serial", "batch", "pin")
COLUMNS: Final = (*_OWN, *_CREDENTIAL, *_WHOLE, *_SWITCHES)
YAML_ONLY: Final = ("credentials",)
_YES_NO: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a list, and on which line."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class OrderListError(Exception):
    """A list of orders can't be used; `problems` are all that were found, in order. No PIN is in it."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        first, *others = [str(problem) for problem in problems]
        super().__init__(f"{name}, {first}" + "".join(f"\n{name}, {other}" for other in others))
        self.name = name
        self.problems = tuple(problems)


def read(path: Path, default: Recipe) -> list[Recipe]:
    """The orders of a list; what a line leaves out is as in `default`.

    A list with PINs in it must be its owner's alone to read. Whoever gets them wipes their PINs.
    Raises OrderListError, ExposedFileError, OSError.
    """
    with path.open("rb") as file:
        content = bytearray(file.read(LARGEST + 1))
        exposed = _exposed(path, file)
    try:
        if len(content) > LARGEST:
            raise OrderListError(path.name, [Problem(1, f"the list is larger than {LARGEST} bytes")])
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            raise OrderListError(path.name, [Problem(line, "this is not UTF-8")]) from None
    finally:
        wipe(content)
    rows = _yaml_rows if path.suffix.lower() in (".yaml", ".yml") else _csv_rows
    recipes = _recipes(path.name, list(rows(path.name, text)), default)
    pins = [recipe.pin for recipe in recipes if recipe.pin is not None]
    if pins and exposed is not None:
        wipe(*pins)
        raise exposed
    return recipes


def _exposed(path: Path, file: IO[bytes]) -> ExposedFileError | None:
    """What is wrong if there are PINs in it."""
    try:
        refuse_exposed(path, file)
    except ExposedFileError as error:
        return error
    return None


Row = tuple[int, dict[str, Any]]


def _recipes(name: str, rows: list[Row], default: Recipe) -> list[Recipe]:
    recipes: list[Recipe] = []
    problems: list[Problem] = []
    seen: dict[tuple[str, str], int] = {}
    for line, row in rows:
        try:
            recipe = replace(_recipe(row, default), line=line)
            recipes.append(recipe)
            recipe.check()
        except MessageError as error:
            problems.append(Problem(line, error.reason))
        except (OrderFileError, InventoryError, StationError, CryptoError, ProtocolError, _RowError) as error:
            problems.append(Problem(line, str(error)))
        for column in ("reference", "serial"):
            given = row.get(column)
            if isinstance(given, str) and given:
                first = seen.setdefault((column, given.upper()), line)
                if first != line:
                    problems.append(Problem(line, f"{column} {given!r} stands in line {first} already"))
    if not rows:
        problems.append(Problem(1, "there is no order in it"))
    if problems:
        wipe(*(recipe.pin for recipe in recipes if recipe.pin is not None))
        raise OrderListError(name, problems)
    return recipes


class _RowError(Exception):
    """One row can't be an order."""


def _recipe(row: dict[str, Any], default: Recipe) -> Recipe:
    for key, value in row.items():
        if key not in COLUMNS + YAML_ONLY:
            raise _RowError(f"there is no {key!r} in an order; it has {', '.join(COLUMNS + YAML_ONLY)}")
        if key in YAML_ONLY or (key in _SWITCHES and isinstance(value, bool)):
            continue
        if not isinstance(value, str):
            raise _RowError(f"{key} must be text; in YAML put it in quotes, or zeros in front of it are lost")
    given = {key: value for key, value in row.items() if value != ""}
    described = dict(default.described)
    described.update(_described(given))
    options: dict[str, Any] = {}
    for key in ("reference", "user"):
        if key in given:
            options[key] = given[key]
    if "serial" in given and "batch" in given:
        raise _RowError("an order has a serial, or a batch of which it gets the next one")
    if "serial" in given:
        options.update(serial=given["serial"].upper(), prefix=None)
    if "batch" in given:
        options.update(prefix=given["batch"].upper(), serial=None)
    options.update(_pin(given, default.pin_from))
    return replace(default, described=described, **options)


def _described(given: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {key: given[key] for key in _WHOLE if key in given}
    for key in _SWITCHES:
        if key in given:
            described[key] = _switch(key, given[key])
    one = {name: given[key] for key, name in _CREDENTIAL.items() if key in given}
    if "credentials" in given:
        if one:
            raise _RowError(f"credentials stand in place of {', '.join(_CREDENTIAL)}")
        described["credentials"] = given["credentials"]
    elif one:
        described["credentials"] = [one]
    return described


def _switch(key: str, value: str | bool) -> bool | str:
    if isinstance(value, bool):
        return value
    if value.lower() in _YES_NO:
        return _YES_NO[value.lower()]
    if key == "duress":
        return value  # its digits; the order knows which are possible
    raise _RowError(f"{key} must be yes or no")


def _pin(given: dict[str, Any], default: PinFrom) -> dict[str, Any]:
    value = given.get("pin")
    if value is None:
        if default is PinFrom.ORDER:
            raise _RowError("there is no pin, and the PINs were to come from the list")
        return {"pin_from": default}
    if value in (PinFrom.ASK, PinFrom.RANDOM):
        return {"pin_from": PinFrom(value)}
    if not (value.isascii() and value.isdigit()):
        raise _RowError("pin must be ask, random, or the digits")
    return {"pin_from": PinFrom.ORDER, "pin": bytearray(value.encode())}


def _csv_rows(name: str, text: str) -> Iterator[Row]:
    header = text.split("\n", 1)[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] | None = None
    problems: list[Problem] = []
    begin = 1
    try:
        for cells in reader:
            line, begin = begin, reader.line_num + 1
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if names is None:
                names = [cell.lower() for cell in cells]
                _check_header(name, line, names)
            elif len(cells) != len(names):
                problems.append(Problem(line, f"it has {len(cells)} fields, the header has {len(names)}"))
            else:
                yield line, dict(zip(names, cells, strict=True))
    except csv.Error as error:
        problems.append(Problem(reader.line_num, f"this is not CSV: {error}"))
    if problems:
        raise OrderListError(name, problems)


def _check_header(name: str, line: int, names: list[str]) -> None:
    for place, one in enumerate(names, 1):
        if one not in COLUMNS:
            raise OrderListError(
                name,
                [Problem(line, f"there is no column {_named(one, place)}; there are {', '.join(COLUMNS)}")],
            )
        if names.count(one) > 1:
            raise OrderListError(name, [Problem(line, f"the column {one} stands there twice")])


def _named(column: str, place: int) -> str:
    """A column's name, if it can be one; what stands there in its place may be a PIN."""
    return (
        repr(column)
        if column.replace("_", "").isalpha() and column.isascii()
        else f"like that of number {place}"
    )


def _yaml_rows(name: str, text: str) -> Iterator[Row]:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.events import AliasEvent

    parser = YAML(typ="rt", pure=True)
    try:
        for event in YAML(typ="rt", pure=True).parse(text):
            if isinstance(event, AliasEvent):
                raise OrderListError(
                    name, [Problem(event.start_mark.line + 1, "an order has no aliases (*)")]
                )
        found = parser.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = 1 if mark is None else mark.line + 1
        what = "a name stands there twice" if isinstance(error, DuplicateKeyError) else "this is not YAML"
        raise OrderListError(
            name, [Problem(line, what)]
        ) from None  # the library's words may have a PIN in them
    except (YAMLError, ValueError, RecursionError):
        raise OrderListError(name, [Problem(1, "this is not YAML")]) from None
    if not isinstance(found, CommentedSeq):
        raise OrderListError(name, [Problem(1, "there must be a list of orders")])
    for number, order in enumerate(found):
        line = found.lc.item(number)[0] + 1
        if not isinstance(order, CommentedMap):
            raise OrderListError(name, [Problem(line, "an order must be a mapping of names to values")])
        try:
            yield line, _plain(order)
        except _RowError as error:
            raise OrderListError(name, [Problem(line, str(error))]) from None


def _plain(value: Any) -> Any:
    """What the YAML library marks with places, as plain Python. Raises _RowError for values with a tag."""
    if getattr(getattr(value, "tag", None), "value", None):
        raise _RowError("an order has no tags (!)")
    kinds: dict[type, Callable[[Any], Any]] = {
        dict: lambda one: {str(key): _plain(inner) for key, inner in one.items()},
        list: lambda one: [_plain(inner) for inner in one],
        str: str,
    }
    for kind, plain in kinds.items():
        if isinstance(value, kind):
            return plain(value)
    return value
