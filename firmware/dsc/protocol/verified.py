"""The records of verified mode as bytes: what PIN and unlock code open, and how often they were tried."""

from dsc.protocol.errors import RecordError
from dsc.protocol.records import CRITICAL, DEK_SIZE, MARKED, SALT_SIZE
from dsc.protocol.wire import Reader, Writer

TYPE_WRAPPING = CRITICAL | 0x08
TYPE_ATTEMPTS = CRITICAL | MARKED | 0x09

TAG_SIZE = 32

WRAPPING_MUST_CHANGE = 0x01  # the PIN came by letter: one challenge, then a new PIN
WRAPPING_ANSWERED = 0x02  # that challenge was answered: now the PIN must be changed

# Verified mode counts the attempts at two secrets, and for each secret two events.
ATTEMPT_PIN = 1
ATTEMPT_CODE = 2  # unlock code
SECRETS = (ATTEMPT_PIN, ATTEMPT_CODE)
EVENT_BEGUN = 1  # written before the secret is tried
EVENT_FORGIVEN = 2  # so many were begun when it was right for the last time
EVENTS = (EVENT_BEGUN, EVENT_FORGIVEN)


class Wrapping:
    """Verified mode: the DEK wrapped under the PIN and under the next unlock code, and the tag that tells a right PIN.

    One record, so that a new PIN, the wrapping for the next code, and that code's number come about together. It
    forgives the attempts that had been made when it was written.
    """

    TYPE = TYPE_WRAPPING
    VERSION = 1

    def __init__(
        self,
        flags: int,
        salt: bytes | bytearray,
        sealed_dek: bytes | bytearray,
        unlock_number: int,
        unlock_salt: bytes | bytearray,
        unlock_dek: bytes | bytearray,
        unlock_secret: bytes | bytearray,
        pin_attempts: int,
        code_attempts: int,
        tag: bytes | bytearray = bytes(TAG_SIZE),
    ) -> None:
        self.flags = flags
        self.salt = salt  # 16 bytes; of the PIN's key
        self.sealed_dek = sealed_dek  # 32 bytes; under the PIN's KEK
        self.unlock_number = unlock_number  # n, from 1: the code that unlocks next
        self.unlock_salt = unlock_salt  # 16 bytes
        self.unlock_dek = unlock_dek  # 32 bytes; the DEK under code n
        self.unlock_secret = unlock_secret  # 32 bytes; U, sealed under the DEK
        self.pin_attempts = pin_attempts  # begun so far, and forgiven herewith
        self.code_attempts = code_attempts
        self.tag = tag  # 32 bytes, over all of the payload that is before it

    @property
    def must_change(self) -> bool:
        """Whether the PIN has to be changed after one challenge."""
        return bool(self.flags & WRAPPING_MUST_CHANGE)

    @property
    def answered(self) -> bool:
        """Whether that challenge was answered."""
        return bool(self.flags & WRAPPING_ANSWERED)

    def tagged(self) -> bytearray:
        """Return what the tag is made over: all of the payload that is before it."""
        if self.unlock_number < 1:
            raise _wrapping_error("unlock codes are numbered from 1")
        writer = Writer(_wrapping_error)
        writer.number("flags", self.flags, 1)
        writer.fixed("salt", self.salt, SALT_SIZE)
        writer.fixed("sealed DEK", self.sealed_dek, DEK_SIZE)
        writer.number("unlock number", self.unlock_number, 8)
        writer.fixed("unlock salt", self.unlock_salt, SALT_SIZE)
        writer.fixed("unlock DEK", self.unlock_dek, DEK_SIZE)
        writer.fixed("unlock secret", self.unlock_secret, DEK_SIZE)
        writer.number("PIN attempts", self.pin_attempts, 8)
        writer.number("code attempts", self.code_attempts, 8)
        return writer.finish()

    def encode(self) -> bytearray:
        """Return the payload."""
        tagged = self.tagged()
        writer = Writer(_wrapping_error)
        writer.fixed("tagged", tagged, len(tagged))
        writer.fixed("tag", self.tag, TAG_SIZE)
        return writer.finish()

    @classmethod
    def decode(cls, payload: bytes | bytearray) -> "Wrapping":
        """Read a payload; whether the tag is right is for whoever has the PIN."""
        reader = Reader(payload, _wrapping_error)
        flags = reader.number("flags", 1)
        salt = reader.fixed("salt", SALT_SIZE)
        sealed_dek = reader.fixed("sealed DEK", DEK_SIZE)
        unlock_number = reader.number("unlock number", 8)
        unlock_salt = reader.fixed("unlock salt", SALT_SIZE)
        unlock_dek = reader.fixed("unlock DEK", DEK_SIZE)
        unlock_secret = reader.fixed("unlock secret", DEK_SIZE)
        pin_attempts = reader.number("PIN attempts", 8)
        code_attempts = reader.number("code attempts", 8)
        tag = reader.fixed("tag", TAG_SIZE)
        reader.end()
        if unlock_number < 1:
            raise _wrapping_error("unlock codes are numbered from 1")
        return cls(
            flags,
            salt,
            sealed_dek,
            unlock_number,
            unlock_salt,
            unlock_dek,
            unlock_secret,
            pin_attempts,
            code_attempts,
            tag,
        )


class Attempts:
    """Verified mode: how often an event of a secret has come about: `base`, plus one for every mark up to the last."""

    TYPE = TYPE_ATTEMPTS
    VERSION = 1

    def __init__(self, secret: int, event: int, base: int) -> None:
        self.secret = secret  # ATTEMPT_PIN or ATTEMPT_CODE
        self.event = event  # EVENT_BEGUN or EVENT_FORGIVEN
        self.base = base  # 0 to COUNTER_MAX

    def encode(self) -> bytearray:
        """Return the payload."""
        if self.secret not in SECRETS or self.event not in EVENTS:
            raise _attempts_error(f"event {self.event} of secret {self.secret} is unknown")
        writer = Writer(_attempts_error)
        writer.number("secret", self.secret, 1)
        writer.number("event", self.event, 1)
        writer.number("base", self.base, 8)
        return writer.finish()

    @classmethod
    def decode(cls, payload: bytes | bytearray) -> "Attempts":
        """Read a payload."""
        reader = Reader(payload, _attempts_error)
        secret = reader.choice("secret", SECRETS)
        event = reader.choice("event", EVENTS)
        base = reader.number("base", 8)
        reader.end()
        return cls(secret, event, base)


CLASSES = (Wrapping, Attempts)


def _wrapping_error(reason: str) -> RecordError:
    return RecordError("wrapping", reason)


def _attempts_error(reason: str) -> RecordError:
    return RecordError("attempts", reason)
