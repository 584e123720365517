"""What can be wrong with a record, a message or a PIN; no error carries a secret."""


class ProtocolError(Exception):
    """Base of the errors of this package."""


class RecordError(ProtocolError):
    """A record's fields or bytes are not what its format allows."""

    def __init__(self, record: str, reason: str) -> None:
        super().__init__(f"{record} record: {reason}")
        self.record = record
        self.reason = reason


class PageError(ProtocolError):
    """A page of the vault's region claims to be committed, and is not what its format allows."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MessageError(ProtocolError):
    """A message's fields or bytes are not what its format allows."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(f"{message} message: {reason}")
        self.message = message
        self.reason = reason


class PinError(ProtocolError):
    """Base of the reasons for which a PIN is refused."""


class PinLengthError(PinError):
    """The PIN is too short or too long."""

    def __init__(self, length: int, low: int, high: int) -> None:
        super().__init__(f"a PIN has {low} to {high} digits, this one has {length}")
        self.length = length
        self.low = low
        self.high = high


class PinAlphabetError(PinError):
    """The PIN holds something other than the digits 0-9."""

    def __init__(self) -> None:
        super().__init__("a PIN holds the digits 0 to 9 only")


class WeakPinError(PinError):
    """The PIN is among those that are guessed first; `rule` says which rule it breaks."""

    def __init__(self, rule: str) -> None:
        super().__init__(f"this PIN is too easy to guess ({rule}); choose another")
        self.rule = rule


class FormError(ProtocolError):
    """The fields of a transaction are not a form that can be signed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"form: {reason}")
        self.reason = reason


class FieldValueError(ProtocolError):
    """What stands in a field of a transaction is not what its kind allows; the value itself is not repeated."""

    def __init__(self, label: str, reason: str) -> None:
        super().__init__(f"{label}: {reason}")
        self.label = label
        self.reason = reason


class MethodError(ProtocolError):
    """A text names no method of plain one-time codes."""

    def __init__(self, text: object, reason: str) -> None:
        super().__init__("method %r: %s" % (text, reason))
        self.text = text
        self.reason = reason


class DeltaError(ProtocolError):
    """The digits between PIN and duress PIN are not what they may be."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"duress digits: {reason}")
        self.reason = reason


class UnlockError(ProtocolError):
    """There is no unlock code for what was given."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"unlock code: {reason}")
        self.reason = reason
