"""What the tests of the vault put into it."""

from typing import Any

from dsc.protocol.records import (
    KIND_OPEN,
    KIND_PIN,
    OFFSET_MUST_CHANGE,
    Counter,
    Credential,
    Label,
    PinOffset,
    Root,
)
from dsc.vault.store import SEALED

LOGIN = "OCRA-1:HOTP-SHA256-8:C-QN06"


def identity(number: int, variant: int = 0) -> bytes:
    return bytes([0x40 + variant, number]) * 8


def contents(variant: int = 0, credentials: int = 2) -> dict[str, Any]:
    """Arguments of Vault.provision; two variants share no secret."""
    return {
        "root": Root(
            serial=f"PD-{variant:06d}",
            mode=0,
            flags=0,
            pin_length=4,
            rounds=10_000,
            salt=bytes([variant + 1]) * 16,
            device_secret=bytearray([variant + 2]) * 32,
            sealed_dek=bytes([variant + 3]) * 32,
        ),
        "offset": PinOffset(bytes([1, 2, 3, variant % 10]), OFFSET_MUST_CHANGE),
        "credentials": [
            Credential(
                identity(number, variant),
                f"PD-{variant:06d}",
                KIND_PIN if number == 0 else KIND_OPEN,
                0,
                LOGIN,
                "",
                "",
                bytes([variant + 4, number]) * 8,
                bytes([variant + 5]) * 32,
            )
            for number in range(credentials)
        ],
        "labels": [Label(identity(0, variant), "Büro")],
        "counters": [Counter(identity(0, variant), 5)],
    }


def fields(vault: Any) -> Any:
    """All that a sealed vault holds, for comparison."""
    if vault.state != SEALED:
        return None
    return (
        bytes(vault.root.encode()),
        bytes(vault.offset.encode()),
        [(bytes(c.encode()), c.label, vault.counter(c.id)) for c in vault.credentials()],
    )
