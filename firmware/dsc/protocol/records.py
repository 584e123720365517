"""The vault's records as bytes: released formats, which tests freeze by value (docs/formats.md).

Those that only verified mode has are in `dsc.protocol.verified`, what a credential may have besides in
`dsc.protocol.extras`, and the user's settings in `dsc.protocol.settings`.

Each class holds one record's fields; `encode` returns its payload, `decode` reads one back. Both raise
RecordError for anything that the format does not allow.
"""

from dsc.protocol.errors import RecordError
from dsc.protocol.pin import PIN_MAX_DIGITS, PIN_MIN_DIGITS
from dsc.protocol.wire import LABEL, SERIAL, SUITE, Reader, Writer

# Two bits of the type say what a firmware must know of a record that it does not know.
CRITICAL = 0x80  # whoever does not know the type, or its version, must halt
MARKED = 0x40  # the rest of the record's page is marks: whole bytes, used once any bit is clear

TYPE_ROOT = CRITICAL | 0x01
TYPE_PIN_OFFSET = CRITICAL | 0x02
TYPE_CREDENTIAL = CRITICAL | 0x03
TYPE_COUNTER = CRITICAL | MARKED | 0x04
TYPE_LABEL = 0x05
TYPE_SEAL = CRITICAL | 0x06
TYPE_RESET = CRITICAL | 0x07

ID_SIZE = 16
SALT_SIZE = 16
NONCE_SIZE = 16
DEVICE_SECRET_SIZE = 32
DEK_SIZE = 32
KEY_MIN = 16
KEY_MAX = 64
COUNTER_MAX = (1 << 64) - 1

MODE_SOFT = 0
MODE_VERIFIED = 1

KIND_PIN = 1  # the key is sealed under the DEK, which the PIN opens
KIND_OPEN = 2  # possession only: sealed under the device secret, purpose "open"
KIND_SERVER = 3  # the server's key of mutual mode: sealed under the device secret, purpose "server"
KINDS = (KIND_PIN, KIND_OPEN, KIND_SERVER)

ROOT_WIPE = 0x01  # verified mode: at the limit of failures the token wipes itself, and does not only lock

OFFSET_MUST_CHANGE = 0x01  # the PIN came by letter: one challenge, then a new PIN
OFFSET_ANSWERED = 0x02  # that challenge was answered: now the PIN must be changed


class Root:
    """What never changes; in soft mode that is all that a PIN needs to open the vault."""

    TYPE = TYPE_ROOT
    VERSION = 1

    def __init__(
        self,
        serial: str,
        mode: int,
        flags: int,
        pin_length: int,
        rounds: int,
        salt: bytes | bytearray,
        device_secret: bytes | bytearray,
        sealed_dek: bytes | bytearray,
        pin_limit: int = 0,
        code_limit: int = 0,
    ) -> None:
        self.serial = serial
        self.mode = mode
        self.flags = flags
        self.pin_length = pin_length  # digits
        self.rounds = rounds  # of PBKDF2
        # Soft mode. Empty in verified mode: the board keeps the device secret, and the wrapping has the others.
        self.salt = salt  # 16 bytes
        self.device_secret = device_secret  # 32 bytes
        self.sealed_dek = sealed_dek  # 32 bytes
        # Verified mode: failed attempts in a row, 1 to 255, that lock the token; 0 in soft mode.
        self.pin_limit = pin_limit
        self.code_limit = code_limit

    @property
    def wipes(self) -> bool:
        """Whether the token wipes itself at the limit of failures, instead of locking."""
        return bool(self.flags & ROOT_WIPE)

    def encode(self) -> bytearray:
        """Return the payload; it holds the device secret, so wipe it."""
        _check_root(self.mode, self.pin_length, self.rounds)
        writer = Writer(_root_error)
        writer.number("mode", self.mode, 1)
        writer.number("flags", self.flags, 1)
        writer.number("PIN length", self.pin_length, 1)
        writer.number("rounds", self.rounds, 4)
        writer.text("serial", self.serial, SERIAL)
        if self.mode == MODE_VERIFIED:
            _check_limits(self.pin_limit, self.code_limit)
            writer.fixed("salt", self.salt, 0)
            writer.fixed("device secret", self.device_secret, 0)
            writer.fixed("sealed DEK", self.sealed_dek, 0)
            writer.number("PIN limit", self.pin_limit, 1)
            writer.number("code limit", self.code_limit, 1)
        else:
            writer.fixed("salt", self.salt, SALT_SIZE)
            writer.fixed("device secret", self.device_secret, DEVICE_SECRET_SIZE)
            writer.fixed("sealed DEK", self.sealed_dek, DEK_SIZE)
            if self.pin_limit or self.code_limit:
                raise _root_error("there are no limits in soft mode")
        return writer.finish()

    @classmethod
    def decode(cls, payload: bytes | bytearray) -> "Root":
        """Read a payload; the device secret becomes a bytearray."""
        reader = Reader(payload, _root_error)
        mode = reader.number("mode", 1)
        flags = reader.number("flags", 1)
        pin_length = reader.number("PIN length", 1)
        rounds = reader.number("rounds", 4)
        _check_root(mode, pin_length, rounds)
        serial = reader.text("serial", SERIAL)
        salt = sealed_dek = b""
        device_secret = bytearray()
        pin_limit = code_limit = 0
        if mode == MODE_VERIFIED:
            pin_limit = reader.number("PIN limit", 1)
            code_limit = reader.number("code limit", 1)
            _check_limits(pin_limit, code_limit)
        else:
            salt = reader.fixed("salt", SALT_SIZE)
            device_secret = reader.secret("device secret", DEVICE_SECRET_SIZE)
            sealed_dek = reader.fixed("sealed DEK", DEK_SIZE)
        reader.end()
        return cls(
            serial, mode, flags, pin_length, rounds, salt, device_secret, sealed_dek, pin_limit, code_limit
        )


