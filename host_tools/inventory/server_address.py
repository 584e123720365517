"""What an address at a database server may say, and how the way there is protected."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import URL

from host_tools.inventory.errors import AddressError

# Of libpq's parameters (PostgreSQL manual, 34.1.2), and what they may be taken for.
SECRETS: Final = ("pass", "secret", "scram_client_key", "scram_server_key")
NAMES_OF_FILES: Final = ("passfile",)
SAFEST: Final = "verify-full"


def refuse_secrets(address: URL) -> None:
    """Raises AddressError if a parameter of the address is a password, or another secret: messages show them."""
    for name in address.query:
        if name.lower() not in NAMES_OF_FILES and any(part in name.lower() for part in SECRETS):
            raise AddressError(
                "an address has no password or other secret behind its question mark: keep it in a file that "
                "PGPASSFILE names"
            )


def protection(address: URL, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The connection's parameters that have the server prove by a certificate who it is, unless the address says else.

    None are needed for a server on this machine. libpq itself would take any certificate, or do without TLS.
    """
    if "sslmode" in address.query or _is_here(address, os.environ if environ is None else environ):
        return {}
    return {"sslmode": SAFEST}


def _is_here(address: URL, environ: Mapping[str, str]) -> bool:
    hosts = list(_hosts(address))
    if not hosts:
        # libpq looks there then; a service is a section of a file that may name any host.
        if "service" in address.query or "PGSERVICE" in environ:
            return False
        hosts = [one for name in ("PGHOST", "PGHOSTADDR") for one in environ.get(name, "").split(",")]
    return all(_is_socket(host) or _is_loopback(host) for host in hosts)


def _hosts(address: URL) -> Iterator[str]:
    """All that are named; of a host with several addresses each has to be here."""
    if address.host:
        yield from address.host.split(",")
    for name in ("host", "hostaddr"):
        given = address.query.get(name, ())
        for one in (given,) if isinstance(given, str) else given:
            yield from one.split(",")


def _is_socket(host: str) -> bool:
    return not host or host[0] in "/@"


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
