"""What the inventory hands out and takes in: plain values, and no key among those handed out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from dsc.crypto.errors import SuiteError
from dsc.crypto.memory import equal
from dsc.crypto.ocra import Suite
from dsc.protocol.errors import FormError, MethodError
from dsc.protocol.plain import Method, is_plain
from dsc.protocol.transaction import Field, check_form
from host_tools.inventory.errors import FieldError
from host_tools.inventory.states import TokenState

MODES = ("soft", "verified")
OURS = "picodsc"  # the manufacturer of what our stations make
CREDENTIAL_ID_LENGTH = 16
KEY_LENGTHS = range(16, 129)
COUNTERS = range(2**64)
_SERIAL = re.compile(r"[!-~]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """One token; times are UTC. `build` is the firmware's build hash as far as the token told, `user` whose it is.

    `reference` is what an order list called it.
    """

    serial: str
    board: str
    uid: bytes
    firmware_version: str
    state: TokenState
    created_at: datetime
    sealed_at: datetime | None
    mode: str = "soft"
    user: str | None = None
    reference: str | None = None
    manufacturer: str = OURS
    build: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential. `counter` is the next one expected; `challenge_index` counts challenges issued.

    `kind` is "ocra", "hotp" or "totp". `form` is what a transaction is made of, if it signs any; `sign_index` counts
    the references issued for them. `server_id` is the token's id of the server key, if its logins are mutual.
    `possession_only` is None where nobody said whether a PIN opens it; `has_pin_hash` is true of an imported one whose
    PIN enters the responses.
    """

    serial: str
    id: bytes
    label: str
    kind: str
    login_suite: str
    sign_suite: str | None
    server_suite: str | None
    counter: int
    challenge_index: int
    server_id: bytes | None = None
    form: tuple[Field, ...] = ()
    sign_index: int = 0
    possession_only: bool | None = None
    has_pin_hash: bool = False

    @property
    def name(self) -> str:
        """For people: the label with the id behind it."""
        return f"{self.label!r} ({self.id.hex()})"


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A credential to be recorded. The inventory copies the keys (bytes, 16 to 128); the caller wipes them.

    The suites are OCRA suites, pairwise different; a credential of plain codes has its method as `login_suite`.
    `label` becomes Unicode's NFC form, 1 to 64 characters of it. `counter` is the first one that the token will use.
    `alarm_key` is what the duress PIN opens. `server_id` (16 bytes) and `server_key` are those of mutual mode. `form`
    is what the token asks for when it signs, labels in NFC. `possession_only` says whether the token uses it without a
    PIN.
    """

    id: bytes
    label: str
    key: bytearray = field(repr=False)
    login_suite: str = "OCRA-1:HOTP-SHA256-8:QN06"
    sign_suite: str | None = None
    server_suite: str | None = None
    counter: int = 0
    alarm_key: bytearray | None = field(default=None, repr=False)
    server_id: bytes | None = None
    server_key: bytearray | None = field(default=None, repr=False)
    form: tuple[Field, ...] = ()
    possession_only: bool | None = None

    def __post_init__(self) -> None:
        """Has the label in NFC. Raises FieldError for what could not be used later."""
        object.__setattr__(self, "label", normalised_label(self.label))
        for one in (self.id, self.server_id):
            if one is not None and len(one) != CREDENTIAL_ID_LENGTH:
                raise FieldError("id", f"a credential id has {CREDENTIAL_ID_LENGTH} bytes, not {len(one)}")
        if not 1 <= len(self.label) <= 64 or not self.label.isprintable():
            raise FieldError("label", "a credential's label has 1 to 64 printable characters in NFC")
        for key in (self.key, self.alarm_key, self.server_key):
            if key is not None and len(key) not in KEY_LENGTHS:
                raise FieldError("key", f"a key has 16 to 128 bytes, not {len(key)}")
        if self.counter not in COUNTERS:
            raise FieldError("counter", "a counter has 64 bits: 0 to 18446744073709551615")
        if self.alarm_key is not None and equal(self.alarm_key, self.key):
            raise FieldError("alarm_key", "the alarm key is the same as the key, so no alarm could be told")
        self._check_suites()
        self._check_server()
        self._check_form()

    @property
    def kind(self) -> str:
        """ "ocra", "hotp" or "totp"."""
        if not is_plain(self.login_suite):
            return "ocra"
        return "totp" if Method.parse(self.login_suite).timed else "hotp"

    def _check_suites(self) -> None:
        suites = [
            suite for suite in (self.login_suite, self.sign_suite, self.server_suite) if suite is not None
        ]
        if len(set(suites)) != len(suites):
            raise FieldError(
                "suites", "a credential's suites must differ, or one's answers would serve another"
            )
        try:
            if is_plain(self.login_suite):
                Method.parse(suites.pop(0))
            for suite in suites:
                Suite.parse(suite)
        except (MethodError, SuiteError) as error:
            raise FieldError("suites", str(error)) from error

    def _check_server(self) -> None:
        if (self.server_id is None) != (self.server_key is None):
            raise FieldError("server_key", "a server key has an id, and an id has a server key")
        if self.server_key is None:
            return
        if self.server_suite is None or is_plain(self.login_suite):
            raise FieldError(
                "server_key", "a server key needs an OCRA suite for the server, and one for logins"
            )
        login, server = Suite.parse(self.login_suite), Suite.parse(self.server_suite)
        if (login.question_format, login.question_length) != (server.question_format, server.question_length):
            raise FieldError("suites", "login and server suite must have questions of one format and length")

    def _check_form(self) -> None:
        if not self.form:
            return
        if self.sign_suite is None:
            raise FieldError("form", "a form needs a suite to sign with")
        try:
            check_form(self.form)
        except FormError as error:
            raise FieldError("form", str(error)) from error
        if any(unicodedata.normalize("NFC", one.label) != one.label for one in self.form):
            raise FieldError("form", "labels of a form must be in Unicode's NFC form, as on the token")


def checked_serial(serial: str) -> str:
    """The serial, if it is one: 1 to 32 visible ASCII characters without spaces. Raises FieldError."""
    if not _SERIAL.fullmatch(serial):
        raise FieldError("serial", "a serial has 1 to 32 letters, digits or signs (ASCII), and no spaces")
    return serial


def normalised_label(label: str) -> str:
    """Labels are kept in Unicode's NFC form, as on the token."""
    return unicodedata.normalize("NFC", label)