class PinOffset:
    """The digits between the PIN and what the vault was sealed under; all that a PIN change rewrites."""

    TYPE = TYPE_PIN_OFFSET
    VERSION = 1

    def __init__(self, offset: bytes | bytearray, flags: int = 0) -> None:
        self.offset = offset  # one value 0 to 9 a digit
        self.flags = flags

    @property
    def must_change(self) -> bool:
        """Whether the PIN has to be changed after one challenge."""
        return bool(self.flags & OFFSET_MUST_CHANGE)

    @property
    def answered(self) -> bool:
        """Whether that challenge was answered."""
        return bool(self.flags & OFFSET_ANSWERED)

    def encode(self) -> bytearray:
        """Return the payload."""
        _check_digits(self.offset)
        writer = Writer(_offset_error)
        writer.number("flags", self.flags, 1)
        writer.block("offset", self.offset, PIN_MIN_DIGITS, PIN_MAX_DIGITS)
        return writer.finish()

    @classmethod
    def decode(cls, payload: bytes | bytearray) -> "PinOffset":
        """Read a payload."""
        reader = Reader(payload, _offset_error)
        flags = reader.number("flags", 1)
        offset = reader.block("offset", PIN_MIN_DIGITS, PIN_MAX_DIGITS)
        reader.end()
        _check_digits(offset)
        return cls(offset, flags)


class Credential:
    """One device key, sealed, and what it may be used for; `label` is kept in a record of its own."""

    TYPE = TYPE_CREDENTIAL
    VERSION = 1

    def __init__(
        self,
        credential_id: bytes | bytearray,
        serial: str,
        kind: int,
        flags: int,
        login: str,
        sign: str,
        server: str,
        nonce: bytes | bytearray,
        sealed_key: bytes | bytearray,
        label: str = "",
    ) -> None:
        self.id = credential_id  # 16 bytes
        self.serial = serial
        self.kind = kind  # KIND_PIN, KIND_OPEN or KIND_SERVER
        self.flags = flags
        self.login = login  # suites; "" where the credential does not serve the purpose
        self.sign = sign
        self.server = server
        self.nonce = nonce  # 16 bytes
        self.sealed_key = sealed_key  # 16 to 64 bytes, as long as the key
        self.label = label

    def header(self) -> bytearray:
        """Return the bytes of all that never changes; sealing binds the key to them."""
        _check_kind(self.kind)
        writer = Writer(_credential_error)
        writer.fixed("id", self.id, ID_SIZE)
        writer.text("serial", self.serial, SERIAL)
        writer.number("kind", self.kind, 1)
        writer.number("flags", self.flags, 1)
        writer.text("login suite", self.login, SUITE)
        writer.text("sign suite", self.sign, SUITE)
        writer.text("server suite", self.server, SUITE)
        return writer.finish()

    def encode(self) -> bytearray:
        """Return the payload: the header, the nonce, the sealed key."""
        header = self.header()
        writer = Writer(_credential_error)
        writer.fixed("header", header, len(header))
        writer.fixed("nonce", self.nonce, NONCE_SIZE)
        writer.block("sealed key", self.sealed_key, KEY_MIN, KEY_MAX)
        return writer.finish()

    @classmethod
    def decode(cls, payload: bytes | bytearray) -> "Credential":
        """Read a payload; the label is empty."""
        reader = Reader(payload, _credential_error)
        credential_id = reader.fixed("id", ID_SIZE)
        serial = reader.text("serial", SERIAL)
        kind = reader.choice("kind", KINDS)
        flags = reader.number("flags", 1)
        login = reader.text("login suite", SUITE)
        sign = reader.text("sign suite", SUITE)
        server = reader.text("server suite", SUITE)
        nonce = reader.fixed("nonce", NONCE_SIZE)
        sealed_key = reader.block("sealed key", KEY_MIN, KEY_MAX)
        reader.end()
        return cls(credential_id, serial, kind, flags, login, sign, server, nonce, sealed_key)


