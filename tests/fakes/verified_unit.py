"""A token in verified mode on a board with a device secret, sealed as docs/formats.md says, by the tests' own hands."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dsc.crypto import seal
from dsc.protocol.records import KIND_PIN, MODE_VERIFIED, ROOT_WIPE, Counter, Credential, Root
from dsc.protocol.unlock import unlock_code
from dsc.protocol.verified import Wrapping
from dsc.vault.store import Vault
from fakes import units
from host_tools.engines.unit import Unit
from simulated.flash import Flash

DEVICE_SECRET: Final = units.fixed("board's secret", 32)
DEK: Final = units.fixed("verified DEK", 32)
UNLOCK_SECRET: Final = units.fixed("unlock secret", 32)
PIN_LIMIT: Final = 4
CODE_LIMIT: Final = 3


@dataclass(frozen=True)
class Policy:
    """What the station orders."""

    pin: bytes = units.PIN
    flags: int = 0
    wipes: bool = False
    login: str = units.LOGIN


def code(n: int) -> str:
    """The n-th unlock code."""
    return unlock_code(UNLOCK_SECRET, units.SERIAL, n).decode()


def is_right(vault: Vault, pin: bytes) -> bool:
    """Whether this PIN is in force."""
    kek = seal.key_encryption_key(pin, vault.wrapping.salt, units.LOW_ROUNDS, DEVICE_SECRET, units.UID)
    return seal.verified_tag(kek, vault.wrapping.tagged()) == vault.wrapping.tag


def seal_flash(flash, policy: Policy = Policy()) -> None:
    """Make the token; its only credential has the key `units.fixed_key(0)`."""
    salt, unlock_salt = units.fixed("verified salt", 16), units.fixed("unlock salt", 16)
    formula = (units.LOW_ROUNDS, DEVICE_SECRET, units.UID)
    kek = seal.key_encryption_key(policy.pin, salt, *formula)
    code_kek = seal.unlock_key_encryption_key(code(1).encode(), unlock_salt, *formula)
    wrapping = Wrapping(
        policy.flags,
        salt,
        seal.seal_dek(DEK, kek),
        1,
        unlock_salt,
        seal.seal_dek(DEK, code_kek),
        seal.seal_unlock_secret(UNLOCK_SECRET, DEK),
        0,
        0,
    )
    wrapping.tag = seal.verified_tag(kek, wrapping.tagged())
    flags = ROOT_WIPE if policy.wipes else 0
    root = Root(
        units.SERIAL,
        MODE_VERIFIED,
        flags,
        len(policy.pin),
        units.LOW_ROUNDS,
        b"",
        bytearray(),
        b"",
        PIN_LIMIT,
        CODE_LIMIT,
    )
    only = Credential(
        units.fixed("id 0", 16),
        units.SERIAL,
        KIND_PIN,
        0,
        policy.login,
        "",
        "",
        units.fixed("nonce 0", 16),
        b"",
    )
    only.sealed_key = bytes(seal.seal_key(units.fixed_key(0), DEK, only.id, only.nonce, only.header()))
    Vault.provision(flash, root, None, [only], [], [Counter(only.id, 0)], wrapping)


def unit(folder: Path, policy: Policy = Policy(), **options) -> Unit:
    """The same for an engine, on a simulated board that says it is secure."""
    made = units.blank_unit(folder, secret=DEVICE_SECRET, **options)
    with closing(Flash(str(made.flash))) as flash:
        seal_flash(flash, policy)
    return made
