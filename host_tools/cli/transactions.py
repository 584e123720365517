"""A transaction as it is typed on the command line: its form and its values, for `sign` and `verify-signature`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dsc.protocol.errors import FieldValueError, FormError
from dsc.protocol.transaction import AMOUNT, Field, check_form, check_value, minor_units
from host_tools.cli.exits import USAGE, reason, stop
from host_tools.cli.options import is_encodable
from host_tools.inventory.forms import KIND_NAMES, field, form_from_json

_SEPARATORS: Final = str.maketrans("", "", " -")


def transaction(
    fields: Sequence[str], form: Path | None, values: Sequence[str], known: Sequence[Field] = ()
) -> tuple[tuple[Field, ...], list[str]]:
    """Fields and values as they are signed, from what was typed; ends the command if it is no transaction.

    `known` is the form of the inventory, if there is one: then the fields can be left out, and must be no others.
    """
    if any(not is_encodable(text) for text in (*fields, *values)):
        stop("a field is not UTF-8", USAGE)
    if fields and (form is not None or values):
        stop("--field brings fields and values: leave out --form and --value", USAGE)
    try:
        if fields:
            pairs = [_field_and_value(text) for text in fields]
            described, typed = tuple(one for one, _ in pairs), [value for _, value in pairs]
        else:
            described, typed = _form(form) if form is not None else tuple(known), list(values)
        if not described:
            stop("there are no fields: give them by --field, or by --form and --value", USAGE)
        check_form(described)
        if known and described != tuple(known):
            stop(f"these are not the fields of the token's form: {', '.join(map(_shown, known))}", USAGE)
        if len(typed) != len(described):
            stop(f"the form has {len(described)} fields, and there are {len(typed)} values", USAGE)
        return described, [_value(one, text) for one, text in zip(described, typed, strict=True)]
    except (FormError, FieldValueError) as error:
        stop(error, USAGE)


def _form(path: Path) -> tuple[Field, ...]:
    try:
        return form_from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        stop(f"can't read {path}: {reason(error)}", USAGE)
    except UnicodeDecodeError:
        stop(f"{path} is not UTF-8", USAGE)


def _field_and_value(text: str) -> tuple[Field, str]:
    described, equals, value = text.rpartition("=")
    kind, colon, label = described.partition(":")
    if not equals or not colon:
        raise FormError(f"{text!r} is not KIND:LABEL=VALUE")
    if kind != KIND_NAMES[AMOUNT]:
        return field(kind, label), value
    parts = label.rsplit(":", 2)
    if len(parts) != 3 or not re.fullmatch(r"[0-9]", parts[1], re.ASCII):
        raise FormError(f"{text!r} is not amount:LABEL:DECIMALS:CURRENCY=VALUE")
    return field(kind, parts[0], int(parts[1]), parts[2]), value


def _value(one: Field, text: str) -> str:
    """Digits as they are signed: an amount is typed with its decimals, or without any, and signed in minor units."""
    digits = text.translate(_SEPARATORS) if one.kind != AMOUNT else _minor_units(one, text.replace(" ", ""))
    check_value(one, digits)
    return digits


def _minor_units(one: Field, text: str) -> str:
    decimals = rf"(\.[0-9]{{{one.decimals}}})?" if one.decimals else ""
    if not re.fullmatch(rf"[0-9]+{decimals}", text, re.ASCII):
        example = "1234" + ("." + "5000"[: one.decimals] if one.decimals else "")
        raise FieldValueError(one.label, f"expected an amount like {example}")
    whole, _, cents = text.partition(".")
    return minor_units(whole + (cents or "0" * one.decimals))


def _shown(one: Field) -> str:
    name = f"{KIND_NAMES[one.kind]}:{one.label}"
    return f"{name}:{one.decimals}:{one.currency}" if one.kind == AMOUNT else name
