"""What the login system refuses: errors that carry data and never a secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime


class LoginError(Exception):
    """Base of everything that the login system refuses."""


class RefusedError(LoginError):
    """User name and password do not open a login: one of them is wrong, or the login is closed, locked or blocked.

    Which of these is told to nobody: whoever tries passwords must not learn when one was right.
    """

    def __init__(self) -> None:
        super().__init__("user name or password is wrong, or the login is locked")


class UserFieldError(LoginError):
    """Something that was said of a user cannot be recorded: `field` and what is allowed."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class UnknownUserError(LoginError):
    """No user has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no user {name!r}")
        self.name = name


class UserExistsError(LoginError):
    """The name is taken, by a user or by one whose account was closed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a user {name!r} already")
        self.name = name


class ClosedUserError(LoginError):
    """The account was closed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the account of {name!r} is closed")
        self.name = name


class LockedUserError(LoginError):
    """Too many failures in a row: the login opens again at `until` (UTC)."""

    def __init__(self, name: str, failures: int, until: datetime) -> None:
        super().__init__(
            f"the login of {name!r} is locked after {failures} failures, until {until:%Y-%m-%d %H:%M} UTC"
        )
        self.name = name
        self.failures = failures
        self.until = until


class BlockedUserError(LoginError):
    """Too many failures without a success: nothing opens until the user was identified."""

    def __init__(self, name: str, failures: int) -> None:
        super().__init__(
            f"the login of {name!r} is blocked after {failures} failures without a success: identify the user"
        )
        self.name = name
        self.failures = failures


class NoDeviceError(LoginError):
    """The user has no active device to answer with."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} has no active device")
        self.name = name


class ExpiredDeviceError(NoDeviceError):
    """The device that the user had to answer with has expired: its kind, and when (UTC)."""

    def __init__(self, name: str, device: int, kind: str, expired_at: datetime) -> None:
        LoginError.__init__(
            self, f"the {kind} of {name!r} (device {device}) expired at {expired_at:%Y-%m-%d %H:%M} UTC"
        )
        self.name = name
        self.device = device
        self.kind = kind
        self.expired_at = expired_at


class UnusableDeviceError(NoDeviceError):
    """The device cannot answer: its token is not in use, has no keys any more, or is another user's by now."""

    def __init__(self, name: str, device: int) -> None:
        LoginError.__init__(
            self,
            f"device {device} of {name!r} can't answer: its token is not in use, or is another user's by now",
        )
        self.name = name
        self.device = device


class UnknownDeviceError(LoginError):
    """The user has no such device."""

    def __init__(self, name: str, device: int) -> None:
        super().__init__(f"{name!r} has no device {device}")
        self.name = name
        self.device = device


class DeviceStateError(LoginError):
    """The device is in another state than what was asked for needs."""

    def __init__(self, device: int, state: str, needed: Sequence[str], *, held: bool = False) -> None:
        """`held`: what was to be added is this device of the user already."""
        super().__init__(
            f"this is the user's device {device} already, and {state}"
            if held
            else f"device {device} is {state}; this needs one that is {' or '.join(needed)}"
        )
        self.device = device
        self.state = state
        self.needed = tuple(needed)


class DeviceKindError(LoginError):
    """The device cannot be of this kind: `reason` says why."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"the device cannot be a {kind}: {reason}")
        self.kind = kind
        self.reason = reason


class TokenTakenError(LoginError):
    """The token is another user's."""

    def __init__(self, serial: str) -> None:
        super().__init__(f"token {serial} is another user's")
        self.serial = serial


class DemandNotOpenError(LoginError):
    """Nothing waits for this answer: `reason` is "unknown", "used" or "expired"."""

    def __init__(self, reason: str) -> None:
        words = {"used": "it was given already", "expired": "the time for it is over"}
        super().__init__(
            f"no answer is waited for: {words.get(reason, 'nothing of this reference was asked')}"
        )
        self.reason = reason


class PageNumberNeededError(LoginError):
    """The token checks the page first: its number is typed into the page before its response."""

    def __init__(self) -> None:
        super().__init__("the token checks the page first: give the number that it shows")


class NoPageNumberError(LoginError):
    """The device checks no page, and shows no number for one."""

    def __init__(self) -> None:
        super().__init__("the device checks no page, and shows no number for one")


class NoPhoneError(LoginError):
    """The user has no number that text messages could go to."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} has no phone number for text messages")
        self.name = name


class TooManyMessagesError(LoginError):
    """No more messages are sent to the user, or to his number, for now; the next one can be at `until` (UTC)."""

    def __init__(self, name: str, most: int, until: datetime) -> None:
        super().__init__(
            f"{most} text messages were sent to {name!r} or his number within 24 hours; the next one can be sent at "
            f"{until:%Y-%m-%d %H:%M} UTC"
        )
        self.name = name
        self.most = most
        self.until = until


class TooManyCardsError(LoginError):
    """The user obtains no more cards for now; the next one can be made at `until` (UTC)."""

    def __init__(self, name: str, most: int, until: datetime) -> None:
        super().__init__(
            f"{most} online cards were made for {name!r} within 24 hours; the next one can be obtained at "
            f"{until:%Y-%m-%d %H:%M} UTC"
        )
        self.name = name
        self.most = most
        self.until = until


class UnknownMessageError(LoginError):
    """There is no such message, or its text is forgotten: it was sent or has expired."""

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no message {number}, or its text is forgotten")
        self.number = number


class SessionError(LoginError):
    """There is no such session, or it is over."""

    def __init__(self) -> None:
        super().__init__("the session is unknown or over: log in again")
