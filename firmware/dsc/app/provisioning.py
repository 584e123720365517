"""Making a token: every secret drawn from both sides' entropy, then sealed at once."""

from dsc.app.errors import UnusableSuiteError
from dsc.app.suites import login_suite
from dsc.crypto import kdf, ocra, seal
from dsc.crypto.memory import wipe
from dsc.protocol.pin import check_pin
from dsc.protocol.records import (
    KIND_PIN,
    MODE_SOFT,
    Counter,
    Credential,
    Label,
    PinOffset,
    Root,
)
from dsc.ui.font import draws
from dsc.vault.store import Vault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.hal import Board, Buffer
    from dsc.protocol.messages import CredentialOrder, Provision

DEVICE_ENTROPY = 64  # bytes
MOST_ROUNDS = 10_000_000
INFO = b"picodsc provision 1"


class OrderError(Exception):
    """The station orders a token that this board or firmware cannot be; `field` says in what."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class Source:
    """Random bytes from device and host entropy together: either alone makes them unpredictable.

    HKDF-SHA256 (RFC 5869): the host's bytes are the salt, the device's the keying material, and each draw is an
    expansion with its own number.
    """

    def __init__(self, device: bytearray, host: bytearray) -> None:
        self._prk = kdf.hkdf_extract(host, device)
        self._draws = 0

    def read(self, length: int) -> bytearray:
        """The next `length` bytes, at most 8160; the caller wipes them if they are secret."""
        self._draws += 1
        return kdf.hkdf_expand(self._prk, INFO + self._draws.to_bytes(4, "big"), length)

    def wipe(self) -> None:
        wipe(self._prk)


class NewToken:
    """A token that is complete but not yet written: nothing of it is in flash before `write`.

    Everything in it is new and used once. A second attempt makes a NewToken of its own: two wrappings of one
    secret would be an oracle for the PIN.
    """

    def __init__(self, board: "Board", order: "Provision") -> None:
        """Draw all secrets; wipes on errors.

        Raises PinError, SuiteError, UnusableSuiteError or OrderError, and EntropyError if the board's source of random
        bits fails a health test: the host's bytes alone would do, but a broken board makes no token.
        """
        check_order(board, order)
        self._board = board
        self.keys: list[
            tuple[bytes | bytearray, bytearray]
        ] = []  # id and key of each credential, for the station
        self._credentials: list[Credential] = []
        self._labels: list[Label] = []
        self._counters: list[Counter] = []
        device = source = target = dek = kek = None
        try:
            device = board.entropy.read(DEVICE_ENTROPY)
            source = Source(device, order.entropy)
            target = seal.random_digits(source.read, len(order.pin))
            secret = source.read(seal.SECRET_SIZE)
            salt = bytes(source.read(seal.SALT_SIZE))
            dek = source.read(seal.SECRET_SIZE)
            rounds = order.rounds or board.kdf.default_rounds
            kek = seal.key_encryption_key(
                target, salt, rounds, secret, board.identity.uid, pbkdf2=_fed(board)
            )
            self._offset = PinOffset(seal.offset_between(target, order.pin))
            sealed = bytes(seal.seal_dek(dek, kek))
            self._root = Root(order.serial, MODE_SOFT, 0, len(order.pin), rounds, salt, secret, sealed)
            for wanted in order.credentials:
                self._add(order.serial, wanted, source, dek)
        except BaseException:
            self.wipe()
            raise
        finally:
            if source:
                source.wipe()
            wipe(device, target, dek, kek)

    def write(self) -> Vault:
        """Erase the vault, write the token, seal it. Raises VaultError or FlashError."""
        return Vault.provision(
            self._board.flash, self._root, self._offset, self._credentials, self._labels, self._counters
        )

    def wipe(self) -> None:
        """Overwrite the keys."""
        for _, key in self.keys:
            wipe(key)
        self.keys = []

    def _add(self, serial: str, wanted: "CredentialOrder", source: Source, dek: bytearray) -> None:
        credential_id = bytes(source.read(seal.SALT_SIZE))
        nonce = bytes(source.read(seal.SALT_SIZE))
        key = source.read(wanted.key_length)
        self.keys.append((credential_id, key))
        credential = Credential(
            credential_id, serial, wanted.kind, 0, wanted.login, wanted.sign, wanted.server, nonce, b""
        )
        credential.sealed_key = bytes(seal.seal_key(key, dek, credential_id, nonce, credential.header()))
        self._credentials.append(credential)
        if wanted.label:
            self._labels.append(Label(credential_id, wanted.label))
        self._counters.append(Counter(credential_id, wanted.counter))


def _check_suites(wanted: "CredentialOrder") -> None:
    login = login_suite(wanted.login)
    texts = [text for text in (wanted.login, wanted.sign, wanted.server) if text]
    for text in texts:
        if ocra.Suite.parse(text).pin_algorithm:
            raise UnusableSuiteError(text, "a soft token's PIN never enters a code")
    if len(set(texts)) != len(texts):
        # Or the answer to one purpose could be played back for another.
        raise OrderError("suites", "login, sign and server suite must differ")
    if wanted.server:
        server = ocra.Suite.parse(wanted.server)
        if (server.question_format, server.question_length) != (login.question_format, login.question_length):
            raise OrderError("server suite", "its questions must have the login suite's format and length")


def check_order(board: "Board", order: "Provision") -> None:
    """Refuse, before anything is drawn, what this token could not serve.

    Raises PinError for a PIN that is weak or of the wrong form, SuiteError or UnusableSuiteError for a login
    suite, OrderError for all else.
    """
    if board.identity.unsealable:
        raise OrderError("board", board.identity.unsealable)
    check_pin(order.pin)
    if order.flags:
        # A PIN that must be changed is one of them: there is no change yet, and to promise it would be a lie.
        raise OrderError("flags", f"0x{order.flags:02x} has bits that this firmware does not know")
    if order.rounds > MOST_ROUNDS:
        raise OrderError(
            "rounds", f"{order.rounds} is more than {MOST_ROUNDS}; each login would take too long"
        )
    least = board.kdf.least_rounds
    if order.rounds and order.rounds < least:
        raise OrderError("rounds", f"{order.rounds} is less than {least}, the least on this board")
    if order.mode != MODE_SOFT:
        raise OrderError(
            "mode", f"board {board.identity.board} keeps no device secret; only soft mode is honest here"
        )
    for wanted in order.credentials:
        if wanted.kind != KIND_PIN:
            raise OrderError("kind", "this firmware makes credentials under the PIN only")
        _check_suites(wanted)
        for character in wanted.label:
            if not draws(ord(character)):
                raise OrderError("label", f"the display has no character U+{ord(character):04X}")


def _fed(board: "Board") -> "Callable[[Buffer, Buffer, int, int], bytearray]":
    """PBKDF2 of the board, which feeds the watchdog."""

    def pbkdf2(password: "Buffer", salt: "Buffer", rounds: int, length: int) -> bytearray:
        return board.kdf.pbkdf2_sha256(password, salt, rounds, length, lambda done: board.watchdog.feed())

    return pbkdf2
