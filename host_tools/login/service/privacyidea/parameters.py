"""Parameters out of a request's body and address, as privacyIDEA's clients encode them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeGuard
from urllib.parse import parse_qsl, unquote

from host_tools.login.service.privacyidea.errors import (
    MalformedParameterError,
    RepeatedParameterError,
    SecretInAddressError,
    TooLargeError,
    UnreadableBodyError,
)
from host_tools.policy.privacyidea import WirePolicy

SECRETS = frozenset({"pass", "password"})
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

# privacyIDEA decodes the percent signs of forms once more than HTTP does, but for these three, since most of its
# clients (RADIUS, Keycloak, Shibboleth) encode twice. Its PAM modules encode once, and send passwords with a % wrong.
_ENCODES_ONCE = frozenset({"privacyidea-cp", "privacyidea-ldap-proxy", "simplesamlphp", "pam"})


def encodes_twice(agent: str) -> bool:
    """Whether the client of this User-Agent header is taken to have encoded the values of its forms twice."""
    return agent.split("/")[0].split(" ")[0].casefold() not in _ENCODES_ONCE


def form_pairs(text: bytes, policy: WirePolicy) -> list[tuple[str, str]]:
    """The names and values of an urlencoded body or query. Raises UnreadableBodyError, TooLargeError."""
    try:
        decoded = text.decode("ascii")
        if decoded.count("&") >= policy.parameters:
            raise TooLargeError
        return parse_qsl(decoded, keep_blank_values=True, errors="strict")
    except ValueError:
        # The cause would show the body, with the password in it.
        raise UnreadableBodyError("no urlencoded UTF-8") from None


def json_pairs(text: bytes, policy: WirePolicy) -> list[tuple[str, str]]:
    """The names and texts of a JSON object. What is null is not there.

    Raises UnreadableBodyError, TooLargeError; MalformedParameterError for what is no text.
    """
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        raise UnreadableBodyError("no JSON") from None
    if not isinstance(pairs, _Pairs):
        raise UnreadableBodyError("no JSON object")
    if len(pairs) > policy.parameters:
        raise TooLargeError
    texts: list[tuple[str, str]] = []
    for name, value in pairs:
        if not _is_text(name):
            raise UnreadableBodyError("a name that is no text")
        if value is None:
            continue
        if not _is_text(value):
            raise MalformedParameterError(name)
        texts.append((name, value))
    return texts


class _Pairs(list[tuple[str, object]]):
    """An object of JSON, with what is in it twice."""


def _is_text(value: object) -> TypeGuard[str]:
    # JSON can spell half of a surrogate pair, which no encoding can.
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def decoded_again(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The values without their second percent-encoding. Raises UnreadableBodyError."""
    try:
        return [(name, unquote(value, errors="strict")) for name, value in pairs]
    except UnicodeDecodeError:
        raise UnreadableBodyError("no urlencoded UTF-8") from None


def merged(address: Iterable[tuple[str, str]], body: Iterable[tuple[str, str]]) -> dict[str, str]:
    """All parameters by name. Raises SecretInAddressError, RepeatedParameterError."""
    parameters: dict[str, str] = {}
    for in_address, pairs in ((True, address), (False, body)):
        for name, value in pairs:
            if in_address and name in SECRETS:
                raise SecretInAddressError(name)
            if name in parameters:
                raise RepeatedParameterError(name)
            parameters[name] = value
    return parameters
