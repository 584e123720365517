"""What the help desk and the rule of two operators refuse: errors that carry data and never a secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from host_tools.inventory.errors import ChallengeError, InventoryError
from host_tools.policy.forms import in_words


class RefusedError(InventoryError):
    """Base of what the rules refuse now, and may allow later or to others."""


class LockedError(RefusedError):
    """Too many failures in a row: the credential may be used again at `until` (UTC)."""

    def __init__(self, credential: str, failures: int, until: datetime) -> None:
        super().__init__(
            f"credential {credential} is locked after {failures} failures in a row, until {until:%Y-%m-%d %H:%M} UTC"
        )
        self.credential = credential
        self.failures = failures
        self.until = until


class BlockedError(RefusedError):
    """Too many failures without a success: the token is blocked until its user was identified."""

    def __init__(self, serial: str, failures: int) -> None:
        super().__init__(
            f"token {serial} is blocked after {failures} failures without a success: identify its user first"
        )
        self.serial = serial
        self.failures = failures


class NoOpenChallengeError(ChallengeError):
    """No challenge of this credential waits for an answer."""

    def __init__(self, credential: str) -> None:
        super().__init__(f"no challenge waits for an answer of credential {credential}; ask for one first")
        self.credential = credential


class PageNumberError(ChallengeError):
    """The token checks the page first; `needed` says whether its number is missing, or one too much."""

    def __init__(self, credential: str, *, needed: bool) -> None:
        super().__init__(
            f"credential {credential} checks the page first: give the number that the token shows for it"
            if needed
            else f"credential {credential} checks no page, and shows no number for one"
        )
        self.credential = credential
        self.needed = needed


class WrongResponseError(RefusedError):
    """The response was wrong, and counts as a failure; its challenge is used up."""

    def __init__(self) -> None:
        super().__init__("this is not the response to the challenge; ask for a new one")


class SessionNeededError(RefusedError):
    """The credential has answered no challenge within this time: it has to answer one now."""

    def __init__(self, credential: str, within: timedelta) -> None:
        super().__init__(
            f"credential {credential} has answered no challenge within {in_words(within)}: it answers one first"
        )
        self.credential = credential
        self.within = within


class ChangeNumberError(InventoryError):
    """The text is no number that a token draws for a PIN change."""

    def __init__(self, expected: str = "the eight digits that the token shows") -> None:
        super().__init__(f"NUMBER must be {expected}")
        self.expected = expected


class DailyLimitError(RefusedError):
    """So many of these were given within this time, and no more are; the next one may be given at `again` (UTC)."""

    def __init__(self, what: str, limit: int, within: timedelta, again: datetime) -> None:
        super().__init__(
            f"{limit} {what} were given within {in_words(within)}; the next one at {again:%Y-%m-%d %H:%M} UTC"
        )
        self.what = what
        self.limit = limit
        self.within = within
        self.again = again


class UnlockNumberError(RefusedError):
    """The number is not the next one of the token's unlock codes; `last` is the last one that was given."""

    def __init__(self, serial: str, n: int, last: int) -> None:
        super().__init__(
            f"unlock code {n} of token {serial} was given already, and a later one since"
            if n < last
            else f"unlock code {n} of token {serial} was given already; if its screen still shows it, use --again"
            if n == last
            else f"token {serial} can't be at unlock code {n}, since the last one given was {last or 'none'}; "
            "if the inventory came back from a backup, use --ahead"
        )
        self.serial = serial
        self.n = n
        self.last = last


class ProofNeededError(RefusedError):
    """The credential answered its first challenge wrongly at the station: it has to answer, and no other one of it."""

    def __init__(self, serial: str, credential: str) -> None:
        super().__init__(
            f"credential {credential} of token {serial} failed its proof: only its own answer settles the doubt"
        )
        self.serial = serial
        self.credential = credential


class FourEyesError(RefusedError):
    """Base of what the rule of two operators refuses."""


class UnknownActionError(InventoryError):
    """There is no such action; `known` are those that may need two operators."""

    def __init__(self, action: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no action {action!r}; two operators may be needed for {', '.join(known)}")
        self.action = action
        self.known = tuple(known)


class OperatorsNeededError(FourEyesError):
    """The action needs two operators; `request` is the one that waits for the second of them, if there is one."""

    def __init__(self, action: str, request: int | None) -> None:
        super().__init__(
            f"{action} needs two operators, and nobody has asked for it yet"
            if request is None
            else f"{action} needs two operators: request {request} waits for the second one"
        )
        self.action = action
        self.request = request


class UnknownOperatorError(InventoryError):
    """Nobody of this name is an operator; `known` are those who are."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no operator {name!r}; there are {', '.join(known) or 'none'}")
        self.name = name
        self.known = tuple(known)


class OperatorInUseError(InventoryError):
    """There is an operator of this name already, or with this token."""

    def __init__(self, name: str, serial: str) -> None:
        super().__init__(f"operator {name} has the token {serial}: each has one, and nobody else has that")
        self.name = name
        self.serial = serial


class OperatorTokenError(FourEyesError):
    """The token is an operator's (`name`): while he is one, it keeps its keys, and nobody else gets its serial."""

    def __init__(self, serial: str, name: str) -> None:
        super().__init__(
            f"token {serial} is that of the operator {name}: first `picodsc operator remove {name}`, which two "
            "operators agree on where two are needed"
        )
        self.serial = serial
        self.name = name


class OperatorsLostError(FourEyesError):
    """With the backup too few of the present operators could answer; `known` are those who could."""

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__(
            "two operators are needed here, and with this backup fewer than two could answer "
            f"({', '.join(known) or 'none'}), because their tokens were made later or were not in use then: turn "
            "`picodsc operator policy` off first, by two, or restore into an empty place"
        )
        self.known = tuple(known)


class TooFewOperatorsError(FourEyesError):
    """With fewer than two operators nobody could agree with anybody, nor change that."""

    def __init__(self, count: int) -> None:
        super().__init__(f"while anything needs two operators there must be two; there would be {count}")
        self.count = count


class RequestError(FourEyesError):
    """The request cannot be approved; `reason` says why."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"request {number} cannot be approved: {reason}")
        self.number = number
        self.reason = reason
