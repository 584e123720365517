"""Codes that are told once: into the answer, and out of the memory that can be wiped."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from dsc.crypto.memory import wipe

Code = TypeVar("Code")
Answer = TypeVar("Answer")


def shown(make: Callable[[Code], Answer], code: Code, *parts: bytearray) -> Answer:
    """The answer made of the code, whose parts are wiped. The text that is sent cannot be: it is the caller's now."""
    try:
        return make(code)
    finally:
        wipe(*parts)
