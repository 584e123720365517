"""Read PSKC files (RFC 6030 and its drafts) of other makers, through python-pskc, within bounds."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

from cryptography.utils import CryptographyDeprecationWarning
from pskc import PSKC
from pskc.exceptions import DecryptionError, KeyDerivationError, PSKCError
from pskc.key import Key
from pskc.parser import PSKCParser

from dsc.crypto.memory import wipe
from host_tools.station.files.described import Described, NotForUsError, imported, kind_of
from host_tools.station.files.errors import (
    HostileFileError,
    MacError,
    NotAKeyFileError,
    ProtectionError,
    WrongKeyError,
)
from host_tools.station.files.protection import Protection
from host_tools.station.files.pskc_layout import KeyPlace, Layout, layout_of
from host_tools.station.files.pskc_values import (
    any_encrypted,
    check_macs_are_there,
    ciphers_have_check,
    is_encrypted,
)
from host_tools.station.files.reading import NotTaken, Reading, printable

MOST_ITERATIONS: Final = 10_000_000  # of PBKDF2: some seconds
LONGEST_DERIVED: Final = 64  # bytes
# What python-pskc lets through when a file breaks its form: it converts without asking.
_BROKEN: Final = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, AssertionError)
_UNSUPPORTED: Final = ("Unsupported algorithm", "No algorithm specified")


def read_pskc(content: bytes, protection: Protection, now: datetime | None = None) -> Reading:
    """All keys of a file; whoever gets them closes the reading. `now` is the time for keys that are valid for a while.

    If a file was encrypted, what is in clear in it is not taken. Nothing of a file is taken of which one value does not
    decrypt or has another MAC than it says, or none where others have one. Raises NotAKeyFileError, HostileFileError,
    ProtectionError, WrongKeyError, MacError.
    """
    layout = layout_of(content)
    pskc = _parsed(content)
    secretly = protection.key is not None or protection.passphrase is not None
    reading = Reading()
    if layout.is_signed:
        reading.note("the file is signed, and the signature is not checked")
    with _old_ciphers():
        if layout.has_encrypted or any_encrypted(pskc):
            _unlock(pskc, protection)
            _check_macs(pskc, layout, reading)
        elif secretly:
            raise ProtectionError(
                "nothing in this file is encrypted: whoever had it could read and change it; leave the key out"
            )
        try:
            _read_keys(pskc, layout, secretly, now or datetime.now(UTC), reading)
        except BaseException:
            reading.close()
            raise
    return reading


def _parsed(content: bytes) -> PSKC:
    pskc = PSKC()
    try:
        # The layout was looked at first: without a document type there are no entities.
        PSKCParser.parse_document(pskc, ET.fromstring(content))  # noqa: S314
    except PSKCError as error:
        raise NotAKeyFileError(_first_lower(str(error))) from error
    except _BROKEN as error:
        raise NotAKeyFileError("a value is not of its type") from error
    return pskc


def _unlock(pskc: PSKC, protection: Protection) -> None:
    derivation = pskc.encryption.derivation
    if derivation.algorithm is None:
        if protection.key is None:
            raise ProtectionError("the file is encrypted with a pre-shared key: name its file by --key-file")
        pskc.encryption.key = bytes(protection.key)
        return
    if protection.passphrase is None:
        raise ProtectionError(
            "the file is encrypted with a passphrase: name a file that holds it by --passphrase-file"
        )
    if (derivation.pbkdf2_iterations or 0) > MOST_ITERATIONS:
        raise HostileFileError(f"asks for more than {MOST_ITERATIONS} rounds of PBKDF2")
    if (derivation.pbkdf2_key_length or 0) > LONGEST_DERIVED:
        raise HostileFileError(f"asks for a key of more than {LONGEST_DERIVED} bytes")
    try:
        pskc.encryption.derive_key(bytes(protection.passphrase))
    except (KeyDerivationError, *_BROKEN) as error:
        raise NotAKeyFileError(f"no key comes of the passphrase: {_first_lower(str(error))}") from error


def _check_macs(pskc: PSKC, layout: Layout, reading: Reading) -> None:
    """Every encrypted value has a MAC, or none has; and the key of MACs is decrypted once, and not for each."""
    if pskc.mac.algorithm is None:
        if layout.has_mac:
            raise MacError("the file", "it has MACs, and does not say of which kind")
        if not ciphers_have_check(pskc):
            reading.note("nothing authenticates the encrypted values: whoever had the file could change them")
        return
    if pskc.mac.algorithm_key_length == 0:  # OpenSSL has hashes without digests
        raise MacError("the file", "its MACs are of a kind that authenticates nothing")
    try:
        key = pskc.mac.key
        length = len(pskc.mac.generate_mac(b""))
    except DecryptionError as error:
        if str(error).startswith("Unsupported MAC algorithm"):
            raise MacError("the file", "its MACs are of a kind that is not known here") from error
        if str(error).startswith(_UNSUPPORTED):
            raise NotAKeyFileError(_first_lower(str(error))) from error
        raise WrongKeyError from error
    except _BROKEN as error:
        raise NotAKeyFileError("the key of its MACs cannot be read") from error
    check_macs_are_there(pskc, layout, length)
    pskc.mac.key = key


def _read_keys(pskc: PSKC, layout: Layout, secretly: bool, now: datetime, reading: Reading) -> None:
    keys = pskc.keys
    pins = _Pins(keys, layout.places, secretly)
    for key, place in zip(keys, layout.places, strict=True):
        where = f"line {place.line}" + (f", key {printable(key.id)}" if key.id else "")
        described = None
        try:
            _check_form(key, place, secretly)
            described = _described(key, where)
            if pins.enters_responses(key):
                wipe(described.secret)
                continue
            kind_of(described.algorithm)
            _check_policy(key, now, reading)
            described.pin = pins.of(key, where)
            described.pin_is_hash = key.policy.pin_encoding == "BINARY"
            reading.keys.append(imported(described))
            wipe(described.pin)
        except NotForUsError as error:
            if described is not None:
                wipe(described.secret, described.pin)
            reading.refused.append(NotTaken(where, key.serial or "", str(error)))
        else:
            for text in described.notes:
                reading.note(text)


class _Pins:
    """The PINs of a file that enter the responses of its other keys, by id."""

    def __init__(self, keys: Sequence[Key], places: Sequence[KeyPlace], secretly: bool) -> None:
        self._secretly = secretly
        self._needed = {key.policy.pin_key_id for key in keys if _pin_enters(key)}
        self._keys: dict[str, list[tuple[Key, KeyPlace]]] = {}
        for key, place in zip(keys, places, strict=True):
            if self.enters_responses(key):
                self._keys.setdefault(key.id or "", []).append((key, place))

    def enters_responses(self, key: Key) -> bool:
        """Whether the key is such a PIN itself."""
        return key.id in self._needed and _is_pin(key)

    def of(self, key: Key, where: str) -> bytearray | None:
        """The PIN that enters the key's responses, or its hash. Raises NotForUsError."""
        if not _pin_enters(key):
            return None
        found = self._keys.get(key.policy.pin_key_id or "", [])
        if len(found) != 1:
            raise NotForUsError("its PIN is a key of the file that is not there, or there twice")
        key_of_pin, place = found[0]
        try:
            _check_form(key_of_pin, place, self._secretly)
        except NotForUsError as error:
            raise NotForUsError(f"its PIN is not taken (line {place.line}): {error}") from error
        pin = _value(key_of_pin, "secret", where)
        if not isinstance(pin, bytes):
            raise NotForUsError("the file has no secret for its PIN")
        return bytearray(pin)


