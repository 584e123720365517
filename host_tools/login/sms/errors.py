"""What can go wrong with text messages: errors with data, without numbers, texts, tokens and what a server said."""

from __future__ import annotations

from collections.abc import Sequence


class SmsError(Exception):
    """Base of everything that stands in the way of a text message."""


class PhoneError(SmsError):
    """This is no number that a text message can go to; `expected` says what is. The number itself is left out."""

    def __init__(self, expected: str) -> None:
        super().__init__(f"this is no phone number for text messages: {expected}")
        self.expected = expected


class UnknownLanguageError(SmsError):
    """There are no messages in this language; `known` lists those that there are."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there are no text messages in {name!r}; there are {', '.join(known)}")
        self.name = name
        self.known = tuple(known)


class SettingError(SmsError):
    """A setting of the gateway is of no use; `setting` is its name, `problem` what is wrong and what is expected."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"sms gateway: {setting} {problem}")
        self.setting = setting
        self.problem = problem


class GatewayError(SmsError):
    """Base of why a message was not handed over. `status` is the server's (HTTP), if it answered."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class TryAgainError(GatewayError):
    """The message may be handed over later, `after` seconds from now if the server said so.

    `maybe_sent` is True if it may have been sent all the same: whoever sends it again may send it twice.
    """

    def __init__(
        self,
        problem: str,
        *,
        status: int | None = None,
        after: int | None = None,
        maybe_sent: bool = False,
    ) -> None:
        super().__init__(f"the sms gateway {problem}; the message can be tried again", status)
        self.after = after
        self.maybe_sent = maybe_sent


class NeverError(GatewayError):
    """The gateway does not take this message, and would not take it later either."""

    def __init__(self, problem: str, *, status: int | None = None) -> None:
        super().__init__(f"the sms gateway {problem}; the message is not tried again", status)
