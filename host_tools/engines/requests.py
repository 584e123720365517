"""Lines of a batch, read by one parser whatever interpreter answers them: well-formed ones go on in one form."""

from __future__ import annotations

import json
from typing import Any, Final

MAX_LINE: Final = 64 * 1024  # characters; the longest request that is right has less than 3000
MAX_NUMBER: Final = 100  # digits


class RequestError(Exception):
    """A line is no request: not JSON, or not an object of texts, whole numbers and nulls."""


def normalised(line: str | bytes) -> str:
    """The request in `line`, in the form that all interpreters read alike. Raises RequestError.

    MicroPython's parser takes much that is not JSON, and joins no halves of escaped characters.
    """
    if len(line) > MAX_LINE:
        raise RequestError(f"the line is longer than {MAX_LINE} characters")
    try:
        text = line.decode("utf-8") if isinstance(line, bytes) else line
    except UnicodeDecodeError as error:
        raise RequestError("the line is not UTF-8") from error
    try:
        request = json.loads(text, parse_constant=_refuse_constant, parse_int=_whole_number)
    except (ValueError, RecursionError) as error:
        raise RequestError("the line is not JSON") from error
    return form(request)


def form(request: object) -> str:
    """A request as one line of JSON. Raises RequestError."""
    return json.dumps(_checked(request), ensure_ascii=False)


def _checked(request: object) -> dict[str, Any]:
    """The request, if every value in it is of a kind that some field has. Raises RequestError."""
    if not isinstance(request, dict):
        raise RequestError("a request is a JSON object")
    for name, value in request.items():
        if _is_broken(name):
            raise RequestError("a field's name holds half a character")
        if isinstance(value, str):
            if _is_broken(value):
                raise RequestError(f"{name!r} holds half a character")
        elif value is not None and not isinstance(value, int):
            raise RequestError(f"{name!r} must be text, a whole number or null")
    return request


def _is_broken(text: str) -> bool:
    """Whether there is a surrogate without its other half, which no encoding has bytes for."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def _whole_number(digits: str) -> int:
    if len(digits) > MAX_NUMBER:
        raise RequestError(f"a number has more than {MAX_NUMBER} digits")
    return int(digits)


def _refuse_constant(name: str) -> object:
    raise RequestError(f"{name} is not JSON")
