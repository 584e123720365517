"""What lies in the flash when a flow begins: vaults that CPython made, brought to where it is interesting."""

from collections.abc import Callable
from functools import cache

from dsc.protocol.records import KIND_PIN, MODE_VERIFIED, Counter, Credential, Label, Root
from dsc.protocol.verified import Wrapping
from dsc.vault.store import Vault
from fakes import units
from fakes.nor_flash import NorFlash
from host_tools.engines.unit import FLASH_SIZE

COUNTER = "OCRA-1:HOTP-SHA256-8:C-QN06"
LABELS = ("Household", "Trading")
MARK_OPERATIONS = 3  # at most, for an advance that finds a mark
RECORD_OPERATIONS = 20  # at most, for a change that finds room in the log

Advance = Callable[[Vault], object]


def identity(number: int) -> bytes:
    """The id of the credential with this number."""
    return units.fixed(f"id {number}", 16)


def blank() -> bytes:
    """Never written."""
    return b"\xff" * FLASH_SIZE


@cache
def sealed(credentials: int = 1) -> bytes:
    """A soft vault of credentials with a counter, and, if there are several, with a label."""
    flash = NorFlash(FLASH_SIZE)
    wanted = [
        (COUNTER, LABELS[number % len(LABELS)] if credentials > 1 else "") for number in range(credentials)
    ]
    units.seal_flash(flash, wanted, units.PIN, units.LOW_ROUNDS, units.SERIAL)
    return bytes(flash.cells)


@cache
def marks_spent(credentials: int = 1) -> bytes:
    """The next advance of the first counter needs a new record."""
    return _last_before(sealed(credentials), _advance, MARK_OPERATIONS)


@cache
def full(credentials: int = 1) -> bytes:
    """The next advance of the first counter needs a new record, and finds no room for it."""
    return _last_before(
        marks_spent(credentials), lambda vault: vault.replace_offset(vault.offset), RECORD_OPERATIONS
    )


@cache
def verified() -> bytes:
    """A vault in verified mode, as a board with a device secret would have it; this one only keeps it."""
    root = Root(units.SERIAL, MODE_VERIFIED, 0, 4, units.LOW_ROUNDS, b"", bytearray(), b"", 10, 5)
    credential = Credential(
        identity(0),
        units.SERIAL,
        KIND_PIN,
        0,
        COUNTER,
        "",
        "",
        units.fixed("nonce", 16),
        units.fixed("key", 32),
    )
    flash = NorFlash(FLASH_SIZE)
    Vault.provision(
        flash,
        root,
        None,
        [credential],
        [Label(identity(0), LABELS[0])],
        [Counter(identity(0), 0)],
        Wrapping(*wrapping_fields(1)),
    )
    return bytes(flash.cells)


def wrapping_fields(number: int, pin_attempts: int = 0) -> tuple[int | bytes, ...]:
    """The fields of a wrapping under the unlock code with this number; all of it is made up."""
    parts = [
        units.fixed(f"wrapping {number} {part}", size) for part, size in enumerate((16, 32, 16, 32, 32, 32))
    ]
    salt, dek, unlock_salt, unlock_dek, secret, tag = parts
    return 0, salt, dek, number, unlock_salt, unlock_dek, secret, pin_attempts, 0, tag


def _advance(vault: Vault) -> None:
    vault.advance_counter(identity(0))


def _last_before(cells: bytes, change: Advance, operations: int) -> bytes:
    """Make the same change until one takes more than so many operations; the flash before that one."""
    flash = NorFlash(FLASH_SIZE, cells)
    vault = Vault.mount(flash)
    while True:
        before, done = bytes(flash.cells), flash.operations
        change(vault)
        if flash.operations - done > operations:
            return before
