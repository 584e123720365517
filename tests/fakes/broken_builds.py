"""Builds of the firmware that break one clause each of what keeps a soft token from telling its PIN."""

import hashlib
import string
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from dsc.app.provisioning import NewToken, Source
from dsc.crypto import kdf, ocra, seal
from dsc.protocol.records import (
    KIND_OPEN,
    KIND_SERVER,
    TYPE_CREDENTIAL,
    TYPE_ROOT,
    Credential,
    Root,
)
from fakes import raw_records
from fakes.nor_flash import PowerCut, part
from fakes.token_history import TokenHistory

START: Final = {TYPE_ROOT: 0, TYPE_CREDENTIAL: 16}  # bytes that tell which record of its type is replaced
CONFIRM: Final = "OCRA-1:HOTP-SHA256-8:QN08"


def root_under(root: Root, target: bytes, salt: bytes, dek: bytes, uid: bytes) -> Root:
    """The same root record, with the DEK wrapped under another target."""
    kek = seal.key_encryption_key(target, salt, root.rounds, root.device_secret, uid)
    return Root(
        root.serial, root.mode, root.flags, root.pin_length, root.rounds, salt, root.device_secret,
        bytes(seal.seal_dek(dek, kek)),
    )  # fmt: skip


def resealed(old: Credential, key: bytes, dek: bytes, nonce: bytes, flags: int = 0) -> Credential:
    """The same credential with its key sealed again."""
    new = Credential(old.id, old.serial, old.kind, flags, old.login, old.sign, old.server, nonce, b"")
    new.sealed_key = bytes(seal.seal_key(key, dek, new.id, nonce, new.header()))
    return new


class _Instead:
    """A source whose draws of one length are replaced."""

    def __init__(self, source: Source, length: int, value: bytes) -> None:
        self._source, self._length, self._value = source, length, value

    def read(self, length: int) -> bytearray:
        return bytearray(self._value) if length == self._length else self._source.read(length)


# Broken: no secret is ever wrapped a second time.


class RewrapsOnChange(TokenHistory):
    """A PIN change wraps the DEK under the new PIN; the offset stays."""

    commit = True

    def salt(self, old: bytes) -> bytes:
        return self.source.randbytes(16)

    def change_pin(self, new=None):
        self.rewrap(new, self.salt(bytes(self.vault().root.salt)))

    def rewrap(self, new: bytes, salt: bytes) -> None:
        vault, opened = self.vault(), self.opened()
        target = bytes(seal.shift(new, vault.offset.offset))
        root = root_under(vault.root, target, salt, opened.dek, self.uid)
        self.replace(TYPE_ROOT, bytes(root.encode()))
        if self.commit:
            self.keep(new)

    def replace(self, kind: int, payload: bytes) -> None:
        old = raw_records.sequence_of(self.flash, kind, payload[: START[kind]])
        raw_records.append(self.flash, kind, payload, old, self.commit)
        self.vault()


class RewrapsWithTheOldSalt(RewrapsOnChange):
    """The same, with the salt reused for the new PIN."""

    def salt(self, old):
        return old


class LosesPowerWhileItRewraps(RewrapsOnChange):
    """The same, and the new wrapping is never committed: only a dump from that moment shows it."""

    commit = False


class IsTornWhileItRewraps(RewrapsOnChange):
    """The same, and power fails while the new wrapping's page is programmed: not even all of it is there."""

    def replace(self, kind, payload):
        self.flash.cut(1, part(0, 0.8))
        with suppress(PowerCut):
            super().replace(kind, payload)
        self.flash.power_on()
        self.vault()

    def keep(self, pin):
        if not self.pins:
            super().keep(pin)


class NewDekOnChange(RewrapsOnChange):
    """A PIN change seals the old keys under a new DEK."""

    def change_pin(self, new=None):
        vault, opened = self.vault(), self.opened()
        dek = self.source.randbytes(32)
        target = bytes(seal.shift(new, vault.offset.offset))
        root = root_under(vault.root, target, self.source.randbytes(16), dek, self.uid)
        second = vault.credentials()[1]
        again = resealed(second, opened.keys[bytes(second.id)], dek, self.source.randbytes(16))
        self.replace(TYPE_CREDENTIAL, bytes(again.encode()))
        self.replace(TYPE_ROOT, bytes(root.encode()))
        self.keep(new)


class RewrapsOnCompaction(RewrapsOnChange):
    """A compaction wraps the DEK anew under the same PIN, instead of copying it verbatim."""

    def compact(self):
        super().compact()
        self.rewrap(self.pin, self.source.randbytes(16))


# Broken: a sealed key is copied verbatim for ever after.


