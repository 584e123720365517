"""The first factor: passwords under Argon2id (RFC 9106), and the same work for a user that there is not."""

from __future__ import annotations

import os
from threading import Semaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from host_tools.login.errors import UserFieldError
from host_tools.policy.rules import PasswordRules

_HASHER: Final = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
# Of a random password that nobody knows, made with the parameters above; what is compared with is never right.
_NOBODYS: Final = _HASHER.hash("".join(map(chr, range(33, 97))))
# Each takes 64 MiB for as long as a processor is at it: more of them at once are no quicker, and only fill the memory.
AT_ONCE: Final = os.cpu_count() or 1
_TURNS: Final = Semaphore(AT_ONCE)


def hashed(password: str, rules: PasswordRules) -> str:
    """Argon2's text of the password. Raises UserFieldError if it has too few characters, or too many."""
    if not rules.shortest <= len(password) <= rules.longest:
        raise UserFieldError("password", f"a password has {rules.shortest} to {rules.longest} characters")
    with _TURNS:
        return _HASHER.hash(password)


def hashed_anew(password: str) -> str:
    """The same of one that was right, whatever its length, with today's parameters."""
    with _TURNS:
        return _HASHER.hash(password)


def is_right(known: str | None, password: str, rules: PasswordRules) -> bool:
    """Whether the password is the one; without a known one it takes as long, and never is.

    Nobody makes the service hash a book: what is longer than the rules allow is cut, and wrong.
    """
    try:
        with _TURNS:
            _HASHER.verify(_NOBODYS if known is None else known, password[: rules.longest])
    except (VerificationError, InvalidHashError):
        return False
    return known is not None and len(password) <= rules.longest


def is_outdated(known: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(known)
