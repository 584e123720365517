"""Which credential a key of a key file is, told from what the file says of it; or why it is none for us."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Final

from dsc.crypto.errors import SuiteError
from dsc.crypto.hashes import DIGEST_SIZE
from dsc.crypto.ocra import Suite, pin_digest
from dsc.protocol.errors import MethodError
from dsc.protocol.plain import Method
from host_tools.inventory.errors import FieldError
from host_tools.inventory.importing import ImportedKey
from host_tools.inventory.rows import NewCredential, normalised_label

UNKNOWN_MAKER: Final = "unknown"
DEFAULT_STEP: Final = 30  # seconds (RFC 6238 section 5.2)
KINDS: Final = ("hotp", "totp", "ocra", "pin")
# What stands before the kind: RFC 6030, its drafts, and nothing at all.
_ALGORITHM: Final = re.compile(
    r"(?:urn:ietf:params:xml:ns:keyprov:pskc[:#]|http://www\.ietf\.org/keyprov/pskc#)?(?P<kind>[^:#]+(?::.*)?)",
    re.IGNORECASE,
)
_HASH: Final = re.compile(r"(?:HMAC-?)?SHA-?(1|256|512)", re.IGNORECASE)
_ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII | re.IGNORECASE)


class NotForUsError(Exception):
    """The key is not taken; the text is the reason."""


@dataclass(slots=True)
class Described:
    """What a file says of one key; None and empty where it says nothing. The secrets are wiped by whoever reads.

    `suite` is an OCRA suite, or the hash of HOTP and TOTP. `step` is in seconds, `start` and `drift` in steps. `pin`
    is one that enters the responses, as it is typed or as its hash.
    """

    serial: str
    secret: bytearray | None = field(repr=False)
    algorithm: str
    id: str = ""
    manufacturer: str = ""
    model: str = ""
    label: str = ""
    suite: str = ""
    digits: int | None = None
    encoding: str = ""
    counter: int | None = None
    step: int | None = None
    start: int | None = None
    drift: int | None = None
    check_digits: bool = False
    pin: bytearray | None = field(default=None, repr=False)
    pin_is_hash: bool = False
    place: str = ""
    notes: list[str] = field(default_factory=list)


def kind_of(algorithm: str) -> tuple[str, str]:
    """ "hotp", "totp", "ocra" or "pin", and an OCRA suite that the name ends in, as drafts of RFC 6030 had it.

    Raises NotForUsError for any other algorithm.
    """
    if not algorithm:
        raise NotForUsError("it names no algorithm")
    found = _ALGORITHM.fullmatch(algorithm)
    if found is not None:
        name = found["kind"]
        if name.lower() in KINDS:
            return name.lower(), ""
        if name.lower() == "ocra2":  # LinOTP's name of it
            return "ocra", ""
        if name.startswith("OCRA-1:"):
            return "ocra", name
    raise NotForUsError(f"its algorithm is {algorithm!r}, and only HOTP, TOTP and OCRA are verified here")


def imported(described: Described) -> ImportedKey:
    """The key as the inventory takes it. Raises NotForUsError."""
    kind, suite = kind_of(described.algorithm)
    if kind == "pin":
        raise NotForUsError("it is a PIN that no key of the file needs here")
    if not described.serial:
        raise NotForUsError("it has no serial")
    if described.secret is None:
        raise NotForUsError("the file has no secret for it")
    if described.check_digits:
        raise NotForUsError("it has check digits in challenges or responses, which are not made here")
    method = _ocra(described, suite or described.suite) if kind == "ocra" else _plain(described, kind)
    try:
        credential = NewCredential(
            id=credential_id(described),
            label=normalised_label(described.label or kind)[:64],
            key=described.secret,
            login_suite=method,
            counter=_counter(described, method),
        )
    except FieldError as error:
        raise NotForUsError(str(error)) from error
    return ImportedKey(
        described.serial.upper(),
        described.manufacturer or UNKNOWN_MAKER,
        described.model,
        credential,
        _pin_hash(described, method),
        described.place,
    )


def credential_id(described: Described) -> bytes:
    """The key's id if it has 32 hex digits, or else 16 bytes of a hash over who made it, its serial and its id."""
    if _ID.fullmatch(described.id):
        return bytes.fromhex(described.id)
    fields = (described.manufacturer, described.serial, described.id)
    encoded = b"".join(len(one.encode()).to_bytes(4, "big") + one.encode() for one in fields)
    return hashlib.sha256(b"picodsc imported key 1" + encoded).digest()[:16]


def _plain(described: Described, kind: str) -> str:
    found = _HASH.fullmatch(described.suite or "SHA1")
    if found is None:
        raise NotForUsError(f"its hash is {described.suite!r}, and must be SHA1, SHA256 or SHA512")
    if described.digits is None:
        raise NotForUsError("the file does not say how many digits its codes have")
    if described.encoding not in ("", "DECIMAL"):
        raise NotForUsError(f"its codes are {described.encoding.lower()}, and must be decimal")
    text = f"{kind.upper()}-SHA{found[1]}-{described.digits}"
    if kind == "totp":
        if described.start:
            raise NotForUsError("its time does not begin in 1970")
        if described.step is None:
            described.notes.append(f"where the file names no time step, it is {DEFAULT_STEP} s")
        if described.drift:
            described.notes.append(
                "how far clocks are off is not taken over: a code may be one step early or late"
            )
        text += "-" + _step(DEFAULT_STEP if described.step is None else described.step)
    try:
        Method.parse(text)
    except MethodError as error:
        raise NotForUsError(str(error)) from error
    return text


def _ocra(described: Described, text: str) -> str:
    if not text:
        raise NotForUsError("the file names no OCRA suite for it")
    try:
        suite = Suite.parse(text)
    except SuiteError as error:
        raise NotForUsError(str(error)) from error
    length = suite.digits or 2 * DIGEST_SIZE[suite.algorithm]
    if described.digits not in (None, length):
        raise NotForUsError(f"its suite gives {length} digits, and the file says {described.digits}")
    if described.encoding not in ("", "DECIMAL" if suite.digits else "HEXADECIMAL"):
        raise NotForUsError(f"its responses are {described.encoding.lower()}, which its suite does not give")
    if suite.session_length is not None:
        raise NotForUsError("its responses contain session data, which is not known here")
    if suite.pin_algorithm is not None and described.pin is None:
        raise NotForUsError("its responses contain a PIN hash, and the file has no PIN for it")
    return text


def _pin_hash(described: Described, method: str) -> bytearray | None:
    suite = Suite.parse(method) if method.startswith("OCRA-") else None
    if described.pin is None or suite is None or suite.pin_algorithm is None:
        return None
    if described.pin_is_hash:
        if len(described.pin) != DIGEST_SIZE[suite.pin_algorithm]:
            raise NotForUsError(f"its PIN is binary, and no {suite.pin_algorithm} hash")
        return bytearray(described.pin)
    if not described.pin.isascii() or not described.pin.decode("ascii").isprintable() or not described.pin:
        raise NotForUsError("its PIN is no text that somebody could type")
    return pin_digest(suite, described.pin)


def _counter(described: Described, method: str) -> int:
    counts = method.startswith("HOTP-") or (method.startswith("OCRA-") and Suite.parse(method).counter)
    if counts and described.counter is None:
        described.notes.append("where the file names no counter, it is 0")
    return (described.counter or 0) if counts else 0


def _step(seconds: int) -> str:
    """As methods of plain codes write it; what cannot be written so is refused by them."""
    return f"T{seconds // 60}M" if seconds >= 60 and seconds % 60 == 0 else f"T{seconds}S"
