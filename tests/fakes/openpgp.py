"""An OpenPGP key that signs as archives do, so that apt's own verification can be tried without Debian's secrets.

Source: RFC 4880, sections 4.2 (packets), 5.2 (signatures), 5.5.2 (keys), 6 (armour), 7 (clear-signed texts).
"""

import base64
import hashlib
import struct
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256

CREATED = 1_700_000_000
RSA, SHA_256 = 1, 8  # the algorithms' numbers
TEXT, CERTIFICATION = 0x01, 0x13  # the signatures' types


class SigningKey:
    """An RSA key of its own, and a user id that it certifies itself."""

    def __init__(self, user: str = "An archive of the tests <archive@example.org>") -> None:
        self._secret = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self._secret.public_key().public_numbers()
        self._body = struct.pack(">BIB", 4, CREATED, RSA) + _mpi(numbers.n) + _mpi(numbers.e)
        self._hashed_key = b"\x99" + struct.pack(">H", len(self._body)) + self._body
        self._fingerprint = hashlib.sha1(self._hashed_key).digest()  # noqa: S324 - the format's own name for a key
        self._user = user.encode()

    def write_keyring(self, path: Path) -> Path:
        """The public key as a keyring file."""
        certified = self._hashed_key + b"\xb4" + struct.pack(">I", len(self._user)) + self._user
        path.write_bytes(
            _packet(6, self._body)
            + _packet(13, self._user)
            + self._signature(CERTIFICATION, certified, _subpacket(27, b"\x03"))
        )
        return path

    def clear_sign(self, text: str) -> str:
        """The text with its signature below, as in InRelease; no line of it may begin with a hyphen."""
        canonical = "\r\n".join(line.rstrip() for line in text.rstrip("\n").split("\n"))
        signature = self._signature(TEXT, canonical.encode())
        body = base64.encodebytes(signature).decode()
        return (
            f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{text}"
            f"-----BEGIN PGP SIGNATURE-----\n\n{body}={_checksum(signature)}\n-----END PGP SIGNATURE-----\n"
        )

    def _signature(self, kind: int, data: bytes, more: bytes = b"") -> bytes:
        hashed = (
            _subpacket(2, struct.pack(">I", CREATED)) + _subpacket(33, b"\x04" + self._fingerprint) + more
        )
        head = struct.pack(">BBBBH", 4, kind, RSA, SHA_256, len(hashed)) + hashed
        digest = hashlib.sha256(data + head + struct.pack(">BBI", 4, 0xFF, len(head))).digest()
        value = self._secret.sign(digest, padding.PKCS1v15(), utils.Prehashed(SHA256()))
        issuer = _subpacket(16, self._fingerprint[-8:])
        unhashed = struct.pack(">H", len(issuer)) + issuer
        return _packet(2, head + unhashed + digest[:2] + _mpi(int.from_bytes(value, "big")))


def _mpi(number: int) -> bytes:
    return struct.pack(">H", number.bit_length()) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _packet(tag: int, body: bytes) -> bytes:
    return struct.pack(">BBI", 0xC0 | tag, 0xFF, len(body)) + body


def _subpacket(kind: int, body: bytes) -> bytes:
    return bytes([len(body) + 1, kind]) + body


def _checksum(data: bytes) -> str:
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc = (crc << 1) ^ (0x1864CFB if crc & 0x800000 else 0)
    return base64.b64encode(crc.to_bytes(3, "big")).decode()