class ResealsOnRename(TokenHistory):
    """A rename seals the key again under a new nonce."""

    def rename(self):
        opened = self.opened()
        second = self.vault().credentials()[1]
        again = self.again(second, opened.keys[bytes(second.id)], opened.dek)
        old = raw_records.sequence_of(self.flash, TYPE_CREDENTIAL, bytes(again.id))
        raw_records.append(self.flash, TYPE_CREDENTIAL, bytes(again.encode()), old)
        self.vault()

    def again(self, credential: Credential, key: bytes, dek: bytes) -> Credential:
        return resealed(credential, key, dek, self.source.randbytes(16))


class ResealsUnderANewHeader(ResealsOnRename):
    """A change of a credential's flags, which are part of its header, seals the key again under the same nonce."""

    def again(self, credential, key, dek):
        return resealed(credential, key, dek, bytes(credential.nonce), flags=1)


# Broken: only uniformly random keys are sealed.


class _ImportingToken(NewToken):
    """Takes the keys that it is given instead of drawing them."""

    imported: Callable[[], bytes]

    def _add(self, serial, wanted, source, dek):
        super()._add(serial, wanted, _Instead(source, wanted.key_length, self._imported()), dek)

    def _imported(self) -> bytes:
        return type(self).imported()


def importing(key: Callable[[], bytes], length: int = 32) -> type[TokenHistory]:
    """A build that seals a key from elsewhere."""

    class ImportsKeys(TokenHistory):
        """One credential, with such a key."""

        maker = type("ImportingToken", (_ImportingToken,), {"imported": staticmethod(key)})

        def orders(self):
            only = super().orders()[1]
            only.key_length = length
            return [only]

    return ImportsKeys


def _random(letters: str, length: int) -> Callable[[], bytes]:
    return lambda: "".join(
        letters[byte % len(letters)] for byte in hashlib.shake_256(letters.encode()).digest(length)
    ).encode()


def _parity() -> bytes:
    return bytes(byte ^ (byte.bit_count() + 1 & 1) for byte in hashlib.shake_256(b"triple DES").digest(24))


IMPORTED: Final[dict[str, tuple[Callable[[], bytes], int]]] = {
    "a sentence": (lambda: b"correct horse battery staple 123", 32),
    "hexadecimal text": (_random("0123456789abcdef", 40), 40),
    "base32 text": (_random(string.ascii_uppercase + "234567", 32), 32),
    "decimal digits": (_random(string.digits, 20), 20),
    "bytes with parity": (_parity, 24),
    "twenty bytes, filled with zeros": (lambda: hashlib.sha256(b"a key").digest()[:20] + bytes(12), 32),
    "sixteen bytes, twice": (lambda: 2 * hashlib.sha256(b"a key").digest()[:16], 32),
    "few different bytes": (
        lambda: bytes(b"\x13\x9a\xe0\x57\x5c"[byte % 5] for byte in hashlib.sha256(b"").digest()), 32,
    ),
    "the serial, then noise": (lambda: b"DS-4242" + hashlib.sha256(b"").digest()[:25], 32),
    "a count": (lambda: bytes(range(0x3C, 0x5C)), 32),
    "a digest of the serial": (lambda: hashlib.sha256(b"DS-4242").digest(), 32),
}  # fmt: skip


# Broken: the target of the PIN is drawn at random.


def aiming_at(target: Callable[[bytes], bytes]) -> type[TokenHistory]:
    """A build that makes the target of the PIN out of the serial."""

    class Aiming(NewToken):
        def __init__(self, board, order):
            honest = seal.random_digits
            seal.random_digits = lambda source, count: bytearray(target(order.serial.encode())[:count])
            try:
                super().__init__(board, order)
            finally:
                seal.random_digits = honest

    return type("AimsAtATarget", (TokenHistory,), {"maker": Aiming})


TARGETS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "always the same": lambda serial: b"00000000",
    "made of the serial": lambda serial: bytes(48 + byte % 10 for byte in hashlib.sha256(serial).digest()),
}


# Broken: a second provisioning makes everything new.


class RetriesWithOldKeys(TokenHistory):
    """A second provisioning seals the keys of the first one under everything else new."""

    class maker(NewToken):  # noqa: N801 - the attribute of TokenHistory
        def _add(self, serial, wanted, source, dek):
            kept = self._board.__dict__.setdefault("kept", {})
            number = len(self.keys)
            key = kept.setdefault(number, bytes(source.read(wanted.key_length)))
            super()._add(serial, wanted, _Instead(source, wanted.key_length, key), dek)


# Broken: each secret is sealed exactly once, and each key is independent of all others.