class Label:
    """What the user calls a credential; the newest one counts."""

    TYPE = TYPE_LABEL
    VERSION = 1

    def __init__(self, credential_id: bytes | bytearray, label: str) -> None:
        self.id = credential_id  # of the credential
        self.label = label  # Unicode NFC, at most 24 characters and 64 bytes

    def encode(self) -> bytearray:
        """Return the payload."""
        writer = Writer(_label_error)
        writer.fixed("id", self.id, ID_SIZE)
        writer.text("label", self.label, LABEL)
        return writer.finish()

    @classmethod
    def decode(cls, payload: bytes | bytearray) -> "Label":
        """Read a payload."""
        reader = Reader(payload, _label_error)
        credential_id = reader.fixed("id", ID_SIZE)
        label = reader.text("label", LABEL)
        reader.end()
        return cls(credential_id, label)


class Counter:
    """A credential's counter: `base`, plus one for every mark up to the last used one."""

    TYPE = TYPE_COUNTER
    VERSION = 1

    def __init__(self, credential_id: bytes | bytearray, base: int) -> None:
        self.id = credential_id  # of the credential
        self.base = base  # 0 to COUNTER_MAX

    def encode(self) -> bytearray:
        """Return the payload."""
        writer = Writer(_counter_error)
        writer.fixed("id", self.id, ID_SIZE)
        writer.number("base", self.base, 8)
        return writer.finish()

    @classmethod
    def decode(cls, payload: bytes | bytearray) -> "Counter":
        """Read a payload."""
        reader = Reader(payload, _counter_error)
        credential_id = reader.fixed("id", ID_SIZE)
        base = reader.number("base", 8)
        reader.end()
        return cls(credential_id, base)


class Seal:
    """The last records of provisioning, twice over: the presence of one makes the vault sealed."""

    TYPE = TYPE_SEAL
    VERSION = 1

    def encode(self) -> bytearray:
        """Return the payload, which is empty."""
        return bytearray()

    @classmethod
    def decode(cls, payload: bytes | bytearray) -> "Seal":
        """Read a payload."""
        Reader(payload, _seal_error).end()
        return cls()


class Reset:
    """The last record of a vault: a factory reset has begun, and the next boot completes it."""

    TYPE = TYPE_RESET
    VERSION = 1

    def encode(self) -> bytearray:
        """Return the payload, which is empty."""
        return bytearray()

    @classmethod
    def decode(cls, payload: bytes | bytearray) -> "Reset":
        """Read a payload."""
        Reader(payload, _reset_error).end()
        return cls()


CLASSES = (Root, PinOffset, Credential, Label, Counter, Seal, Reset)


def _check_root(mode: int, pin_length: int, rounds: int) -> None:
    if mode not in (MODE_SOFT, MODE_VERIFIED):
        raise _root_error(f"mode {mode} is unknown")
    if not PIN_MIN_DIGITS <= pin_length <= PIN_MAX_DIGITS:
        raise _root_error(f"PIN length {pin_length} is outside {PIN_MIN_DIGITS} to {PIN_MAX_DIGITS}")
    if rounds < 1:
        raise _root_error("rounds must be at least 1")


def _check_limits(pin_limit: int, code_limit: int) -> None:
    if pin_limit < 1 or code_limit < 1:
        raise _root_error("a limit of attempts must be at least 1")


def _check_digits(offset: bytes | bytearray) -> None:
    if not all(value <= 9 for value in offset):
        raise _offset_error("a digit of the offset is above 9")


def _check_kind(kind: int) -> None:
    if kind not in KINDS:
        raise _credential_error(f"kind {kind} is unknown")


def _root_error(reason: str) -> RecordError:
    return RecordError("root", reason)


def _offset_error(reason: str) -> RecordError:
    return RecordError("PIN offset", reason)


def _credential_error(reason: str) -> RecordError:
    return RecordError("credential", reason)


def _label_error(reason: str) -> RecordError:
    return RecordError("label", reason)


def _counter_error(reason: str) -> RecordError:
    return RecordError("counter", reason)


def _seal_error(reason: str) -> RecordError:
    return RecordError("seal", reason)


def _reset_error(reason: str) -> RecordError:
    return RecordError("reset", reason)
