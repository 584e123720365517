"""Which objects a value leads to, and where a board ends.

What a board holds as data belongs to it, be it of whatever class: a device on its bus, a source of random bits. What
it only calls does if its class is the emulator's or rp2040py's, or is derived from one of these. All else that it
calls is an observer from outside, such as a test's function or a program on the other end of the cable: it stays
connected as it was connected then, and keeps what it has seen.
"""

from __future__ import annotations

import datetime as dt
import enum
import functools
import logging
import re
import struct
from collections.abc import Iterator
from pathlib import PurePath
from types import BuiltinFunctionType, EllipsisType, FunctionType, MethodType, ModuleType
from typing import Any, Final

PACKAGES: Final = ("rp2040py", "host_tools.emulator")

# What never changes, or is nothing that a board could change.
_FIXED: Final = (
    *(type(None), EllipsisType, int, float, complex, str, bytes, range, enum.Enum),
    *(dt.date, dt.time, dt.timedelta, dt.tzinfo),
    *(type, ModuleType, PurePath, struct.Struct, re.Pattern, logging.Logger),
)


def parts_in(value: Any) -> Iterator[tuple[str, Any]]:
    """The objects that can change to which `value` leads at once, each with the way to it."""
    if isinstance(value, _FIXED):
        return
    if isinstance(value, tuple | frozenset):
        for place, item in enumerate(value):
            yield from ((f"[{place}]{way}", part) for way, part in parts_in(item))
    elif is_view(value):
        yield from parts_in(viewed(value))
    elif is_wire(value):
        yield from _called_parts(value)
    else:
        yield "", value


def is_view(value: Any) -> bool:
    """Whether it is a window on a memory: Python's own, or the one that compiled code brings along."""
    return isinstance(value, memoryview) or type(value).__name__ == "_memoryviewslice"


def viewed(view: Any) -> Any:
    """The memory behind a view, or behind a view of a view."""
    while is_view(view):
        view = view.obj if isinstance(view, memoryview) else view.base
    return view


def is_wire(value: Any) -> bool:
    """Whether it is a function, or a method of some object, which has nothing of its own to keep."""
    return (
        isinstance(value, FunctionType | BuiltinFunctionType | MethodType | functools.partial)
        or type(value).__name__ == "cython_function_or_method"
    )


def belongs(value: Any) -> bool:
    """Whether it, or something that it is derived from, is the emulator's or rp2040py's."""
    return any(
        f"{kind.__module__}.".startswith(f"{package}.")
        for kind in type(value).__mro__
        for package in PACKAGES
    )


def _called_parts(wire: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(wire, functools.partial):
        for place, value in enumerate((wire.func, *wire.args, *wire.keywords.values())):
            yield from ((f"({place}){way}", part) for way, part in _if_ours(value))
    else:
        yield from ((f".__self__{way}", part) for way, part in _if_ours(getattr(wire, "__self__", None)))


def _if_ours(value: Any) -> Iterator[tuple[str, Any]]:
    if is_wire(value):
        yield from _called_parts(value)
    elif not isinstance(value, _FIXED) and belongs(value):
        yield "", value
