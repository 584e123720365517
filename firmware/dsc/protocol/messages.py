"""What station and token say to each other while a token is made: payloads of the frames, strictly read.

The conversation: HELLO → IDENTITY, PROVISION → KEYS, COMMIT → SEALED, PROVE → PROOF, RESET → BYE; the token may
answer ERROR instead. What PROVISION and KEYS hold is in `dsc.protocol.orders`. All functions raise MessageError for
anything that the format does not allow.
"""

from dsc.protocol.errors import MessageError
from dsc.protocol.records import ID_SIZE
from dsc.protocol.wire import MESSAGE, NAME, TEXT, Reader, Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.protocol.wire import Failer

PROTOCOL_VERSION = 3

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

UID_MAX = 32

# How the vault's state travels in IDENTITY.
VAULT_BLANK = 0
VAULT_UNSEALED = 1
VAULT_SEALED = 2

# IDENTITY's flags.
SECURE_BOARD = 0x01  # the board keeps a real device secret, so verified mode is allowed
SELF_TEST_PASSED = 0x02  # every primitive gave its known answers since power-on


class Identity:
    """Who the token says it is; proves nothing."""

    def __init__(
        self,
        board: str,
        uid: bytes | bytearray,
        version: str,
        vault: int,
        flags: int = 0,
        build: str = "",
    ) -> None:
        self.board = board
        self.uid = uid  # 1 to 32 bytes
        self.version = version
        self.vault = vault  # VAULT_BLANK, VAULT_UNSEALED or VAULT_SEALED
        self.flags = flags
        self.build = (
            build  # the first digits of the digest over all that is in the image; empty without an image
        )


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
    """IDENTITY: board, uid, firmware version and build, state of the vault, flags."""
    writer = Writer(_failer("IDENTITY"))
    writer.text("board", identity.board, NAME)
    writer.block("uid", identity.uid, 1, UID_MAX)
    writer.text("version", identity.version, NAME)
    writer.text("build", identity.build, NAME)
    writer.number("vault state", identity.vault, 1)
    writer.number("flags", identity.flags, 1)
    return writer.finish()


def decode_identity(payload: bytes | bytearray) -> Identity:
    """Return the Identity."""
    reader = Reader(payload, _failer("IDENTITY"))
    board = reader.text("board", NAME)
    uid = reader.block("uid", 1, UID_MAX)
    version = reader.text("version", NAME)
    build = reader.text("build", NAME)
    vault = reader.choice("vault state", (VAULT_BLANK, VAULT_UNSEALED, VAULT_SEALED))
    flags = reader.number("flags", 1)
    reader.end()
    return Identity(board, uid, version, vault, flags, build)


def encode_prove(credential_id: bytes | bytearray, question: str) -> bytearray:
    """PROVE: the id of a credential, and the question that it is to answer; empty where its codes answer none."""
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
    """PROOF: the response to PROVE's question, or a plain code."""
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


def _failer(message: str) -> "Failer":
    def fail(reason: str) -> MessageError:
        return MessageError(message, reason)

    return fail
