"""What can be wrong with codes that people type and cards that hold them: errors with data, never with a code."""

from __future__ import annotations

from datetime import datetime


class CodeError(Exception):
    """Base of what is wrong with a code, a card or a passcode."""


class ShapeError(CodeError):
    """Codes cannot be of this shape; `part` is `count`, `length`, `alphabet` or `secret`, `allowed` what it may be."""

    def __init__(self, part: str, allowed: str) -> None:
        super().__init__(f"the {part} of codes must be {allowed}")
        self.part = part
        self.allowed = allowed


class MalformedCodeError(CodeError):
    """What was typed can be no code: codes have `length` characters, all of them of `alphabet`."""

    def __init__(self, length: int, alphabet: str) -> None:
        super().__init__(f"a code has {length} characters, each one of {alphabet}")
        self.length = length
        self.alphabet = alphabet


class CardIndexError(CodeError):
    """The card has no value of this number; they are numbered from 1 to `count`."""

    def __init__(self, index: int, count: int) -> None:
        super().__init__(f"the card has no value {index}; they are numbered 1 to {count}")
        self.index = index
        self.count = count


class CardUsedUpError(CodeError):
    """No two values of the card may be asked for any more: each may be asked for `uses` times, a pair once."""

    def __init__(self, uses: int) -> None:
        super().__init__(
            f"the card is used up: no two values are left that may be asked for (a value {uses}x, a pair once)"
        )
        self.uses = uses


class PasscodeTwiceError(CodeError):
    """The passcode issued at `issued_at` was the last thing that gave access: no second one follows it."""

    def __init__(self, issued_at: datetime) -> None:
        super().__init__(
            f"a temporary passcode was issued at {issued_at:%Y-%m-%d %H:%M} UTC, and no other device was activated "
            "or answered a login since: a second one in a row is not issued"
        )
        self.issued_at = issued_at