class _AfterProvisioning(TokenHistory, ABC):
    """Keeps more in flash than the firmware does."""

    def provision(self, pin=None):
        super().provision(pin)
        raw_records.append(self.flash, *self.more())
        self.vault()

    @abstractmethod
    def more(self) -> tuple[int, bytes]:
        """The type and the payload of that."""

    def unguarded(self, key: bytes, purpose: str) -> tuple[int, bytes]:
        """A credential under the device secret alone."""
        kind = {"server": KIND_SERVER, "open": KIND_OPEN}[purpose]
        root, nonce = self.vault().root, self.source.randbytes(16)
        new = Credential(self.source.randbytes(16), root.serial, kind, 0, CONFIRM, "", "", nonce, b"")
        secret = seal.device_key(root.device_secret, self.uid, purpose)
        new.sealed_key = bytes(seal.seal_key(key, secret, new.id, nonce, new.header()))
        return TYPE_CREDENTIAL, bytes(new.encode())


class ServerKeyIsTheKey(_AfterProvisioning):
    """Mutual mode answers with the login key, sealed a second time, under the device secret."""

    def more(self):
        return self.unguarded(next(iter(self.opened().keys.values())), "server")


class OpenKeyIsTheKey(_AfterProvisioning):
    """A possession-only credential has the key of one under the PIN."""

    def more(self):
        return self.unguarded(next(iter(self.opened().keys.values())), "open")


class DekUnderTheDeviceSecret(_AfterProvisioning):
    """A copy of the DEK that needs no PIN, for recovery."""

    def more(self):
        root = self.vault().root
        secret = seal.device_key(root.device_secret, self.uid, "open")
        return raw_records.NOTE, bytes(seal.seal_dek(self.opened().dek, secret))


class OneKeyForTwoCredentials(TokenHistory):
    """All credentials of a token have one key."""

    class maker(NewToken):  # noqa: N801 - the attribute of TokenHistory
        def _add(self, serial, wanted, source, dek):
            key = bytes(self.keys[0].key) if self.keys else bytes(source.read(wanted.key_length))
            key = key[: wanted.key_length]
            super()._add(serial, wanted, _Instead(source, wanted.key_length, key), dek)


# Broken: nothing is kept against which a PIN could be checked.


def keeping(trace: Callable[["_Keeping"], bytes]) -> type[TokenHistory]:
    """A build that keeps a trace of what the PIN opens."""
    return type("Keeps", (_Keeping,), {"trace": trace})


class _Keeping(_AfterProvisioning):
    maker = NewToken
    trace: Callable[["_Keeping"], bytes]

    def orders(self):
        return super().orders()[:2]

    def more(self):
        return raw_records.NOTE, self.trace()

    def key(self) -> bytes:
        return next(iter(self.opened().keys.values()))

    def plain(self) -> bytes:
        """The first credential's payload, its key in clear."""
        first = self.vault().credentials()[0]
        return bytes(first.header()) + bytes(first.nonce) + bytes([32]) + self.key()

    def tag(self) -> bytes:
        """Verified mode's tag in soft mode: a MAC under the KEK over what is wrapped."""
        return bytes(
            kdf.hmac(
                "SHA256",
                kdf.hkdf_expand(self.opened().kek, b"picodsc tag 1", 32),
                self.vault().root.sealed_dek,
            )
        )

    def pending_confirmation(self) -> bytes:
        """A PIN change that survives a power cut: number and expected answer, written before they are answered."""
        derived = kdf.hkdf(self.key(), b"", b"picodsc confirm 1" + self.vault().root.serial.encode(), 32)
        number = "48151623"
        return (number + " " + ocra.respond(ocra.Suite.parse(CONFIRM), derived, number)).encode()


TRACES: Final[dict[str, Callable[[_Keeping], bytes]]] = {
    "the PIN": lambda self: self.pin,
    "a digest of the PIN": lambda self: hashlib.sha256(self.pin).digest(),
    "a salted digest of the PIN": lambda self: hashlib.sha256(self.vault().root.salt + self.pin).digest(),
    "a stretched PIN": lambda self: hashlib.pbkdf2_hmac("sha256", self.opened().target, self.vault().root.salt, 2),
    "half a digest of the KEK": lambda self: hashlib.sha256(self.opened().kek).digest()[:16],
    "a checksum of the DEK": lambda self: zlib.crc32(self.opened().dek).to_bytes(4, "big"),
    "a checksum of a credential with its key in clear": lambda self: zlib.crc32(self.plain()).to_bytes(4, "little"),
    "a digest of a key": lambda self: hashlib.sha256(self.key()).digest(),
    "three bytes of a digest of a key": lambda self: hashlib.sha256(self.key()).digest()[:3],
    "a MAC under a key": lambda self: bytes(kdf.hmac("SHA256", self.key(), self.vault().credentials()[0].id)),
    "a MAC over a key": lambda self: bytes(kdf.hmac("SHA256", self.vault().root.device_secret, self.key())),
    "the beginning of a key": lambda self: self.key()[:8],
    "a number and its expected confirmation": _Keeping.pending_confirmation,
}  # fmt: skip

Tagged = keeping(_Keeping.tag)
