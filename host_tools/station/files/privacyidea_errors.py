"""What can go wrong between the station and a privacyIDEA server."""

from __future__ import annotations

from host_tools.station.errors import StationError


class EnrolmentError(StationError):
    """Base of what an enrolment ends with; `host` is the server's, with its port where that is given."""

    def __init__(self, host: str, message: str) -> None:
        super().__init__(message)
        self.host = host


class UnenrollableError(StationError):
    """The server cannot judge what the token shows for this credential; `reason` says why."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what} cannot be enrolled at privacyIDEA: {reason}")
        self.what = what
        self.reason = reason


class ServerAddressError(StationError):
    """What should be the server's address is none; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}; a server's address is like https://pi.example.org")
        self.reason = reason


class CaFileError(StationError):
    """The file holds no certificates to trust; `reason` says why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"can't take certificates from {path}: {reason}")
        self.path = path
        self.reason = reason


class UntrustedServerError(EnrolmentError):
    """The server's certificate does not prove that it is the one that was named; nothing was sent to it."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(
            host, f"the certificate of {host} is not trusted: {reason}; --ca-file names who signed it"
        )
        self.reason = reason


class UnreachableServerError(EnrolmentError):
    """The server cannot be reached, or went away before a key was sent."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(host, f"{host} does not answer: {reason}")
        self.reason = reason


class OutcomeUnknownError(EnrolmentError):
    """The key was sent, and no answer came: the server may have it, or not."""

    def __init__(self, host: str, serial: str) -> None:
        super().__init__(
            host,
            f"{host} went away while it was told of {serial}: look there whether it has that token, remove it if it "
            "has, and enrol again",
        )
        self.serial = serial


class SignInRefusedError(EnrolmentError):
    """The server does not take this administrator's name and password; `reason` says what is known."""

    def __init__(self, host: str, name: str, reason: str) -> None:
        super().__init__(host, f"{host} does not let {name} in as an administrator: {reason}")
        self.name = name
        self.reason = reason


class EnrolledAlreadyError(EnrolmentError):
    """The server has a token of this serial; it would silently take the new key in place of that one's."""

    def __init__(self, host: str, serial: str) -> None:
        super().__init__(
            host,
            f"{host} has a token {serial} already, and its key is not replaced: remove it there first",
        )
        self.serial = serial


class ServerRefusedError(EnrolmentError):
    """The server refused, with an HTTP status, a code of its own (None if it gave none) and its own words."""

    def __init__(self, host: str, status: int, code: int | None, words: str) -> None:
        super().__init__(host, f"{host} refused: {words} (HTTP {status}, error {code})")
        self.status = status
        self.code = code
        self.words = words


class StrangeAnswerError(EnrolmentError):
    """What answered does not speak as privacyIDEA does; `what` says in which way."""

    def __init__(self, host: str, what: str) -> None:
        super().__init__(host, f"what answers at {host} is not privacyIDEA: {what}")
        self.what = what


class CounterNotMovedError(EnrolmentError):
    """The server has the key, but stands at another counter than the token."""

    def __init__(self, host: str, serial: str, counter: int) -> None:
        super().__init__(
            host,
            f"{host} has token {serial} now, but did not move its counter to {counter}: resynchronise it there with "
            "two codes of the token",
        )
        self.serial = serial
        self.counter = counter


class OtherKeyError(EnrolmentError):
    """The server enrolled the token with another key than it was sent."""

    def __init__(self, host: str, serial: str) -> None:
        super().__init__(
            host,
            f"{host} made a key of its own for {serial}, as its policy for enrolments says, and will accept nothing "
            "that the token shows: remove it there, and change the policy",
        )
        self.serial = serial
