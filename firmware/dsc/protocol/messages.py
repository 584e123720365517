"""What station and token say to each other while a token is made: payloads of the frames, strictly read.

The conversation: HELLO → IDENTITY, PROVISION → KEYS, COMMIT → SEALED, PROVE → PROOF, RESET → BYE; the token may
answer ERROR instead. Secrets (entropy, PIN, keys) are bytearrays on both ends; whoever holds one wipes it.
All functions raise MessageError for anything that the format does not allow.
"""

from dsc.crypto.memory import wipe
from dsc.protocol.errors import MessageError
from dsc.protocol.pin import PIN_MAX_DIGITS
from dsc.protocol.records import ID_SIZE, KEY_MAX, KEY_MIN, KINDS
from dsc.protocol.wire import LABEL, MESSAGE, SERIAL, SUITE, TEXT, Reader, Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsc.protocol.wire import Failer

PROTOCOL_VERSION = 1

HELLO = 1
IDENTITY = 2
PROVISION = 3
KEYS = 4
COMMIT = 5
SEALED = 6
PROVE = 7
PROOF = 8
RESET = 9
BYE = 10
ERROR = 255

ENTROPY_SIZE = 32
UID_MAX = 32
MAX_CREDENTIALS = 64

# How the vault's state travels in IDENTITY.
VAULT_BLANK = 0
VAULT_UNSEALED = 1
VAULT_SEALED = 2

SECURE_BOARD = 0x01  # IDENTITY's flag: the board keeps a real device secret, so verified mode is allowed


class Identity:
    """Who the token says it is; proves nothing."""

    def __init__(self, board: str, uid: bytes | bytearray, version: str, vault: int, flags: int = 0) -> None:
        self.board = board
        self.uid = uid  # 1 to 32 bytes
        self.version = version
        self.vault = vault  # VAULT_BLANK, VAULT_UNSEALED or VAULT_SEALED
        self.flags = flags


class CredentialOrder:
    """One credential that the station asks for; the token makes id, nonce and key."""

    def __init__(
        self,
        kind: int,
        label: str = "",
        login: str = "",
        sign: str = "",
        server: str = "",
        key_length: int = 32,
        counter: int = 0,
    ) -> None:
        self.kind = kind
        self.label = label
        self.login = login
        self.sign = sign
        self.server = server
        self.key_length = key_length  # 16 to 64 bytes
        self.counter = counter  # the first value to be used


class Provision:
    """All that the station contributes to a new token."""

    def __init__(
        self,
        entropy: bytearray,
        mode: int,
        flags: int,
        rounds: int,
        serial: str,
        pin: bytearray,
        credentials: list[CredentialOrder],
    ) -> None:
        self.entropy = entropy  # 32 bytes of the host's
        self.mode = mode
        self.flags = flags
        self.rounds = rounds  # of PBKDF2; 0 leaves the choice to the token
        self.serial = serial
        self.pin = pin  # ASCII digits; dsc.protocol.pin judges them
        self.credentials = credentials

    def wipe(self) -> None:
        """Overwrite entropy and PIN."""
        wipe(self.entropy, self.pin)


def encode_hello(version: int = PROTOCOL_VERSION) -> bytearray:
    """HELLO: the protocol version that the station speaks."""
    writer = Writer(_failer("HELLO"))
    writer.number("version", version, 1)
    return writer.finish()


def decode_hello(payload: bytes | bytearray) -> int:
    """Return the protocol version."""
    reader = Reader(payload, _failer("HELLO"))
    version = reader.number("version", 1)
    reader.end()
    return version


def encode_identity(identity: Identity) -> bytearray:
    """IDENTITY: board, uid, firmware version, state of the vault."""
    writer = Writer(_failer("IDENTITY"))
    writer.text("board", identity.board, TEXT)
    writer.block("uid", identity.uid, 1, UID_MAX)
    writer.text("version", identity.version, TEXT)
    writer.number("vault state", identity.vault, 1)
    writer.number("flags", identity.flags, 1)
    return writer.finish()


def decode_identity(payload: bytes | bytearray) -> Identity:
    """Return the Identity."""
    reader = Reader(payload, _failer("IDENTITY"))
    board = reader.text("board", TEXT)
    uid = reader.block("uid", 1, UID_MAX)
    version = reader.text("version", TEXT)
    vault = reader.choice("vault state", (VAULT_BLANK, VAULT_UNSEALED, VAULT_SEALED))
    flags = reader.number("flags", 1)
    reader.end()
    return Identity(board, uid, version, vault, flags)


def encode_provision(order: Provision) -> bytearray:
    """PROVISION: entropy, policy, serial, PIN and the credentials to be made. The caller wipes the result."""
    fail = _failer("PROVISION")
    writer = Writer(fail)
    writer.fixed("entropy", order.entropy, ENTROPY_SIZE)
    writer.number("mode", order.mode, 1)
    writer.number("flags", order.flags, 1)
    writer.number("rounds", order.rounds, 4)
    writer.text("serial", order.serial, SERIAL)
    writer.block("PIN", order.pin, 0, PIN_MAX_DIGITS)
    _check_count(len(order.credentials), fail)
    writer.number("number of credentials", len(order.credentials), 1)
    for credential in order.credentials:
        _check_key_length(credential.key_length, fail)
        writer.number("kind", credential.kind, 1)
        writer.text("label", credential.label, LABEL)
        writer.text("login suite", credential.login, SUITE)
        writer.text("sign suite", credential.sign, SUITE)
        writer.text("server suite", credential.server, SUITE)
        writer.number("key length", credential.key_length, 1)
        writer.number("counter", credential.counter, 8)
    return writer.finish()


