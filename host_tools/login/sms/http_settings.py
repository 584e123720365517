"""How a gateway is asked by HTTP: settings that are checked before anything is sent."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from host_tools.inventory.private_files import refuse_exposed
from host_tools.login.sms.errors import SettingError

METHODS: Final = ("POST", "PUT")
FORMATS: Final = ("json", "form")
ACCEPTED: Final = frozenset({200, 201, 202, 204})
TRY_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_PLACES: Final = (("{phone}", "{digits}"), ("{text}",))  # one of each
_TOKEN: Final = re.compile(rb"[\x21-\x7e]{1,8192}")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_HEADER_VALUE: Final = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """One gateway. Raises SettingError for what is of no use.

    `body` is what is sent, as JSON or as a form; in its texts `{phone}` stands for the number, `{digits}` for the
    number without its plus sign, and `{text}` for the message. The token is read for each message: the first line of
    `token_file`, which is its owner's alone, or the environment's `token_variable`. It is sent in `token_header`,
    behind the word `token_scheme` unless that is empty. `authority` is a PEM file with the only certificates that are
    trusted, instead of the system's. `connect_timeout` and `timeout` are seconds, the latter for all of it. A status
    that is neither in `accepted` nor in `try_again` means never.
    """

    url: str
    body: Mapping[str, Any]
    method: str = "POST"
    format: str = "json"
    headers: Mapping[str, str] = field(default_factory=dict)
    token_file: Path | None = None
    token_variable: str | None = None
    token_header: str = "Authorization"  # noqa: S105 - a name
    token_scheme: str = "Bearer"  # noqa: S105 - a name
    authority: Path | None = None
    connect_timeout: float = 5.0
    timeout: float = 15.0
    accepted: frozenset[int] = ACCEPTED
    try_again: frozenset[int] = TRY_AGAIN

    def __post_init__(self) -> None:
        _check_url(self.url)
        if self.method not in METHODS:
            raise SettingError("method", f"must be one of {', '.join(METHODS)}")
        if self.format not in FORMATS:
            raise SettingError("format", f"must be one of {', '.join(FORMATS)}")
        self._check_body()
        self._check_headers()
        if self.token_file is not None and self.token_variable is not None:
            raise SettingError("token_file", "and token_variable are two ways of one thing: give one of them")
        if not 0 < self.connect_timeout <= self.timeout:
            raise SettingError("connect_timeout", "must be above 0 seconds, and no more than timeout")
        if both := self.accepted & self.try_again:
            raise SettingError("accepted", f"and try_again both have {', '.join(map(str, sorted(both)))}")
        if not all(200 <= status < 300 for status in self.accepted):
            raise SettingError("accepted", "must be statuses from 200 to 299")
        if not all(400 <= status < 600 for status in self.try_again):
            raise SettingError("try_again", "must be statuses from 400 to 599")

    def filled(self, phone: str, text: str) -> dict[str, Any]:
        """The body with number and message in their places."""
        return {name: _filled(value, phone, text) for name, value in self.body.items()}

    def token(self) -> str | None:
        """The token as it is now; None if none is set. Raises SettingError, which never shows it."""
        if self.token_file is not None:
            setting, token = "token_file", _first_line(self.token_file)
        elif self.token_variable is not None:
            setting, token = "token_variable", os.environb.get(self.token_variable.encode(), b"").strip()
        else:
            return None
        if not _TOKEN.fullmatch(token):
            raise SettingError(
                setting, "must hold a token of 1 to 8192 printable ASCII characters, no spaces"
            )
        return token.decode("ascii")

    def _check_body(self) -> None:
        texts = list(_texts(self.body))
        for places in _PLACES:
            if not any(place in one for one in texts for place in places):
                raise SettingError("body", f"must have {' or '.join(places)} somewhere in it")
        if self.format == "form" and not all(isinstance(value, str) for value in self.body.values()):
            raise SettingError("body", "of a form has texts only")

    def _check_headers(self) -> None:
        for name, value in self.headers.items():
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise SettingError("headers", "must have names and values as HTTP allows them, in ASCII")
            if name.lower() in ("content-type", "content-length", "host", self.token_header.lower()):
                raise SettingError("headers", f"can't have {name}: that is set by the other settings")
        if not _HEADER_NAME.fullmatch(self.token_header):
            raise SettingError("token_header", "must be the name of an HTTP header")
        if not re.fullmatch(r"[A-Za-z0-9-]*", self.token_scheme):
            raise SettingError("token_scheme", "must be a word such as Bearer or Basic, or empty")


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
        _ = parts.port, httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        host = user = None
    if not host or parts.scheme not in ("https", "http") or parts.fragment or not url.isascii():
        raise SettingError("url", "must be an address such as https://gateway.example/messages")
    if user is not None:
        # It would stand in logs and in error messages.
        raise SettingError("url", "must have no user and password in it: use token_file and token_scheme")
    if parts.scheme == "http" and not _is_loopback(host):
        raise SettingError("url", "must begin with https:// unless it is on this machine")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _first_line(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            refuse_exposed(path, file)
            return file.readline().strip()
    except OSError as error:
        raise SettingError("token_file", f"can't be read: {error.strerror}") from error


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return []


def _filled(value: Any, phone: str, text: str) -> Any:
    """The value with its places filled; what is filled in is never looked at for places itself."""
    if isinstance(value, str):
        given = {"{phone}": phone, "{digits}": phone.removeprefix("+"), "{text}": text}
        return re.sub(r"\{(?:phone|digits|text)\}", lambda found: given[found[0]], value)
    if isinstance(value, Mapping):
        return {name: _filled(one, phone, text) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, phone, text) for one in value]
    return value
