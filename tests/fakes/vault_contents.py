"""What the tests of the vault put into it."""

from dsc.protocol.extras import Form, Link
from dsc.protocol.records import (
    KIND_OPEN,
    KIND_PIN,
    KIND_SERVER,
    MODE_SOFT,
    MODE_VERIFIED,
    OFFSET_MUST_CHANGE,
    Counter,
    Credential,
    Label,
    PinOffset,
    Root,
)
from dsc.protocol.settings import GERMAN, Settings
from dsc.protocol.verified import SECRETS, Wrapping
from dsc.vault.store import SEALED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOGIN = "OCRA-1:HOTP-SHA256-8:C-QN06"
SIGN = "OCRA-1:HOTP-SHA256-8:QH64"
SERVER = "OCRA-1:HOTP-SHA256-8:QN06"
FIELDS = [(1, "Betrag", 2, "EUR"), (2, "Empfänger", 0, ""), (4, "Nummer", 0, "")]


def identity(number: int, variant: int = 0) -> bytes:
    return bytes([0x40 + variant, number]) * 8


def contents(variant: int = 0, credentials: int = 2) -> "dict[str, Any]":
    """Arguments of Vault.provision; two variants share no secret."""
    return {
        "root": Root(
            serial=f"PD-{variant:06d}",
            mode=MODE_SOFT,
            flags=0,
            pin_length=4,
            rounds=10_000,
            salt=bytes([variant + 1]) * 16,
            device_secret=bytearray([variant + 2] * 32),
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


def complete_contents(variant: int = 0) -> "dict[str, Any]":
    """Two credentials, the first one of which signs, and checks its server with the key of a third one; settings."""
    made = contents(variant)
    serial = made["root"].serial
    first = made["credentials"][0]
    first.sign, first.server = SIGN, SERVER
    made["credentials"].append(
        Credential(
            identity(9, variant),
            serial,
            KIND_SERVER,
            0,
            "",
            "",
            SERVER,
            bytes([variant + 6, 9]) * 8,
            bytes([variant + 7, 9]) * 16,
        )
    )
    made["counters"] = []  # or it would not fit into the smallest region
    made["forms"] = [Form(identity(0, variant), FIELDS)]
    made["links"] = [Link(identity(0, variant), identity(9, variant))]
    made["settings"] = Settings(GERMAN, 128, 60, 1)
    return made


def verified_contents(variant: int = 0, credentials: int = 2) -> "dict[str, Any]":
    """The same of a verified vault."""
    made = contents(variant, credentials)
    made["root"] = Root(f"PD-{variant:06d}", MODE_VERIFIED, 0, 4, 10_000, b"", bytearray(), b"", 10, 5)
    made["offset"] = None
    made["wrapping"] = wrapping(variant)
    return made


def wrapping(variant: int = 0, unlock_number: int = 1, attempts: "tuple[int, int]" = (0, 0)) -> Wrapping:
    """A wrapping that shares nothing with that of another variant; `attempts` at PIN and code are forgiven."""
    parts = [bytes([0x80 + variant, number] * 16) for number in range(6)]
    return Wrapping(
        0, parts[0][:16], parts[1], unlock_number, parts[2][:16], parts[3], parts[4], *attempts, parts[5]
    )


def everything(vault: "Any") -> "Any":
    """All that a vault holds in either mode, for comparison; its state if it is not sealed."""
    if vault.state != SEALED:
        return vault.state
    verified = vault.root.mode == MODE_VERIFIED
    return (
        bytes(vault.root.encode()),
        bytes((vault.wrapping if verified else vault.offset).encode()),
        [(vault.attempts(secret), vault.failures(secret)) for secret in SECRETS] if verified else [],
        [
            (bytes(c.encode()), c.label, vault.counter(c.id)) + belongings(vault, c.id)  # noqa: RUF005 - MicroPython
            for c in vault.credentials()
        ],
        bytes(vault.settings.encode()),
    )


def belongings(vault: "Any", owner: bytes) -> "Any":
    """What a credential signs, and the server key that goes with it."""
    form, server = vault.form(owner), vault.server(owner)
    return [field._parts() for field in form or []], bytes(server.encode()) if server else None


def fields(vault: "Any") -> "Any":
    """All that a sealed vault holds, for comparison."""
    if vault.state != SEALED:
        return None
    return (
        bytes(vault.root.encode()),
        bytes(vault.offset.encode()),
        [(bytes(c.encode()), c.label, vault.counter(c.id)) for c in vault.credentials()],
    )
