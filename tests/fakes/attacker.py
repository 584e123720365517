"""Whoever holds a dump of a token's flash: tries every PIN, and looks for anything that tells the right one."""

import hashlib
import hmac
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, pstdev
from typing import Final

from dsc.crypto import seal
from dsc.vault.store import Vault
from fakes.nor_flash import NorFlash

FOUR_DIGITS: Final = tuple(b"%04d" % number for number in range(10_000))
WINDOW: Final = 6  # bytes of a digest that count as its presence in the image
CHECKSUM: Final = 4
OUTLIER: Final = 7.0  # standard deviations


@dataclass(frozen=True)
class Guess:
    """What one PIN opens the vault to."""

    pin: bytes
    target: bytes
    kek: bytes
    dek: bytes
    keys: tuple[bytes, ...]


class Dump:
    """A copied flash image, and the unique id that is read from the chip along with it."""

    def __init__(self, image: bytes, uid: bytes) -> None:
        self.image = image
        self.uid = uid
        # On a copy: mounting settles what a power cut left, and that is a write.
        vault = Vault.mount(NorFlash(len(image), image))
        assert vault.root is not None
        assert vault.offset is not None
        self.root = vault.root
        self.offset = vault.offset.offset
        self.credentials = vault.credentials()
        self.windows = _windows(image, WINDOW)
        self.checksums = _windows(image, CHECKSUM)

    def guess(self, pin: bytes) -> Guess:
        """Open the vault as the token does."""
        root = self.root
        target = seal.shift(pin, self.offset)
        kek = seal.key_encryption_key(target, root.salt, root.rounds, root.device_secret, self.uid)
        dek = seal.open_dek(root.sealed_dek, kek)
        keys = tuple(
            bytes(seal.open_key(each.sealed_key, dek, each.id, each.nonce, each.header()))
            for each in self.credentials
        )
        return Guess(pin, bytes(target), bytes(kek), bytes(dek), keys)

    def public(self) -> list[bytes]:
        """The fields of the vault that anyone can read."""
        root = self.root
        parts = [b"", self.uid, root.serial.encode(), root.salt, root.device_secret, root.sealed_dek]
        for each in self.credentials:
            parts += [each.id, each.nonce, each.header(), each.sealed_key]
        return [bytes(part) for part in parts]


def tells(dump: Dump, guesses: list[Guess]) -> set[tuple[bytes, str]]:
    """All (PIN, reason) of PINs that the image treats unlike the others; empty if it is no oracle."""
    found = set(_present(dump, guesses)) | set(_repeated(guesses))
    for name, score in SCORES.items():
        for index in range(len(dump.credentials)):
            values = [score(guess.keys[index]) for guess in guesses]
            mean, deviation = fmean(values), pstdev(values)
            found |= {
                (guess.pin, f"outlier: {name}")
                for guess, value in zip(guesses, values, strict=True)
                if abs(value - mean) > OUTLIER * deviation
            }
    return found


def _present(dump: Dump, guesses: list[Guess]) -> Iterator[tuple[bytes, str]]:
    """What a PIN leads to, or any common digest of it, is in the image."""
    public = dump.public()
    for guess in guesses:
        stretched = hashlib.pbkdf2_hmac("sha256", guess.pin, dump.root.salt, dump.root.rounds)
        for secret in (guess.pin, guess.target, stretched, guess.kek, guess.dek, *guess.keys):
            # A PIN of four digits is in any image by chance, as part of a name or number; its digests are not.
            if len(secret) > WINDOW and secret[:WINDOW] in dump.windows:
                yield guess.pin, "in clear"
            for digest in _digests(secret, public):
                if digest[:WINDOW] in dump.windows:
                    yield guess.pin, "digest"
            checksum = zlib.crc32(secret).to_bytes(CHECKSUM, "big")
            if checksum in dump.checksums or checksum[::-1] in dump.checksums:
                yield guess.pin, "checksum"


def _digests(secret: bytes, public: list[bytes]) -> Iterator[bytes]:
    yield hashlib.sha1(secret).digest()  # noqa: S324 - whatever a careless designer may have taken
    yield hashlib.sha512(secret).digest()
    for part in public:
        yield hashlib.sha256(secret + part).digest()
        yield hashlib.sha256(part + secret).digest()
        yield hmac.digest(secret, part, "sha256")
        yield hmac.digest(part, secret, "sha256")


def _repeated(guesses: Iterable[Guess]) -> Iterator[tuple[bytes, str]]:
    """One secret under two wrappings opens to the same under the right PIN alone."""
    for guess in guesses:
        opened = (guess.kek, guess.dek, *guess.keys)
        if len(set(opened)) < len(opened):
            yield guess.pin, "wrapped twice"


def _differing(number: int) -> int:
    return (number ^ (number >> 1)).bit_count()


SCORES: Final[dict[str, Callable[[bytes], float]]] = {
    "one bits": lambda key: int.from_bytes(key, "big").bit_count(),
    "bits that differ from the next": lambda key: _differing(int.from_bytes(key, "big")),
    "printable bytes": lambda key: sum(0x20 <= byte < 0x7F for byte in key),
    "different bytes": lambda key: len(set(key)),
    "sum of bytes": sum,
    "even bytes": lambda key: sum(not byte & 1 for byte in key),
    "rising neighbours": lambda key: sum(left < right for left, right in pairwise(key)),
    "first byte": lambda key: key[0],
    "last byte": lambda key: key[-1],
    "remainder by 251": lambda key: int.from_bytes(key, "big") % 251,
}


def rank(pin: bytes, guesses: list[Guess], score: Callable[[bytes], float]) -> float:
    """Where a PIN's first key stands among all by a score: 0 lowest, 1 highest, ties in the middle."""
    (own,) = (score(guess.keys[0]) for guess in guesses if guess.pin == pin)
    values = [score(guess.keys[0]) for guess in guesses]
    return (sum(value < own for value in values) + sum(value == own for value in values) / 2) / len(values)


def _windows(image: bytes, size: int) -> set[bytes]:
    return {image[start : start + size] for start in range(len(image) - size + 1)} - {
        b"\xff" * size,
        bytes(size),
    }
