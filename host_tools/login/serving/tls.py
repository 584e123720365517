"""TLS of the login service: version 1.2 or later, from files of PEM."""

from __future__ import annotations

import ssl

from host_tools.login.serving.settings import Settings


def context(settings: Settings) -> ssl.SSLContext | None:
    """What connections are taken with; None without TLS. Raises ssl.SSLError, OSError."""
    if settings.tls_certificate is None:
        return None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    # With a password, even an empty one, OpenSSL does not ask for one at the terminal.
    made.load_cert_chain(settings.tls_certificate, settings.tls_key, password="")
    return made


def refusal(settings: Settings) -> str | None:
    """Why certificate and key can't be used, in words; None if they can."""
    try:
        context(settings)
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        return f"a PEM certificate, and its key without a passphrase ({reason.lower().replace('_', ' ')})"
    return None
