"""What the cryptography refuses, as named errors that say what is allowed and never carry a secret."""


class CryptoError(Exception):
    """Base of every error that `dsc.crypto` raises on purpose."""


class SuiteError(CryptoError):
    """An OCRA suite is not one that RFC 6287 section 6 allows.

    `suite` is the text that was given, `reason` what is wrong with it and what is allowed.
    """

    def __init__(self, suite: object, reason: str) -> None:
        super().__init__("OCRA suite %r: %s" % (suite, reason))
        self.suite = suite
        self.reason = reason


class EntropyError(CryptoError):
    """A source of random bytes gives bytes that no random source would give."""


class InputError(CryptoError):
    """A value given to a computation is not allowed; `name` is the argument, `reason` says what is."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class MissingInputError(InputError):
    """The suite calls for an input that was not given."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "the suite calls for it, and it was not given")


class SuperfluousInputError(InputError):
    """An input was given that the suite has no place for."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "the suite has no place for it, so it must not be given")


class KeyLengthError(InputError):
    """A key is empty, or not of the one length that is allowed."""

    def __init__(self, reason: str, name: str = "key") -> None:
        super().__init__(name, reason)


class QuestionError(InputError):
    """A question is empty, too long, or has characters outside the suite's alphabet."""

    def __init__(self, reason: str, name: str = "question") -> None:
        super().__init__(name, reason)


class CounterError(InputError):
    """A counter is not a whole number of 0 to 2^64 - 1."""

    def __init__(self, reason: str) -> None:
        super().__init__("counter", reason)


class PinHashError(InputError):
    """A PIN hash is not a digest of the suite's PIN hash function."""

    def __init__(self, reason: str) -> None:
        super().__init__("pin_hash", reason)


class SessionError(InputError):
    """Session data does not have exactly the suite's length."""

    def __init__(self, reason: str) -> None:
        super().__init__("session", reason)


class TimestampError(InputError):
    """A time is not a whole number of seconds that its step makes a count of at most 64 bits from."""

    def __init__(self, reason: str) -> None:
        super().__init__("timestamp", reason)
