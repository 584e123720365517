"""The payloads of records as named fields, each public or of use to a thief."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from dsc.protocol import extras, records, settings, verified
from dsc.protocol.extras import Form, Link
from dsc.protocol.pages import Record
from dsc.protocol.records import (
    COUNTER_MAX,
    CRITICAL,
    KIND_OPEN,
    KIND_PIN,
    KIND_SERVER,
    MARKED,
    MODE_VERIFIED,
    Counter,
    Credential,
    Label,
    PinOffset,
    Reset,
    Root,
    Seal,
)
from dsc.protocol.settings import ENGLISH, FRENCH, GERMAN, JAPANESE, RUSSIAN, Settings
from dsc.protocol.transaction import ACCOUNT, AMOUNT, DIGITS, REFERENCE
from dsc.protocol.verified import ATTEMPT_CODE, ATTEMPT_PIN, EVENT_BEGUN, EVENT_FORGIVEN, Attempts, Wrapping

Owned: TypeAlias = Credential | Label | Counter | Form | Link
Content: TypeAlias = Root | PinOffset | Owned | Settings | Seal | Reset | Wrapping | Attempts

NAMES: Final = {
    Root.TYPE: "root",
    PinOffset.TYPE: "PIN offset",
    Credential.TYPE: "credential",
    Counter.TYPE: "counter",
    Label.TYPE: "label",
    Seal.TYPE: "seal",
    Reset.TYPE: "reset",
    Wrapping.TYPE: "wrapping",
    Attempts.TYPE: "attempts",
    Form.TYPE: "form",
    Link.TYPE: "link",
    Settings.TYPE: "settings",
}
_CLASSES: Final = {
    cls.TYPE: cls for cls in records.CLASSES + verified.CLASSES + extras.CLASSES + settings.CLASSES
}

_CREDENTIAL_KINDS: Final = {KIND_PIN: "PIN", KIND_OPEN: "open", KIND_SERVER: "server"}
_SECRETS: Final = {ATTEMPT_PIN: "PIN", ATTEMPT_CODE: "unlock code"}
_EVENTS: Final = {EVENT_BEGUN: "begun", EVENT_FORGIVEN: "forgiven"}
_FIELD_KINDS: Final = {AMOUNT: "amount", ACCOUNT: "account", DIGITS: "digits", REFERENCE: "reference"}
_LANGUAGES: Final = {
    ENGLISH: "English",
    FRENCH: "French",
    GERMAN: "German",
    RUSSIAN: "Russian",
    JAPANESE: "Japanese",
}


@dataclass(frozen=True)
class Field:
    """One field; `secret` if it helps a thief, or tells of the keys."""

    name: str
    value: str | int | bool | bytes
    secret: bool = False


def type_name(kind: int) -> str:
    """What a type is called, with its number if nobody knows it."""
    return NAMES.get(kind, f"type {kind:02x}")


def is_known(record: Record) -> bool:
    """Whether the firmware of this version knows the record's type and version."""
    known = _CLASSES.get(record.kind)
    return known is not None and 1 <= record.version <= known.VERSION


def is_critical(kind: int) -> bool:
    """Whether a firmware that does not know the type must halt."""
    return bool(kind & CRITICAL)


def is_marked(kind: int) -> bool:
    """Whether what the payload leaves of the page is marks."""
    return bool(kind & MARKED)


def content(record: Record) -> Content | None:
    """What a record says; None for one that is not known. Raises RecordError."""
    if not is_known(record):
        return None
    return _CLASSES[record.kind].decode(record.payload)


def value(record: Record, says: Counter | Attempts) -> int:
    """How far a counter or the attempts have come: the base, and the used marks."""
    return min(says.base + record.used, COUNTER_MAX)


def fields(record: Record, says: Content | None) -> tuple[Field, ...]:
    """The fields of a record that says this; of one that says nothing known, all of its payload."""
    match says:
        case Root():
            return _root(says)
        case PinOffset():
            return (
                Field("must_change", says.must_change),
                Field("answered", says.answered),
                Field("offset", bytes(says.offset), secret=True),
            )
        case Credential():
            return _credential(says)
        case Label():
            return (Field("id", bytes(says.id)), Field("label", says.label))
        case Counter():
            return (
                Field("id", bytes(says.id)),
                Field("base", says.base),
                Field("counter", value(record, says)),
            )
        case Wrapping():
            return _wrapping(says)
        case Attempts():
            return (
                Field("of", _SECRETS[says.secret]),
                Field("event", _EVENTS[says.event]),
                Field("base", says.base),
                Field("attempts", value(record, says)),
            )
        case Form():
            return _form(says)
        case Link():
            return (Field("login_id", bytes(says.id)), Field("server_id", bytes(says.server_id)))
        case Settings():
            return (
                Field("language", _LANGUAGES[says.language]),
                Field("brightness", says.brightness),
                Field("auto_off", says.auto_off),
                Field("large_mode", says.large),
                Field("key_ticks", says.ticks),
            )
        case Seal() | Reset():
            return ()
        case None:
            return (Field("payload", record.payload, secret=True),)


def _root(root: Root) -> tuple[Field, ...]:
    verified_mode = root.mode == MODE_VERIFIED
    public = (
        Field("serial", root.serial),
        Field("mode", "verified" if verified_mode else "soft"),
        Field("flags", root.flags),
        Field("pin_digits", root.pin_length),
        Field("rounds", root.rounds),
    )
    if verified_mode:
        return (*public, Field("pin_limit", root.pin_limit), Field("code_limit", root.code_limit))
    return (
        *public,
        Field("salt", bytes(root.salt), secret=True),
        Field("device_secret", bytes(root.device_secret), secret=True),
        Field("sealed_dek", bytes(root.sealed_dek), secret=True),
    )


def _credential(credential: Credential) -> tuple[Field, ...]:
    return (
        Field("id", bytes(credential.id)),
        Field("serial", credential.serial),
        Field("kind", _CREDENTIAL_KINDS[credential.kind]),
        Field("flags", credential.flags),
        Field("login", credential.login),
        Field("sign", credential.sign),
        Field("server", credential.server),
        Field("nonce", bytes(credential.nonce), secret=True),
        Field("sealed_key", bytes(credential.sealed_key), secret=True),
    )


def _form(form: Form) -> tuple[Field, ...]:
    """Each field in one line of text: kind, label, and of an amount decimals and currency."""
    asked = []
    for number, (kind, label, decimals, currency) in enumerate(form.fields, 1):
        amount = f" ({decimals} decimals, {currency})" if currency else ""
        asked.append(Field(f"field_{number}", f"{_FIELD_KINDS[kind]} {label}{amount}"))
    return (Field("id", bytes(form.id)), *asked)


def _wrapping(wrapping: Wrapping) -> tuple[Field, ...]:
    return (
        Field("must_change", wrapping.must_change),
        Field("answered", wrapping.answered),
        Field("unlock_number", wrapping.unlock_number),
        Field("pin_attempts", wrapping.pin_attempts),
        Field("code_attempts", wrapping.code_attempts),
        Field("salt", bytes(wrapping.salt), secret=True),
        Field("sealed_dek", bytes(wrapping.sealed_dek), secret=True),
        Field("unlock_salt", bytes(wrapping.unlock_salt), secret=True),
        Field("unlock_dek", bytes(wrapping.unlock_dek), secret=True),
        Field("unlock_secret", bytes(wrapping.unlock_secret), secret=True),
        Field("tag", bytes(wrapping.tag), secret=True),
    )
