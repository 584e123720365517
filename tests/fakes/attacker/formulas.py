"""How a token gets from a PIN to its keys, written again from docs/formats.md, section 6."""

import hashlib
import hmac
from dataclasses import dataclass
from itertools import product
from typing import Final

from fakes.attacker.records import Credential

KEK, DEK, KEY, TAG = b"picodsc kek 1", b"picodsc dek 1", b"picodsc key 1", b"picodsc tag 1"
OPEN, SERVER, CONFIRM, UNLOCK = b"picodsc open 1", b"picodsc server 1", b"picodsc confirm 1", b"picodsc U 1"
SIZE: Final = 32


def every_pin(digits: int) -> tuple[bytes, ...]:
    """All PINs of a length."""
    return tuple(bytes(each) for each in product(b"0123456789", repeat=digits))


def shift(pin: bytes, offset: bytes, sign: int = 1) -> bytes:
    """Digit by digit (PIN + offset) mod 10; with the sign -1 the way back."""
    return bytes(48 + (digit - 48 + sign * by) % 10 for digit, by in zip(pin, offset, strict=True))


def extract(salt: bytes, material: bytes) -> bytes:
    return hmac.digest(salt, material, "sha256")


def expand(key: bytes, info: bytes, length: int = SIZE) -> bytes:
    output = block = b""
    while len(output) < length:
        block = hmac.digest(key, block + info + bytes([len(output) // SIZE + 1]), "sha256")
        output += block
    return output[:length]


def xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")


@dataclass(frozen=True)
class Stretch:
    """All that makes a KEK of a target: what the PIN is shifted to."""

    salt: bytes
    rounds: int
    secret: bytes
    uid: bytes

    def steps(self, target: bytes) -> tuple[bytes, bytes, bytes]:
        """The stretched PIN, the pseudorandom key, the KEK."""
        stretched = hashlib.pbkdf2_hmac("sha256", target, self.salt, self.rounds)
        key = extract(self.uid, stretched + self.secret)
        return stretched, key, expand(key, KEK)

    def kek(self, target: bytes) -> bytes:
        return self.steps(target)[2]


def open_dek(sealed: bytes, kek: bytes) -> bytes:
    return xor(sealed, expand(kek, DEK))


def key_info(credential: Credential) -> bytes:
    """What binds the key's mask to its credential."""
    return KEY + credential.id + credential.nonce + hashlib.sha256(credential.header).digest()


def open_key(credential: Credential, dek: bytes) -> bytes:
    return xor(credential.sealed, expand(dek, key_info(credential), len(credential.sealed)))


def device_keys(secret: bytes, uid: bytes) -> dict[bytes, bytes]:
    """What stands in the DEK's place where no PIN guards a key, by purpose."""
    return {purpose: expand(extract(uid, secret), purpose) for purpose in (OPEN, SERVER)}
