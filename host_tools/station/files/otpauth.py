"""The `otpauth://` address of a credential of plain codes, as authenticator apps read it from a QR code."""

from __future__ import annotations

import base64
from typing import Final
from urllib.parse import quote, urlencode

from dsc.protocol.plain import Method
from host_tools.inventory.exporting import ExportedKey
from host_tools.station.files.errors import NotTransferableError

ISSUER: Final = "picodsc"


def otpauth_uri(exported: ExportedKey, issuer: str = ISSUER) -> str:
    """The address, with the key in it, after the de-facto Key Uri Format; `issuer` is who the app says asks for codes.

    Raises NotTransferableError for what answers challenges, and for more digits than apps know.
    """
    credential = exported.credential
    if credential.kind == "ocra":
        raise NotTransferableError(
            f"credential {credential.name}",
            "it answers challenges (OCRA), and otpauth:// has HOTP and TOTP only",
        )
    method = Method.parse(credential.login_suite)
    if method.digits not in (6, 7, 8):
        raise NotTransferableError(
            f"credential {credential.name}", f"it has codes of {method.digits} digits, and apps show 6 to 8"
        )
    moving = {"period": method.step} if method.timed else {"counter": credential.counter}
    parameters = {
        "secret": base64.b32encode(exported.key).decode().rstrip("="),
        "issuer": issuer,
        "algorithm": method.algorithm,
        "digits": method.digits,
        **moving,
    }
    account = quote(f"{credential.serial} {credential.label}".replace(":", " "), safe="")
    return (
        f"otpauth://{credential.kind}/{quote(issuer.replace(':', ' '), safe='')}:{account}"
        f"?{urlencode(parameters, quote_via=quote)}"
    )
