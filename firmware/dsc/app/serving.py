"""The conversation with the station, on a token that has no vault yet."""

from dsc.app import device_keys, unsealing
from dsc.app.errors import UnusableSuiteError
from dsc.app.ordering import OrderError
from dsc.app.provisioning import NewToken
from dsc.crypto import ocra
from dsc.crypto.errors import CryptoError, InputError
from dsc.crypto.memory import wipe
from dsc.hal import EntropyError, FlashError, SecretMissingError
from dsc.protocol import messages, orders, plain
from dsc.protocol.errors import ProtocolError
from dsc.protocol.frames import FrameReader, encode_frame
from dsc.protocol.records import KIND_OPEN
from dsc.vault import memory
from dsc.vault.errors import VaultError, VaultFullError
from dsc.vault.store import BLANK, SEALED
from dsc.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.protocol.records import Credential

SILENCE_MS = 60_000  # without a whole frame: a begun provisioning is forgotten, a sealed token restarts
PAUSE_MS = 2_000  # within a frame: it has broken off
LEAVE = (b"\x03", b"\r\x03")  # between frames: a terminal's Ctrl-C, with which mpremote begins
STATES = {BLANK: messages.VAULT_BLANK, SEALED: messages.VAULT_SEALED}


class SequenceError(Exception):
    """The station sent a message that has no place at this point."""

    def __init__(self, message: int, step: str) -> None:
        super().__init__(f"message {message} has no place {step}")
        self.message = message
        self.step = step


