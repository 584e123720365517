"""A token in verified mode, with a device secret that is not in flash: made and changed as docs/formats.md says."""

import random

from dsc.crypto import kdf, seal
from dsc.protocol.records import KIND_PIN, MODE_VERIFIED, Credential, Root
from dsc.protocol.verified import Wrapping
from dsc.vault.store import Vault
from fakes.factory_link import LOGIN, SERIAL
from fakes.nor_flash import SECTOR
from fakes.token_history import ROUNDS, SECTORS, WatchedFlash

UNLOCK_KEK = b"picodsc ukek 1"


class VerifiedToken:
    """Provisioned at once; `dumps` are all states of its flash, `device_secret` is not in any of them."""

    def __init__(self, pin: bytes, seed: int = 1) -> None:
        self._draw = random.Random(f"verified {seed}").randbytes
        self.pin = pin
        self.uid, self.device_secret = self._draw(8), self._draw(32)
        self.dek, self.unlock_secret, self.key = self._draw(32), self._draw(32), self._draw(32)
        self.flash = WatchedFlash(SECTORS * SECTOR)
        self.flash.dumps = []
        root = Root(SERIAL, MODE_VERIFIED, 0, len(pin), ROUNDS, b"", bytearray(), b"", 10, 5)
        only = Credential(self._draw(16), SERIAL, KIND_PIN, 0, LOGIN, "", "", self._draw(16), b"")
        only.sealed_key = bytes(seal.seal_key(self.key, self.dek, only.id, only.nonce, only.header()))
        Vault.provision(self.flash, root, None, [only], [], [], self._wrapping(1))

    @property
    def unit(self) -> tuple[bytes, list[bytes]]:
        """What an attacker holds."""
        return self.uid, self.flash.dumps

    def change_pin(self, new: bytes) -> None:
        """Wrap the DEK anew."""
        self.pin = new
        Vault.mount(self.flash).replace_wrapping(self._wrapping(2))

    def _wrapping(self, number: int) -> Wrapping:
        salt, unlock_salt = self._draw(16), self._draw(16)
        kek = seal.key_encryption_key(self.pin, salt, ROUNDS, self.device_secret, self.uid)
        code = b"%016d" % (int.from_bytes(self._draw(16), "big") % 10**16)
        stretched = kdf.pbkdf2_sha256(code, unlock_salt, ROUNDS, 32)
        code_kek = kdf.hkdf(stretched + self.device_secret, self.uid, UNLOCK_KEK, 32)
        mask = kdf.hkdf_expand(self.dek, b"picodsc U 1", 32)
        wrapping = Wrapping(
            0, salt, bytes(seal.seal_dek(self.dek, kek)),
            number, unlock_salt, bytes(seal.seal_dek(self.dek, code_kek)),
            bytes(left ^ right for left, right in zip(self.unlock_secret, mask, strict=True)),
            0, 0,
        )  # fmt: skip
        wrapping.tag = bytes(seal.verified_tag(kek, wrapping.tagged()))
        return wrapping
