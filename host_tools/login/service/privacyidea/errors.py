"""Why a foreign client's request is no login at all: named errors with data, never with a secret."""

from __future__ import annotations


class WireError(Exception):
    """Base of what is answered with privacyIDEA's error document instead of a verdict."""


class UnreadableBodyError(WireError):
    """The body is not what its content type says, or not one of those that are read."""


class TooLargeError(WireError):
    """The request is larger than the policy allows."""


class UnavailableError(WireError):
    """The service can't judge logins now; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LimitError(WireError):
    """The caller has sent too much, and may go on after so many `seconds`."""

    def __init__(self, seconds: str) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class NotServedError(WireError):
    """This interface is not for who asks from there."""


class NoUserError(WireError):
    """Nobody is named whom it is about."""

    def __init__(self) -> None:
        super().__init__("no user")


class ParameterError(WireError):
    """A parameter (`name`) can't be taken as it is."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class MissingParameterError(ParameterError):
    """A parameter is not there."""


class RepeatedParameterError(ParameterError):
    """A parameter is there twice: client and server might each look at another one."""


class MalformedParameterError(ParameterError):
    """A parameter is too long, or no text."""


class SecretInAddressError(ParameterError):
    """A secret is in the address, which ends in the log of every server on the way."""


class RefusedParameterError(ParameterError):
    """A parameter asks for what this service leaves to no caller, such as the choice of the challenge."""


class CredentialsRefusedError(WireError):
    """The name and secret of the API key are not right; which of the two is not said."""


class CallerError(WireError):
    """The caller has not shown that it may ask for this."""


class NoTokenError(CallerError):
    """There is no token in the request's headers."""


class UnreadableTokenError(CallerError):
    """The token is none of ours."""


class ExpiredTokenError(CallerError):
    """The token was good, and has run out."""


class MissingRightError(CallerError):
    """The token's key may not do this (`right`)."""

    def __init__(self, right: str) -> None:
        super().__init__(right)
        self.right = right
