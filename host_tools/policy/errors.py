"""What can be wrong with a policy file: errors that say where, and what is allowed there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class PolicyError(Exception):
    """Base of what is wrong with a policy file (`path`); nothing of it is in force then."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class PolicyFileError(PolicyError):
    """The file cannot be read, or is no TOML; `reason` says why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.reason = reason


class UnknownKeyError(PolicyError):
    """There is no such key; `allowed` lists those that there are beside it."""

    def __init__(self, path: Path, key: str, allowed: Sequence[str]) -> None:
        super().__init__(path, f"there is no key {key}; allowed are {', '.join(allowed)}")
        self.key = key
        self.allowed = tuple(allowed)


class MissingKeyError(PolicyError):
    """A key that is needed is not there."""

    def __init__(self, path: Path, key: str, expected: str) -> None:
        super().__init__(path, f"{key} is missing: {expected}")
        self.key = key
        self.expected = expected


class PolicyValueError(PolicyError):
    """A key has a value that is not allowed; `allowed` says which are."""

    def __init__(self, path: Path, key: str, value: object, allowed: str) -> None:
        super().__init__(path, f"{key} = {value!r} is not allowed: {allowed}")
        self.key = key
        self.value = value
        self.allowed = allowed
