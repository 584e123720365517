"""The settings of the login service: each key of the config file, its default, and what it may be."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Key:
    """How a setting is written in the config file: its section, and `about` it, in words. Numbers have bounds."""

    section: str
    about: str
    least: int = 0
    most: int = 0
    choices: tuple[str, ...] = ()


def _key(section: str, about: str, **bounds: Any) -> dict[str, Key]:
    return {"key": Key(section, about, **bounds)}


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the config file says, checked. Seconds, bytes and requests a second are whole numbers."""

    host: str = field(
        default="127.0.0.1",
        metadata=_key("server", "Address to listen at. One that others reach needs TLS, or behind_proxy."),
    )
    port: int = field(default=8080, metadata=_key("server", "Port; 0 is any that is free.", most=65_535))
    workers: int = field(default=2, metadata=_key("server", "Processes that answer.", least=1, most=64))
    threads: int = field(
        default=8, metadata=_key("server", "Requests that one worker works on at once.", least=1, most=256)
    )
    connections: int = field(
        default=1000, metadata=_key("server", "Connections that one worker holds.", least=1, most=100_000)
    )
    tls_certificate: Path | None = field(
        default=None, metadata=_key("server", "PEM file: certificate, and those between it and the root.")
    )
    tls_key: Path | None = field(
        default=None, metadata=_key("server", "PEM file with its key, readable for its owner only.")
    )
    behind_proxy: bool = field(
        default=False, metadata=_key("server", "Whether a reverse proxy that speaks TLS stands before it.")
    )
    trusted_proxies: tuple[Network, ...] = field(
        default=(), metadata=_key("server", "Networks whose X-Forwarded-For is believed.")
    )
    body_bytes: int = field(
        default=65_536, metadata=_key("server", "Longest body of a request.", least=1024, most=1_048_576)
    )
    request_seconds: int = field(
        default=10,
        metadata=_key(
            "server",
            "Time for TLS to begin, for a request's head, its body, and to take the answer, each.",
            least=1,
            most=300,
        ),
    )
    idle_seconds: int = field(
        default=65, metadata=_key("server", "Time that an idle connection is kept.", least=1, most=3600)
    )
    start_seconds: int = field(
        default=60, metadata=_key("server", "Time that a worker has to start.", least=1, most=3600)
    )
    stop_seconds: int = field(
        default=30,
        metadata=_key("server", "Time that requests under way have at a stop.", least=1, most=3600),
    )

    database: str = field(
        default="", metadata=_key("inventory", "File, or postgresql://USER@HOST/NAME; PICODSC_DATABASE wins.")
    )
    master_key: str = field(
        default="", metadata=_key("inventory", "File, or pkcs11: address; PICODSC_MASTER_KEY wins.")
    )
    passphrase_file: Path | None = field(
        default=None, metadata=_key("inventory", "Private file with the master key's passphrase.")
    )
    pin_file: Path | None = field(
        default=None,
        metadata=_key("inventory", "Private file with the PIN of the module with the master key."),
    )

    policy: Path | None = field(
        default=None, metadata=_key("login", "TOML file that is laid over the policy.")
    )

    source_per_second: int = field(
        default=1000, metadata=_key("limits", "Requests that one source may send.", least=1, most=1_000_000)
    )
    source_burst: int = field(
        default=2000, metadata=_key("limits", "The same, at once after a pause.", least=1, most=1_000_000)
    )
    key_per_second: int = field(
        default=1000, metadata=_key("limits", "Requests that one API key may send.", least=1, most=1_000_000)
    )
    key_burst: int = field(
        default=2000, metadata=_key("limits", "The same, at once after a pause.", least=1, most=1_000_000)
    )
    account_per_minute: int = field(
        default=10,
        metadata=_key(
            "limits", "Logins of one user name that may begin, right or wrong.", least=1, most=1_000_000
        ),
    )
    account_burst: int = field(
        default=20, metadata=_key("limits", "The same, at once after a pause.", least=1, most=1_000_000)
    )
    remembered: int = field(
        default=65_536,
        metadata=_key(
            "limits",
            "Sources of which it is known, and as many keys and user names.",
            least=64,
            most=16_777_216,
        ),
    )

    privacyidea_from: tuple[Network, ...] = field(
        default=_networks("127.0.0.0/8", "::1/128"),
        metadata=_key(
            "login", "Networks that may speak privacyIDEA's interface; whom they ask for is believed."
        ),
    )

    sms_url: str = field(
        default="",
        metadata=_key("sms", "Address of the gateway (https://…); empty: messages stay in the outbox."),
    )
    sms_method: str = field(
        default="POST", metadata=_key("sms", "How it is called.", choices=("POST", "PUT"))
    )
    sms_format: str = field(
        default="json", metadata=_key("sms", "Form of what is sent.", choices=("json", "form"))
    )
    sms_body: dict[str, str] = field(
        default_factory=dict, metadata=_key("sms", "Its fields; {phone} and {text} in values are replaced.")
    )
    sms_headers: dict[str, str] = field(
        default_factory=dict, metadata=_key("sms", "Further headers; nothing secret.")
    )
    sms_token_file: Path | None = field(
        default=None, metadata=_key("sms", "Private file with the bearer token.")
    )
    sms_seconds: int = field(
        default=10, metadata=_key("sms", "Time that the gateway has for an answer.", least=1, most=120)
    )

    log_level: str = field(
        default="info",
        metadata=_key(
            "monitoring", "The least that is logged.", choices=("debug", "info", "warning", "error")
        ),
    )
    metrics_from: tuple[Network, ...] = field(
        default=_networks("127.0.0.0/8", "::1/128"),
        metadata=_key("monitoring", "Networks that may read /metrics."),
    )

    @property
    def has_tls(self) -> bool:
        """Whether it speaks TLS itself."""
        return self.tls_certificate is not None

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def keys() -> dict[str, dict[str, tuple[dataclasses.Field[Any], Key]]]:
    """Sections, and in each the keys by their names there: those of [sms] have no `sms_` before them."""
    found: dict[str, dict[str, tuple[dataclasses.Field[Any], Key]]] = {}
    for one in dataclasses.fields(Settings):
        key = one.metadata["key"]
        found.setdefault(key.section, {})[one.name.removeprefix(f"{key.section}_")] = (one, key)
    return found