def decode_provision(payload: bytes | bytearray) -> Provision:
    """Return the Provision; its entropy and PIN are new bytearrays, and nothing of them outlives an error."""
    fail = _failer("PROVISION")
    reader = Reader(payload, fail)
    entropy = pin = None
    try:
        entropy = reader.secret("entropy", ENTROPY_SIZE)
        mode = reader.number("mode", 1)
        flags = reader.number("flags", 1)
        rounds = reader.number("rounds", 4)
        serial = reader.text("serial", SERIAL)
        pin = reader.secret_block("PIN", 0, PIN_MAX_DIGITS)
        count = reader.number("number of credentials", 1)
        _check_count(count, fail)
        credentials = [_read_credential(reader, fail) for _ in range(count)]
        reader.end()
        return Provision(entropy, mode, flags, rounds, serial, pin, credentials)
    except BaseException:
        wipe(entropy, pin)  # also if the heap was full
        raise


def encode_keys(keys: "Sequence[tuple[bytes | bytearray, bytes | bytearray]]") -> bytearray:
    """KEYS: (id, key) of each credential, in the order of PROVISION. The caller wipes the result."""
    fail = _failer("KEYS")
    writer = Writer(fail)
    _check_count(len(keys), fail)
    writer.number("number of keys", len(keys), 1)
    for credential_id, key in keys:
        writer.fixed("id", credential_id, ID_SIZE)
        writer.block("key", key, KEY_MIN, KEY_MAX)
    return writer.finish()


def decode_keys(payload: bytes | bytearray) -> list[tuple[bytes, bytearray]]:
    """Return the (id, key) pairs; each key is a new bytearray, and none outlives an error."""
    fail = _failer("KEYS")
    reader = Reader(payload, fail)
    count = reader.number("number of keys", 1)
    _check_count(count, fail)
    keys: list[tuple[bytes, bytearray]] = []
    key = None
    try:
        for _ in range(count):
            credential_id = reader.fixed("id", ID_SIZE)
            key = reader.secret_block("key", KEY_MIN, KEY_MAX)
            keys.append((credential_id, key))
        reader.end()
    except BaseException:
        wipe(key)  # not in the list yet if the heap was full
        for _, key in keys:
            wipe(key)
        raise
    return keys


def encode_prove(credential_id: bytes | bytearray, question: str) -> bytearray:
    """PROVE: the id of a credential, and the question that it is to answer."""
    writer = Writer(_failer("PROVE"))
    writer.fixed("id", credential_id, ID_SIZE)
    writer.text("question", question, TEXT)
    return writer.finish()


def decode_prove(payload: bytes | bytearray) -> tuple[bytes, str]:
    """Return (id, question)."""
    reader = Reader(payload, _failer("PROVE"))
    credential_id = reader.fixed("id", ID_SIZE)
    question = reader.text("question", TEXT)
    reader.end()
    return credential_id, question


def encode_proof(response: str) -> bytearray:
    """PROOF: the response to PROVE's question."""
    writer = Writer(_failer("PROOF"))
    writer.text("response", response, TEXT)
    return writer.finish()


def decode_proof(payload: bytes | bytearray) -> str:
    """Return the response."""
    reader = Reader(payload, _failer("PROOF"))
    response = reader.text("response", TEXT)
    reader.end()
    return response


def encode_error(code: str, message: str) -> bytearray:
    """ERROR: the name of an error class, and words for people; neither holds a secret."""
    writer = Writer(_failer("ERROR"))
    writer.text("code", code, TEXT)
    writer.text("message", message, MESSAGE)
    return writer.finish()


def decode_error(payload: bytes | bytearray) -> tuple[str, str]:
    """Return (code, message)."""
    reader = Reader(payload, _failer("ERROR"))
    code = reader.text("code", TEXT)
    message = reader.text("message", MESSAGE)
    reader.end()
    return code, message


def decode_empty(name: str, payload: bytes | bytearray) -> None:
    """Refuse a payload where there is none: COMMIT, SEALED, RESET, BYE; `name` is for the error."""
    Reader(payload, _failer(name)).end()


def _read_credential(reader: Reader, fail: "Failer") -> CredentialOrder:
    kind = reader.choice("kind", KINDS)
    label = reader.text("label", LABEL)
    login = reader.text("login suite", SUITE)
    sign = reader.text("sign suite", SUITE)
    server = reader.text("server suite", SUITE)
    key_length = reader.number("key length", 1)
    _check_key_length(key_length, fail)
    counter = reader.number("counter", 8)
    return CredentialOrder(kind, label, login, sign, server, key_length, counter)


def _check_count(count: int, fail: "Failer") -> None:
    if not 1 <= count <= MAX_CREDENTIALS:
        raise fail(f"{count} credentials instead of 1 to {MAX_CREDENTIALS}")


def _check_key_length(length: int, fail: "Failer") -> None:
    if not KEY_MIN <= length <= KEY_MAX:
        raise fail(f"key length {length} is outside {KEY_MIN} to {KEY_MAX} bytes")


def _failer(message: str) -> "Failer":
    def fail(reason: str) -> MessageError:
        return MessageError(message, reason)

    return fail
