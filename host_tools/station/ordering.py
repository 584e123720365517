"""What a token is to be, in the station's own terms, and the message that orders it."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from dsc.crypto.memory import wipe
from dsc.crypto.ocra import Suite
from dsc.protocol import orders
from dsc.protocol.duress import check_delta
from dsc.protocol.pin import check_pin
from dsc.protocol.plain import Method, is_plain
from dsc.protocol.records import KIND_OPEN, KIND_PIN, MODE_SOFT, MODE_VERIFIED
from dsc.protocol.transaction import Field
from host_tools.inventory.errors import FieldError
from host_tools.inventory.lifecycle import checked_user
from host_tools.inventory.rows import normalised_label
from host_tools.station.conversation import key_length
from host_tools.station.errors import SameLabelError

UNLABELLED: Final = "login"  # what the inventory calls a credential that the token shows by its serial
DEFAULT_SUITE: Final = "OCRA-1:HOTP-SHA256-8:QN06"
SOFT: Final = "soft"
VERIFIED: Final = "verified"

_KINDS: Final = {"pin": KIND_PIN, "open": KIND_OPEN}
_MODES: Final = {SOFT: MODE_SOFT, VERIFIED: MODE_VERIFIED}


@dataclass(frozen=True)
class CredentialSpec:
    """One credential of an order; labels become Unicode's NFC form, which the token expects (docs/formats.md).

    `kind` is "pin", or "open" for a possession-only one. `login` is an OCRA suite or a method of plain codes, `sign`
    and `server` are suites or empty; `form` is what it asks for when it signs. `counter` is the first value.
    """

    label: str = ""
    kind: Literal["pin", "open"] = "pin"
    login: str = DEFAULT_SUITE
    sign: str = ""
    server: str = ""
    form: tuple[Field, ...] = ()
    counter: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", normalised_label(self.label))
        composed = tuple(
            Field(one.kind, unicodedata.normalize("NFC", one.label), one.decimals, one.currency)
            for one in self.form
        )
        object.__setattr__(self, "form", composed)

    @property
    def name(self) -> str:
        """What the inventory calls it."""
        return self.label or UNLABELLED


@dataclass(frozen=True)
class Order:
    """What a token is to be. `pin` is ASCII digits (wiped by `make_token`), `rounds` 0 for the board's default.

    `must_change`: the PIN comes by letter, and is changed after one code. `duress` has the ASCII digits (0 or 5)
    between PIN and duress PIN, as many as the PIN has (wiped if they can be); soft mode only. `language` as in
    dsc.protocol.settings. The limits and `wipe` count in verified mode only, of which simulated boards are capable.
    `time` is Unix seconds, if the token's clock is to be set: it needs the time for TOTP.
    `user` is whose it will be, `reference` what an order list calls it. `keep_pin` is whether the inventory keeps the
    PIN: for the letter that it goes out by, or until the token has sealed.
    """

    serial: str
    pin: bytearray = field(repr=False)
    credentials: tuple[CredentialSpec, ...] = (CredentialSpec(),)
    rounds: int = 0
    must_change: bool = False
    duress: bytes | bytearray = field(default=b"", repr=False)
    language: int = 0
    mode: Literal["soft", "verified"] = "soft"
    pin_limit: int = 10
    code_limit: int = 5
    wipe: bool = False
    time: int = 0
    user: str | None = None
    reference: str | None = None
    keep_pin: Literal["letter", "sealed"] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What the inventory calls the credentials."""
        return tuple(spec.name for spec in self.credentials)

    def wipe_secrets(self) -> None:
        """Overwrite the PIN, and the duress digits where they can be."""
        wipe(self.pin, self.duress if isinstance(self.duress, bytearray) else None)


def check_order(order: Order) -> None:
    """Find out before anything is started what the token or the inventory would refuse.

    Raises PinError, DeltaError, SameLabelError, SuiteError, MethodError, MessageError, FieldError.
    """
    check_pin(order.pin)
    if order.duress:
        check_delta(order.duress, len(order.pin))
    if len(set(order.names)) != len(order.names):
        raise SameLabelError(UNLABELLED)
    if order.user is not None:
        checked_user(order.user)
    if not order.credentials:
        raise FieldError("credentials", "a token has at least one credential")
    if any(bool(spec.sign) != bool(spec.form) for spec in order.credentials):
        raise FieldError("form", "a sign suite needs a form, and a form a sign suite")
    if order.must_change and not any(
        spec.kind == "pin" and not is_plain(spec.login) for spec in order.credentials
    ):
        raise FieldError(
            "must_change",
            "a PIN that must be changed needs a credential with PIN and challenge, to confirm the change",
        )
    message = replace(order, pin=bytearray(order.pin), duress=bytes(order.duress))
    copy = provision_message(message)
    try:
        wipe(orders.encode_provision(copy))
    finally:
        copy.wipe()


def key_lengths(spec: CredentialSpec) -> tuple[int, int]:
    """Bytes of a credential's key, and of its server key, 0 without one. Raises SuiteError, MethodError."""
    parsed = Method.parse(spec.login) if is_plain(spec.login) else Suite.parse(spec.login)
    server = key_length(Suite.parse(spec.server).algorithm) if spec.server else 0
    return key_length(parsed.algorithm), server


def provision_message(order: Order) -> orders.Provision:
    """The PROVISION of an order, with new entropy; it holds the order's own PIN. Raises SuiteError, MethodError."""
    verified = order.mode == VERIFIED
    return orders.Provision(
        bytearray(os.urandom(orders.ENTROPY_SIZE)),
        _MODES[order.mode],
        orders.MUST_CHANGE if order.must_change else 0,
        order.rounds,
        order.serial,
        order.pin,
        [_credential(spec) for spec in order.credentials],
        bytearray(order.duress),
        order.time,
        order.language,
        order.pin_limit if verified else 0,
        order.code_limit if verified else 0,
        order.wipe,
    )


def _credential(spec: CredentialSpec) -> orders.CredentialOrder:
    return orders.CredentialOrder(
        _KINDS[spec.kind],
        spec.label,
        spec.login,
        spec.sign,
        spec.server,
        key_lengths(spec)[0],
        spec.counter,
        [(one.kind, one.label, one.decimals, one.currency) for one in spec.form],
    )
