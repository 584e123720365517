"""MicroPython's `micropython` module for CPython: the hints to its compiler, which mean nothing here."""

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


def const(value: T) -> T:
    """The value itself; MicroPython's compiler would fold it into the code."""
    return value


def native(function: F) -> F:
    """The function itself; MicroPython would compile it to machine code."""
    return function


def viper(function: F) -> F:
    """The function itself; MicroPython would compile it to machine code with machine integers."""
    return function