def _is_pin(key: Key) -> bool:
    try:
        return kind_of(key.algorithm or "")[0] == "pin"
    except NotForUsError:
        return False


def _pin_enters(key: Key) -> bool:
    return key.policy.pin_usage == "Algorithmic" and key.policy.pin_key_id is not None


def _check_form(key: Key, place: KeyPlace, secretly: bool) -> None:
    """Raises NotForUsError for a key that is not given as the file protects its keys."""
    if place.twofold:
        raise NotForUsError("a value is given in two ways")
    if secretly and not is_encrypted(key, "secret") and key.secret is not None:
        raise NotForUsError(
            "its secret is in clear, in a file that is encrypted: anybody can have put it there"
        )


def _described(key: Key, where: str) -> Described:
    """Everything that the file says of a key, decrypted."""
    secret = _value(key, "secret", where)
    return Described(
        serial=key.serial or "",
        secret=bytearray(secret) if isinstance(secret, bytes) else None,
        algorithm=key.algorithm or "",
        id=key.id or "",
        manufacturer=key.manufacturer or "",
        model=key.model or "",
        label=key.friendly_name or key.issuer or "",
        suite=key.algorithm_suite or "",
        digits=key.response_length,
        encoding=(key.response_encoding or "").upper(),
        counter=_number(key, "counter", where),
        step=_number(key, "time_interval", where),
        start=_number(key, "time_offset", where),
        drift=_number(key, "time_drift", where),
        check_digits=bool(key.response_check or key.challenge_check),
        place=where,
    )


def _number(key: Key, name: str, where: str) -> int | None:
    value = _value(key, name, where)
    return value if isinstance(value, int) else None


def _value(key: Key, name: str, where: str) -> bytes | int | None:
    """A value, decrypted and its MAC checked. Raises NotForUsError, WrongKeyError, MacError."""
    try:
        value: bytes | int | None = getattr(key, name)
    except DecryptionError as error:
        if str(error) == "MAC value does not match":
            raise MacError(where, "a value is not what its maker authenticated") from error
        if str(error).startswith(_UNSUPPORTED):
            raise NotForUsError("it is encrypted in a way that is not known here") from error
        raise WrongKeyError from error
    except _BROKEN as error:
        raise WrongKeyError from error
    return value


def _check_policy(key: Key, now: datetime, reading: Reading) -> None:
    """Raises NotForUsError for what a key's policy forbids, or asks for and nobody here watches over."""
    policy = key.policy
    if policy.unknown_policy_elements:
        raise NotForUsError(
            "its policy has rules that are not known here, so it must not be used (RFC 6030 section 5)"
        )
    if policy.key_usage and not {"OTP", "CR"} & set(policy.key_usage):
        raise NotForUsError(
            f"its policy allows it for {printable(', '.join(map(str, policy.key_usage)))} only"
        )
    if policy.number_of_transactions is not None:
        raise NotForUsError("its policy allows so many uses only, and nobody here counts them")
    if not policy.may_use(now=now):
        span = " ".join(
            f"{word} {date:%Y-%m-%d}"
            for word, date in (("from", policy.start_date), ("until", policy.expiry_date))
            if date is not None
        )
        raise NotForUsError(f"its policy allows it {span} only")
    if policy.pin_usage in ("Prepend", "Append"):
        raise NotForUsError("its PIN is typed together with the code, which is not taken apart here")
    if policy.pin_usage == "Algorithmic" and policy.pin_key_id is None:
        raise NotForUsError("a PIN enters its responses, and the file has none for it")
    if policy.expiry_date or key.expiry_date or key.start_date:
        reading.note("dates of validity are not watched over once a key is imported")


@contextmanager
def _old_ciphers() -> Iterator[None]:
    """Without the warning that 3DES and Camellia are old: the file is as it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        yield


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]
