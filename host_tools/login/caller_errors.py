"""What is refused to callers of the service, and about their keys: errors that carry data and never a secret."""

from __future__ import annotations

from host_tools.login.errors import LoginError


class CallerError(LoginError):
    """No key is this one, or it was revoked; which of these is told to nobody."""

    def __init__(self) -> None:
        super().__init__("the API key is unknown or was revoked")


class KeyFieldError(LoginError):
    """Something that was said of a key cannot be recorded: `field` and what is allowed."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class KeyExistsError(LoginError):
    """The name is taken, by a key or by one that was revoked."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is an API key {name!r} already, or there was")
        self.name = name


class UnknownKeyError(LoginError):
    """No key that opens anything has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no API key {name!r}, or it was revoked before")
        self.name = name