class ProtocolVersionError(Exception):
    """The station speaks another version of the messages; `version` is its."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the station speaks version {version}, this token {messages.PROTOCOL_VERSION}")
        self.version = version


# What a station is told, rather than stopping the token.
REFUSALS = (
    ProtocolError,
    CryptoError,
    VaultError,
    FlashError,
    EntropyError,
    SecretMissingError,
    OrderError,
    UnusableSuiteError,
    SequenceError,
    ProtocolVersionError,
    MemoryError,
)
NO_MEMORY = "the token has too little memory for this order; order fewer credentials"


class Server:
    """The conversation with the station, as dsc.protocol.messages describes it.

    The PIN is held between PROVISION and RESET, the keys until they are sent; both are overwritten at the end, on any
    error, and after a minute without a whole frame. A conversation is `finished` when the token is sealed and
    has been told to reset, or has waited a minute for that, or when the station leaves with a Ctrl-C between
    two frames: its REPL, where it has one, is wanted back.
    """

    def __init__(self, token: "Token") -> None:
        self._token = token
        self._reader = FrameReader()
        self._order: orders.Provision | None = None
        self._new: NewToken | None = None
        self._proved: list[bytes] = []
        self._heard = token.now()  # when the last whole frame came
        self._bytes = token.now()  # when the last bytes came
        self.finished = False
        self.doubtful = False  # a sealing was begun and failed: only the flash can tell what came of it

    def poll(self) -> bool:
        """Serve what has arrived; True if a message has."""
        data = self._token.board.link.read()
        now = self._token.now()
        if data:
            self._bytes = now
        elif self._reader.pending and now - self._bytes >= PAUSE_MS:
            self._reader.wipe()  # a frame that broke off: it may hold PIN and entropy, or be none
        if now - self._heard >= SILENCE_MS:
            self.forget()
            self._heard = now
            self.finished = self.sealed
        if not self._reader.pending and bytes(data[:2]).startswith(LEAVE):
            self.forget()
            self.finished = True
            return False
        frames = self._frames(data)
        data = b""  # may hold PIN and keys, and bytes cannot be overwritten: no traceback must keep them
        try:
            for kind, payload in frames:
                self._heard = now
                self._answer(kind, payload)
        finally:
            for _, payload in frames:
                wipe(payload)
        return bool(frames)

    @property
    def busy(self) -> bool:
        """Whether a token is being made."""
        return self._order is not None

    @property
    def sealed(self) -> bool:
        """Whether the vault holds a sealed token by now."""
        return self._token.vault.state == SEALED

    def forget(self) -> None:
        """Overwrite what is known of a token in the making."""
        self._reader.wipe()
        if self._new:
            self._new.wipe()
        if self._order:
            self._order.wipe()
        self._new = self._order = None

    def _frames(self, data: "bytes | bytearray") -> "list[tuple[int, bytearray]]":
        """The frames that are complete with this data, which is overwritten where it can be."""
        try:
            return self._reader.feed(data)
        except MemoryError as error:
            self._refuse(error)
            return []
        finally:
            if isinstance(data, bytearray):
                wipe(data)

    def _answer(self, kind: int, payload: bytearray) -> None:
        before = memory.collect_often()
        try:
            self._serve(kind, payload)
        except REFUSALS as error:
            self._refuse(error)
        finally:
            memory.collect_as_before(before)

    def _refuse(self, error: Exception) -> None:
        self.forget()
        words = NO_MEMORY if isinstance(error, MemoryError) else str(error)
        self._send(messages.ERROR, messages.encode_error(type(error).__name__, words))
        self.finished = self.finished or self.doubtful

    def _serve(self, kind: int, payload: bytearray) -> None:
        if kind == messages.HELLO:
            self._hello(payload)
        elif kind == messages.PROVISION and not self.sealed:
            self._provision(payload)
        elif kind == messages.COMMIT and self._new and not self.sealed:
            self._commit(payload, self._new)
        elif kind == messages.PROVE and self._order and self.sealed:
            self._prove(payload, self._order.pin)
        elif kind == messages.RESET and self.sealed:
            messages.decode_empty("RESET", payload)
            self.forget()
            self._send(messages.BYE)
            self.finished = True
        else:
            raise SequenceError(kind, "in a sealed token" if self.sealed else "before the one it follows")

    def _hello(self, payload: bytearray) -> None:
        version = messages.decode_hello(payload)
        if version != messages.PROTOCOL_VERSION:
            raise ProtocolVersionError(version)
        identity = self._token.board.identity
        state = STATES.get(self._token.vault.state, messages.VAULT_UNSEALED)
        flags = messages.SECURE_BOARD if identity.secure else 0
        if self._token.tested:
            flags |= messages.SELF_TEST_PASSED
        answer = messages.Identity(identity.board, identity.uid, VERSION, state, flags, identity.build)
        self._send(messages.IDENTITY, messages.encode_identity(answer))

    def _provision(self, payload: bytearray) -> None:
        self.forget()
        self._order = order = orders.decode_provision(payload)
        self._new = new = NewToken(self._token.board, order)
        # From here on only the PIN is needed: what else was ordered would take half of the memory.
        order.forget_all_but_pin()
        self._send(messages.KEYS, orders.encode_keys(new.keys, new.unlock_secret))
        new.wipe()

    def _commit(self, payload: bytearray, new: NewToken) -> None:
        messages.decode_empty("COMMIT", payload)
        self._new = None
        try:
            self._token.vault = new.write()
        except VaultFullError:
            raise  # found out before anything was erased
        except Exception:
            self.doubtful = True
            raise
        self._send(messages.SEALED)

    def _prove(self, payload: bytearray, pin: bytearray) -> None:
        credential_id, question = messages.decode_prove(payload)
        if credential_id in self._proved:
            # Whoever holds the link may see one answer of each key, and not use it as his own.
            raise SequenceError(messages.PROVE, "twice for one credential")
        credential = self._token.vault.credential(credential_id)
        if plain.is_plain(credential.login) and question:
            raise InputError("question", "must be empty, for this credential's codes answer none")
        self._proved.append(credential_id)
        key = self._key(credential, pin)
        try:
            response = self._code(credential, key, question)
        finally:
            wipe(key)
        self._send(messages.PROOF, messages.encode_proof(response))

    def _key(self, credential: "Credential", pin: bytearray) -> bytearray:
        if credential.kind == KIND_OPEN:
            return device_keys.open_key(self._token, credential)
        return unsealing.open_key(self._token, credential, pin)

    def _code(self, credential: "Credential", key: bytearray, question: str) -> str:
        """A proof for the station; it is not the one code of a PIN that must be changed."""
        vault = self._token.vault
        if plain.is_plain(credential.login):
            method = plain.Method.parse(credential.login)
            if method.timed:
                # Known, or the order would have been refused.
                return plain.code(method, key, self._token.board.wall.read() or 0)
            return plain.code(method, key, vault.advance_counter(credential.id) - 1)
        suite = ocra.Suite.parse(credential.login)
        counter = vault.advance_counter(credential.id) - 1 if suite.counter else None
        return ocra.respond(suite, key, question, counter=counter)

    def _send(self, kind: int, payload: bytes | bytearray = b"") -> None:
        frame = None
        try:
            frame = encode_frame(kind, payload)
            self._token.board.link.write(frame)
        finally:
            wipe(frame)
            if isinstance(payload, bytearray):
                wipe(payload)
