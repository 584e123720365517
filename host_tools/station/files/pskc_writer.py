"""Write keys as PSKC (RFC 6030), encrypted and authenticated in the way that most other servers read."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Final

from pskc import PSKC

from dsc.crypto.hashes import DIGEST_SIZE
from dsc.crypto.ocra import Suite
from dsc.protocol.pin import PIN_MAX_DIGITS, PIN_MIN_DIGITS
from dsc.protocol.plain import Method
from host_tools.inventory.exporting import ExportedKey
from host_tools.inventory.rows import Credential
from host_tools.station.files.protection import Protection

CIPHER: Final = "aes128-cbc"
MAC: Final = "hmac-sha1"
ITERATIONS: Final = 1_000_000  # of PBKDF2-HMAC-SHA1, once a file
KEY_NAME: Final = "picodsc key file"
ALGORITHM: Final = "urn:ietf:params:xml:ns:keyprov:pskc:"  # and hotp, totp or ocra
ENCODINGS: Final = {"N": "DECIMAL", "A": "ALPHANUMERIC", "H": "HEXADECIMAL"}

Progress = Callable[[int, int], None]


def pskc_file(
    keys: Sequence[ExportedKey], protection: Protection, progress: Progress = lambda done, total: None
) -> bytes:
    """The bytes of a file with these keys, under a key of 16 bytes or a passphrase.

    Secrets are encrypted with AES-128-CBC and authenticated by HMAC-SHA1; all else is readable, and not authenticated.
    """
    container = PSKC()
    container.mac.algorithm = MAC
    if protection.key is not None:
        container.encryption.setup_preshared_key(
            key=bytes(protection.key), algorithm=CIPHER, key_name=KEY_NAME
        )
    else:
        container.encryption.setup_pbkdf2(
            bytes(protection.passphrase or b""), algorithm=CIPHER, key_name=KEY_NAME, iterations=ITERATIONS
        )
    for done, key in enumerate(keys, 1):
        container.add_key(**_fields(key))
        progress(done, len(keys))
    out = io.BytesIO()
    container.write(out)
    return out.getvalue()


def _fields(exported: ExportedKey) -> dict[str, str | bytes | int | None]:
    credential = exported.credential
    return {
        "manufacturer": exported.manufacturer,
        "serial": credential.serial,
        "model": exported.board or None,
        "id": credential.id.hex(),
        "algorithm": ALGORITHM + credential.kind,
        "issuer": exported.manufacturer,
        "friendly_name": credential.label,
        "secret": bytes(exported.key),
        "response_check": False,
        **(_ocra(credential) if credential.kind == "ocra" else _plain(credential)),
        **_pin_policy(credential),
    }


def _plain(credential: Credential) -> dict[str, str | int]:
    method = Method.parse(credential.login_suite)
    fields: dict[str, str | int] = {
        "algorithm_suite": method.algorithm.lower(),
        "response_encoding": "DECIMAL",
        "response_length": method.digits,
    }
    if method.timed:
        return {**fields, "time_offset": 0, "time_interval": method.step}
    return {**fields, "counter": credential.counter}


def _ocra(credential: Credential) -> dict[str, str | int | bool]:
    suite = Suite.parse(credential.login_suite)
    fields: dict[str, str | int | bool] = {
        "algorithm_suite": suite.text,
        "challenge_encoding": ENCODINGS[suite.question_format],
        # A numeric question has its full length, zeros included (docs/decisions/0006); others may be shorter.
        "challenge_min_length": suite.question_length if suite.question_format == "N" else 1,
        "challenge_max_length": suite.question_length,
        "challenge_check": False,
        "response_encoding": "DECIMAL" if suite.digits else "HEXADECIMAL",
        "response_length": suite.digits or 2 * DIGEST_SIZE[suite.algorithm],
    }
    if suite.counter:
        fields["counter"] = credential.counter
    if suite.time_step is not None:
        fields["time_interval"] = suite.time_step
    return fields


def _pin_policy(credential: Credential) -> dict[str, str | int]:
    """What the token does with its PIN, where it is known that it has one."""
    if credential.possession_only is not False:
        return {}
    return {
        "policy.pin_usage": "Local",
        "policy.pin_min_length": PIN_MIN_DIGITS,
        "policy.pin_max_length": PIN_MAX_DIGITS,
        "policy.pin_encoding": "DECIMAL",
    }
