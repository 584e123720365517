"""What tokens show, by the RFCs and the standard library alone: for a model that uses no code of the product."""

from __future__ import annotations

import hashlib
import hmac

DIGITS = {"HOTP-SHA1-6": 6, "TOTP-SHA256-8-T30S": 8}


def padded(digits: str) -> bytes:
    """The 128 bytes of a numeric question (RFC 6287 section 5.1): hex text, filled on the right."""
    return bytes.fromhex(f"{int(digits):x}".ljust(256, "0"))


def shown(
    suite: str, number: int, alarm: bool, moving: int, challenge: str | None, page_number: str | None = None
) -> str:
    """What the token of this number (`login_house.Hand`) shows for a counter or time step, and a challenge."""
    key = bytes(one ^ 0xFF if alarm else one for one in number.to_bytes(4, "big") * 8)
    if suite.startswith("OCRA"):
        assert challenge is not None
        # Section 7.2: the server's question first, then the token's own.
        question = padded(challenge + (page_number or ""))
        counter = moving.to_bytes(8, "big") if ":C-" in suite else b""
        return _truncated(hmac.digest(key, suite.encode() + b"\0" + counter + question, hashlib.sha256), 8)
    _, algorithm, digits = suite.split("-")[:3]
    return _truncated(hmac.digest(key, moving.to_bytes(8, "big"), algorithm.lower()), int(digits))


def well_formed(suite: str, typed: str) -> str | None:
    """What was typed, without spaces and dashes; None if it can be no code of the suite."""
    given = typed.replace(" ", "").replace("-", "")
    fits = len(given) == DIGITS.get(suite, 8) and given.isascii() and given.isdigit()
    return given if fits else None


def page_number_is_one(number: str) -> bool:
    """Six digits, not divisible by 16: two numbers that differ by such a factor are one question."""
    return len(number) == 6 and number.isascii() and number.isdigit() and int(number) % 16 != 0


def _truncated(digest: bytes, digits: int) -> str:
    """RFC 4226 section 5.3."""
    place = digest[-1] & 15
    value = int.from_bytes(digest[place : place + 4], "big") & 0x7FFFFFFF
    return f"{value % 10**digits:0{digits}}"
