"""The address that authenticator apps read: its parts as the Key Uri Format has them."""

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from host_tools.station.files.errors import NotTransferableError
from host_tools.station.files.otpauth import otpauth_uri


@pytest.mark.parametrize(
    ("suite", "kind", "moving"),
    [("HOTP-SHA256-8", "hotp", {"counter": ["7"]}), ("TOTP-SHA1-6-T30S", "totp", {"period": ["30"]})],
)
def test_the_address_has_all_that_an_app_needs(seal, going, suite, kind, moving):
    new = seal("DS-1", label="Tür & Tor: 1", login_suite=suite, counter=7)
    parts = urlsplit(otpauth_uri(going()[0]))
    values = parse_qs(parts.query, strict_parsing=True)
    assert (parts.scheme, parts.netloc, unquote(parts.path)) == (
        "otpauth",
        kind,
        "/picodsc:DS-1 Tür & Tor  1",
    )
    secret = values.pop("secret")[0]
    assert base64.b32decode(secret + "=" * (-len(secret) % 8)) == new.key
    _, algorithm, digits = suite.split("-")[:3]
    assert values == {"issuer": ["picodsc"], "algorithm": [algorithm], "digits": [digits], **moving}


@pytest.mark.parametrize(
    ("suite", "told"), [("OCRA-1:HOTP-SHA256-8:QN06", "answers challenges"), ("HOTP-SHA1-10", "6 to 8")]
)
def test_what_no_app_knows_is_refused(seal, going, suite, told):
    seal(login_suite=suite)
    with pytest.raises(NotTransferableError, match=told):
        otpauth_uri(going()[0])
