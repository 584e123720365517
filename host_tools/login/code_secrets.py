"""What is wrapped for a card or a passcode: its secret, and what its codes look like, whatever the policy becomes.

One byte, the alphabet's length; the alphabet (ASCII); then, of a card, the count of its values (2 bytes, big-endian),
their length (1 byte) and its secret (32 bytes), and of a passcode its characters. docs/formats.md section 10.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dsc.crypto.memory import wipe
from host_tools.inventory.errors import UnwrapError
from host_tools.login import kept
from host_tools.login.rules.cards import SECRET_SIZE, Shape
from host_tools.login.system import Work

_FACTS = 3  # bytes, of a card: count and length


def keep_card(work: Work, secret: bytearray, shape: Shape) -> int:
    """Wrap and write a card's secret; its number. The caller wipes the secret."""
    facts = shape.count.to_bytes(2, "big") + shape.length.to_bytes(1, "big")
    return _keep(work, kept.CARD, shape.alphabet, facts, secret)


@contextmanager
def card(work: Work, number: int | None) -> Iterator[tuple[bytearray, Shape]]:
    """A card's secret and what its values look like; wiped at the end. Raises UnwrapError."""
    with _opened(work, number, kept.CARD) as (alphabet, rest):
        if len(rest) != _FACTS + SECRET_SIZE:
            raise UnwrapError
        secret = rest[_FACTS:]
        try:
            yield secret, Shape(int.from_bytes(rest[:2], "big"), rest[2], alphabet)
        finally:
            wipe(secret)


def keep_passcode(work: Work, passcode: bytearray, alphabet: str) -> int:
    """Wrap and write a passcode (ASCII); its number. The caller wipes the passcode."""
    return _keep(work, kept.PASSCODE, alphabet, b"", passcode)


@contextmanager
def passcode(work: Work, number: int | None) -> Iterator[tuple[bytearray, str]]:
    """A passcode and its alphabet; wiped at the end. Raises UnwrapError."""
    with _opened(work, number, kept.PASSCODE) as (alphabet, rest):
        yield rest, alphabet


def _keep(work: Work, role: str, alphabet: str, facts: bytes, secret: bytearray) -> int:
    letters = alphabet.encode("ascii")
    head = len(letters).to_bytes(1, "big") + letters + facts
    # Of its whole size from the start: a bytearray that grows leaves copies behind.
    whole = bytearray(len(head) + len(secret))
    try:
        whole[: len(head)] = head
        whole[len(head) :] = secret
        return kept.keep(work, role, whole)
    finally:
        wipe(whole)


@contextmanager
def _opened(work: Work, number: int | None, role: str) -> Iterator[tuple[str, bytearray]]:
    whole = kept.opened(work, number, role)
    rest = bytearray()
    try:
        start = 1 + (whole[0] if whole else 0)
        rest = whole[start:]
        yield whole[1:start].decode("ascii"), rest
    finally:
        wipe(whole, rest)
