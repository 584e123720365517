"""Making a token: every secret drawn from both sides' entropy, then sealed at once."""

from dsc.app.ordering import check_order
from dsc.crypto import kdf, seal
from dsc.crypto.hashes import DIGEST_SIZE
from dsc.crypto.memory import wipe
from dsc.crypto.ocra import Suite
from dsc.protocol.duress import moved
from dsc.protocol.extras import Form, Link
from dsc.protocol.orders import KeySet
from dsc.protocol.records import (
    KIND_PIN,
    KIND_SERVER,
    MODE_SOFT,
    MODE_VERIFIED,
    ROOT_WIPE,
    Counter,
    Credential,
    Label,
    PinOffset,
    Root,
)
from dsc.protocol.settings import Settings
from dsc.protocol.unlock import unlock_code
from dsc.protocol.verified import Wrapping
from dsc.vault import making
from dsc.vault.store import Vault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.hal import Board, Buffer
    from dsc.protocol.orders import CredentialOrder, Provision

DEVICE_ENTROPY = 64  # bytes
INFO = b"picodsc provision 1"


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
        """Draw all secrets, and set the clock if the station tells the time; wipes on errors.

        Raises what `check_order` does, and EntropyError if the board's source of random bits fails a health test: the
        host's bytes alone would do, but a broken board makes no token.
        """
        check_order(board, order)
        if order.time:
            board.wall.set(order.time)
        self._board = board
        self.keys: list[KeySet] = []  # of each credential, for the station
        self.unlock_secret = bytearray()  # of verified mode, for the station
        self._offset: PinOffset | None = None
        self._wrapping: Wrapping | None = None
        self._credentials: list[Credential] = []  # one for each of `keys`
        self._servers: list[Credential] = []
        self._labels: list[Label] = []
        self._counters: list[Counter] = []
        self._forms: list[Form] = []
        self._links: list[Link] = []
        self._settings = Settings(order.language) if order.language else None
        device = source = None
        try:
            device = board.entropy.read(DEVICE_ENTROPY)
            source = Source(device, order.entropy)
            make = self._make_verified if order.mode == MODE_VERIFIED else self._make_soft
            self._root = make(order, source)
        except BaseException:
            self.wipe()
            raise
        finally:
            if source:
                source.wipe()
            wipe(device)

    def write(self) -> Vault:
        """Erase the vault, write the token, seal it; once only. Raises VaultError or FlashError."""
        contents = making.new_contents(
            self._root,
            self._offset,
            self._credentials + self._servers,
            self._labels,
            self._counters,
            self._wrapping,
            self._forms,
            self._links,
            self._settings,
        )
        # What is written is read again, and there is no memory for both.
        self._credentials, self._servers, self._labels, self._counters = [], [], [], []
        self._forms, self._links = [], []
        return Vault.provision_with(self._board.flash, contents)

    def wipe(self) -> None:
        """Overwrite the keys."""
        for each in self.keys:
            each.wipe()
        self.keys = []
        wipe(self.unlock_secret)
        self.unlock_secret = bytearray()

    def _make_soft(self, order: "Provision", source: Source) -> Root:
        """Nothing in it can tell a right PIN: not even this token, once it has been made."""
        target = dek = kek = None
        try:
            target = seal.random_digits(source.read, len(order.pin))
            secret = source.read(seal.SECRET_SIZE)
            salt = bytes(source.read(seal.SALT_SIZE))
            dek = source.read(seal.SECRET_SIZE)
            rounds = order.rounds or self._board.kdf.default_rounds
            kek = self._kek(seal.key_encryption_key, target, salt, rounds, secret)
            sealed_dek = bytes(seal.seal_dek(dek, kek))
            self._offset = PinOffset(seal.offset_between(target, order.pin), order.flags)
            root = Root(order.serial, MODE_SOFT, 0, len(order.pin), rounds, salt, secret, sealed_dek)
            self._add_all(order, source, dek, secret)
            if order.delta:
                self._open_alarm_keys(root, target, order.delta)
            return root
        finally:
            wipe(target, dek, kek)

    def _open_alarm_keys(self, root: Root, target: bytearray, delta: bytearray) -> None:
        """What the duress PIN opens: PIN + delta is shifted to target + delta, by the same offset as the PIN."""
        moved_target = kek = dek = None
        try:
            moved_target = moved(target, delta)
            kek = self._kek(seal.key_encryption_key, moved_target, root.salt, root.rounds, root.device_secret)
            dek = seal.open_dek(root.sealed_dek, kek)
            for keys, each in zip(self.keys, self._credentials):
                if each.kind == KIND_PIN:
                    keys.alarm_key = seal.open_key(each.sealed_key, dek, each.id, each.nonce, each.header())
        finally:
            wipe(moved_target, kek, dek)

    def _make_verified(self, order: "Provision", source: Source) -> Root:
        """The board's own secret keeps a dump from telling anything; the tag tells a right PIN."""
        dek = secret = kek = code = code_kek = None
        try:
            secret = self._board.secret()
            dek = source.read(seal.SECRET_SIZE)
            self.unlock_secret = source.read(seal.SECRET_SIZE)
            salt, unlock_salt = source.read(seal.SALT_SIZE), source.read(seal.SALT_SIZE)
            rounds = order.rounds or self._board.kdf.default_rounds
            kek = self._kek(seal.key_encryption_key, order.pin, salt, rounds, secret)
            code = unlock_code(self.unlock_secret, order.serial, 1)
            code_kek = self._kek(seal.unlock_key_encryption_key, code, unlock_salt, rounds, secret)
            self._wrapping = wrapping = Wrapping(
                order.flags,
                salt,
                seal.seal_dek(dek, kek),
                1,
                unlock_salt,
                seal.seal_dek(dek, code_kek),
                seal.seal_unlock_secret(self.unlock_secret, dek),
                0,
                0,
            )
            wrapping.tag = seal.verified_tag(kek, wrapping.tagged())
            self._add_all(order, source, dek, secret)
            return Root(
                order.serial,
                MODE_VERIFIED,
                ROOT_WIPE if order.wipes else 0,
                len(order.pin),
                rounds,
                b"",
                bytearray(),
                b"",
                order.pin_limit,
                order.code_limit,
            )
        finally:
            wipe(dek, secret, kek, code, code_kek)

    def _kek(
        self,
        formula: "Callable[..., bytearray]",
        digits: bytearray,
        salt: "Buffer",
        rounds: int,
        secret: "Buffer",
    ) -> bytearray:
        board = self._board

        def pbkdf2(password: "Buffer", salt: "Buffer", rounds: int, length: int) -> bytearray:
            return board.kdf.pbkdf2_sha256(password, salt, rounds, length, lambda done: board.watchdog.feed())

        return formula(digits, salt, rounds, secret, board.identity.uid, pbkdf2=pbkdf2)

    def _add_all(self, order: "Provision", source: Source, dek: bytearray, secret: bytearray) -> None:
        open_key = server_key = None
        try:
            uid = self._board.identity.uid
            open_key = seal.device_key(secret, uid, "open")
            server_key = seal.device_key(secret, uid, "server")
            for wanted in order.credentials:
                self._add(order.serial, wanted, source, dek if wanted.kind == KIND_PIN else open_key)
                if wanted.server:
                    self._add_server(order.serial, wanted.server, source, server_key)
        finally:
            wipe(open_key, server_key)

    def _add(self, serial: str, wanted: "CredentialOrder", source: Source, wrapping: bytearray) -> None:
        credential, key = _sealed(
            (serial, wanted.kind, wanted.login, wanted.sign, wanted.server),
            wanted.key_length,
            source,
            wrapping,
        )
        self.keys.append(KeySet(credential.id, key))
        self._credentials.append(credential)
        if wanted.label:
            self._labels.append(Label(credential.id, wanted.label))
        if wanted.form:
            self._forms.append(Form(credential.id, wanted.form))
        self._counters.append(Counter(credential.id, wanted.counter))

    def _add_server(self, serial: str, suite: str, source: Source, wrapping: bytearray) -> None:
        """The key that checks the server of the credential that was added last."""
        length = DIGEST_SIZE[Suite.parse(suite).algorithm]
        server, key = _sealed((serial, KIND_SERVER, "", "", suite), length, source, wrapping)
        self.keys[-1].server_id = server.id
        self.keys[-1].server_key = key
        self._servers.append(server)
        self._links.append(Link(self.keys[-1].id, server.id))


def _sealed(
    header: "tuple[str, int, str, str, str]", length: int, source: Source, wrapping: bytearray
) -> "tuple[Credential, bytearray]":
    """A credential of this serial, kind and suites with a new id and nonce, and its new key."""
    serial, kind, login, sign, server = header
    credential_id = bytes(source.read(seal.SALT_SIZE))
    nonce = bytes(source.read(seal.SALT_SIZE))
    key = source.read(length)
    try:
        credential = Credential(credential_id, serial, kind, 0, login, sign, server, nonce, b"")
        credential.sealed_key = bytes(seal.seal_key(key, wrapping, credential_id, nonce, credential.header()))
        return credential, key
    except BaseException:
        wipe(key)
        raise
