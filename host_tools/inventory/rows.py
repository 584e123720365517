"""What the inventory hands out and takes in: plain values, and no key among those handed out."""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from dsc.crypto.errors import SuiteError
from dsc.crypto.ocra import Suite
from host_tools.inventory.errors import FieldError

KINDS = ("ocra", "hotp", "totp")
CREDENTIAL_ID_LENGTH = 16
KEY_LENGTHS = range(16, 129)
COUNTERS = range(2**64)
_SERIAL = re.compile(r"[!-~]{1,32}", re.ASCII)


class TokenState(enum.StrEnum):
    """Where a token stands: recorded before it seals, sealed when it has proved itself."""

    IN_DOUBT = "in_doubt"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; times are UTC."""

    serial: str
    board: str
    uid: bytes
    firmware_version: str
    state: TokenState
    created_at: datetime
    sealed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential. `counter` is the next one expected; `challenge_index` counts challenges issued."""

    serial: str
    id: bytes
    label: str
    kind: str
    login_suite: str
    sign_suite: str | None
    server_suite: str | None
    counter: int
    challenge_index: int

    @property
    def name(self) -> str:
        """For people: the label with the id behind it."""
        return f"{self.label!r} ({self.id.hex()})"


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A credential to be recorded. The inventory copies `key` (bytes, 16 to 128); the caller wipes it.

    For kind "ocra" the suites are OCRA suites, pairwise different; for "hotp" and "totp" `login_suite` names
    the algorithm. `counter` is the first one that the token will use.
    """

    id: bytes
    label: str
    key: bytearray = field(repr=False)
    kind: str = "ocra"
    login_suite: str = "OCRA-1:HOTP-SHA256-8:QN06"
    sign_suite: str | None = None
    server_suite: str | None = None
    counter: int = 0

    def __post_init__(self) -> None:
        """Raises FieldError for what could not be used later."""
        if len(self.id) != CREDENTIAL_ID_LENGTH:
            raise FieldError("id", f"a credential id has {CREDENTIAL_ID_LENGTH} bytes, not {len(self.id)}")
        if not 1 <= len(self.label) <= 64 or not self.label.isprintable():
            raise FieldError("label", "a credential's label has 1 to 64 printable characters")
        if self.kind not in KINDS:
            raise FieldError("kind", f"a credential's kind is one of {', '.join(KINDS)}, not {self.kind!r}")
        if len(self.key) not in KEY_LENGTHS:
            raise FieldError("key", f"a key has 16 to 128 bytes, not {len(self.key)}")
        if self.counter not in COUNTERS:
            raise FieldError("counter", "a counter has 64 bits: 0 to 18446744073709551615")
        self._check_suites()

    def _check_suites(self) -> None:
        suites = [
            suite for suite in (self.login_suite, self.sign_suite, self.server_suite) if suite is not None
        ]
        if len(set(suites)) != len(suites):
            raise FieldError(
                "suites", "a credential's suites must differ, or one's answers would serve another"
            )
        if self.kind != "ocra":
            return
        for suite in suites:
            try:
                Suite.parse(suite)
            except SuiteError as error:
                raise FieldError("suites", str(error)) from error


def checked_serial(serial: str) -> str:
    """The serial, if it is one: 1 to 32 visible ASCII characters without spaces. Raises FieldError."""
    if not _SERIAL.fullmatch(serial):
        raise FieldError("serial", "a serial has 1 to 32 letters, digits or signs (ASCII), and no spaces")
    return serial


def normalised_label(label: str) -> str:
    """Labels are kept in Unicode's NFC form, as on the token."""
    return unicodedata.normalize("NFC", label)
