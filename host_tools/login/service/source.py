"""Where a request comes from: the peer, or what trusted proxies say of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final

from host_tools.login.serving.settings import Network

IPV6_PREFIX_BYTES: Final = 8  # one subscriber has a /64 at least, and all addresses in it
_REMEMBERED: Final = 4096
_CHAIN: Final = b"x-forwarded-for"
# What proxies say of where a request comes from. Only the first is read.
_FORWARDED: Final = frozenset((_CHAIN, b"forwarded", b"x-real-ip"))

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Source:
    """An address as it is logged, and as it is counted: of IPv6 the /64.

    `is_known` is false of what was forwarded, but nobody knows from where: then it is the address of who forwarded it,
    which opens nothing.
    """

    address: Address
    shown: str
    counted_as: bytes
    is_known: bool = True


NOBODY: Final = Source(IPv4Address(0), "unknown", b"", is_known=False)


@lru_cache(_REMEMBERED)
def parsed(text: str) -> Source | None:
    """An address from its text; None if it is none. IPv4 in IPv6, as sockets for both show it, is IPv4."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or IPv6Address(int(address))  # without its zone, which is any text
    counted = address.packed if isinstance(address, IPv4Address) else address.packed[:IPV6_PREFIX_BYTES]
    return Source(address, str(address), counted)


class Sources:
    """Finds a request's source."""

    def __init__(self, trusted: Iterable[Network]) -> None:
        """`trusted` are the proxies' networks."""
        self._trusted = tuple(trusted)

    def of(self, scope: Any) -> Source:
        """The source. X-Forwarded-For is read from its right end, where our own proxies write.

        It is the first address that is no trusted proxy's; what stands left of it, its sender may have made up. An
        entry that is no address ends the search at the proxy that wrote it, and the source is not known. Neither is a
        loopback address, unless one on this machine wrote it: another's is none of ours. Nor is it if
        somebody whom we do not trust says that he forwards, or a proxy of ours says it in other words.
        """
        client = scope.get("client")
        found = NOBODY if client is None else parsed(client[0]) or NOBODY
        said = [(name, value) for name, value in scope["headers"] if name in _FORWARDED]
        if not said:
            return found
        texts = [value for name, value in said if name == _CHAIN]
        if not texts or not self._is_trusted(found):
            return replace(found, is_known=False)
        for text in reversed(b",".join(texts).split(b",")):
            before = parsed(text.decode("latin-1").strip())
            if before is None or (before.address.is_loopback and not found.address.is_loopback):
                return replace(found, is_known=False)
            found = before
            if not self._is_trusted(found):
                return found
        return found

    def _is_trusted(self, source: Source) -> bool:
        return any(source.address in network for network in self._trusted)
