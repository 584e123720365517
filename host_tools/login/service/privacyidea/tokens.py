"""The tokens of `/auth`: JSON Web Tokens (RFC 7519), such that privacyIDEA's clients can read them."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from dsc.crypto import memory
from host_tools.login.service.privacyidea.errors import ExpiredTokenError, UnreadableTokenError
from host_tools.login.service.privacyidea.outcomes import Issued

# The only header that is signed, and the only one that is read: no token chooses its algorithm.
_HEADER = {"alg": "HS256", "typ": "JWT"}

# The Java client reads the payload with the alphabet of plain base64. It differs from a JWT's in two digits, which
# ASCII text has only by these characters, so they are spelt otherwise.
_SPELT = {character: f"\\u{ord(character):04x}" for character in ">?~\x7f"}


def issue(key: bytes, name: str, rights: Sequence[str], now: float, seconds: int) -> Issued:
    """A token that is good for `seconds` from `now` on (seconds since 1970)."""
    claims = {
        "username": name,
        "realm": "",
        "role": "admin",
        "rights": list(rights),
        "exp": int(now) + seconds,
    }
    signed = f"{_segment(_HEADER)}.{_segment(claims)}"
    return Issued(f"{signed}.{_digits(_signature(key, signed))}", name, tuple(rights))


def read(key: bytes, token: str, now: float) -> tuple[str, tuple[str, ...]]:
    """The name and rights of a token of `issue`. Raises UnreadableTokenError, ExpiredTokenError."""
    signed, _, signature = token.rpartition(".")
    header, _, claims = signed.partition(".")
    try:
        given = urlsafe_b64decode(_padded(signature))
        # Signature first: nothing is parsed that we have not written.
        if not memory.equal(given, _signature(key, signed)) or header != _segment(_HEADER):
            raise UnreadableTokenError
        said = json.loads(urlsafe_b64decode(_padded(claims)))
    except (binascii.Error, ValueError):
        raise UnreadableTokenError from None
    if now >= said["exp"]:
        raise ExpiredTokenError
    return said["username"], tuple(said["rights"])


def _segment(claims: object) -> str:
    text = json.dumps(claims, separators=(",", ":"))
    return _digits(re.sub("[>?~\x7f]", lambda found: _SPELT[found[0]], text).encode())


def _digits(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def _padded(digits: str) -> str:
    return digits + "=" * (-len(digits) % 4)


def _signature(key: bytes, signed: str) -> bytes:
    return hmac.new(key, signed.encode(), hashlib.sha256).digest()
