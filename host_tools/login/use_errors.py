"""What is refused within a session, and to the help desk: errors that carry data and never a secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from host_tools.login.errors import LoginError


class LimitedSessionError(LoginError):
    """The session is for obtaining an online card, and for nothing else."""

    def __init__(self) -> None:
        super().__init__("this session is for obtaining an Online Security Code Card only")


class NoTokenError(LoginError):
    """The session was opened by a device (`kind`) that is no token."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"this needs a session that a token has opened, and a {kind} is none")
        self.kind = kind


class StaleSessionError(LoginError):
    """The device's answer is longer ago than `lasts`: it has to answer once more."""

    def __init__(self, lasts: timedelta) -> None:
        super().__init__(f"the login is more than {lasts // timedelta(minutes=1)} minutes ago: log in again")
        self.lasts = lasts


class UnknownWithdrawalError(LoginError):
    """There is no withdrawal under this reference, or it was cancelled."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"there is no withdrawal {reference!r}")
        self.reference = reference


class AnswerNeededError(LoginError):
    """The caller has given no right answer to the challenge, or it is longer ago than `lasts`."""

    def __init__(self, lasts: timedelta) -> None:
        super().__init__(
            f"the token has not answered this challenge rightly within {lasts // timedelta(minutes=1)} minutes: "
            "ask it once more"
        )
        self.lasts = lasts


class NoConfirmableTokenError(LoginError):
    """The user has no token whose PIN change could be confirmed, or the device is none."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"no PIN change of {name!r} can be confirmed: that takes a token that answers challenges, after its PIN"
        )
        self.name = name


class IdempotencyKeyError(LoginError):
    """The text is no idempotency key."""

    def __init__(self) -> None:
        super().__init__(
            "an idempotency key has 16 to 64 characters: letters from A to Z or a to z, digits, - and _"
        )


class IdempotencyKeyUsedError(LoginError):
    """The key is that of another withdrawal: `differs` is "user" or "amount"."""

    def __init__(self, differs: str) -> None:
        super().__init__(f"this idempotency key is that of a withdrawal of another {differs}")
        self.differs = differs


class CancelledWithdrawalError(LoginError):
    """The withdrawal of this key was allowed, and cancelled since."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"withdrawal {reference} was cancelled; another one has another idempotency key")
        self.reference = reference


class TooManyWithdrawalsError(LoginError):
    """The user has asked for `most` withdrawals today; the next one can be at `until` (UTC), after a `wait`."""

    def __init__(self, most: int, until: datetime, wait: timedelta) -> None:
        super().__init__(
            f"{most} withdrawals were asked for today, and no more can be; the next one at {until:%Y-%m-%d %H:%M} UTC"
        )
        self.most = most
        self.until = until
        self.wait = wait


class TokenChoiceError(LoginError):
    """The user has no token, or several: `devices` are those that could be meant."""

    def __init__(self, name: str, devices: Sequence[int]) -> None:
        which = ", ".join(str(one) for one in devices)
        super().__init__(
            f"which of the devices of {name!r} is meant is not clear: say which: {which}"
            if devices
            else f"{name!r} has no token"
        )
        self.name = name
        self.devices = tuple(devices)
