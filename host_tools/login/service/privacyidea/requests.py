"""What a foreign client asks for, out of its parameters; what no caller may ask for is refused here."""

from __future__ import annotations

from collections.abc import Mapping

from host_tools.login.service.privacyidea.errors import (
    MalformedParameterError,
    MissingParameterError,
    NoUserError,
    RefusedParameterError,
)
from host_tools.login.service.privacyidea.outcomes import Check
from host_tools.policy.privacyidea import WirePolicy

# Challenges are drawn by us; the active device decides, not the caller; no code without the password; no FIDO.
_REFUSED = (
    "challenge",
    "hashchallenge",
    "addrandomchallenge",
    "serial",
    "otponly",
    "credential_id",
    "credentialid",
)


def check_of(parameters: Mapping[str, str], policy: WirePolicy) -> Check:
    """A step of a login. `state` is RADIUS's name for the transaction.

    Raises NoUserError, MissingParameterError, MalformedParameterError, RefusedParameterError.
    """
    _refuse(parameters)
    transaction = parameters.get("transaction_id") or parameters.get("state", "")
    return Check(
        _user(parameters, policy),
        _secret("pass", parameters, policy),
        _within("transaction_id", transaction, policy.transaction_characters),
        _within("realm", parameters.get("realm", ""), policy.name_characters),
    )


def triggered_user(parameters: Mapping[str, str], policy: WirePolicy) -> str:
    """The user whose login an API key starts. Raises as `check_of`."""
    _refuse(parameters)
    return _user(parameters, policy)


def polled_transaction(parameters: Mapping[str, str], policy: WirePolicy) -> str:
    """The transaction that is asked about. Raises MissingParameterError, MalformedParameterError."""
    transaction = parameters.get("transaction_id", "")
    if not transaction:
        raise MissingParameterError("transaction_id")
    return _within("transaction_id", transaction, policy.transaction_characters)


def key_of(parameters: Mapping[str, str], policy: WirePolicy) -> tuple[str, bytearray]:
    """An API key's name and secret. Raises NoUserError, MalformedParameterError.

    No secret is an empty one, which is as wrong as any: privacyIDEA says no more either.
    """
    name = parameters.get("username", "")
    if not name:
        raise NoUserError
    return (
        _within("username", name, policy.name_characters),
        _secret("password", {"password": "", **parameters}, policy),
    )


def claimed_client(parameters: Mapping[str, str], policy: WirePolicy) -> str:
    """Whom the caller says that it asks for. Raises MalformedParameterError."""
    return _within("client", parameters.get("client", ""), policy.name_characters)


def _refuse(parameters: Mapping[str, str]) -> None:
    for name in _REFUSED:
        # An empty one is what forms send for what was left out.
        if parameters.get(name):
            raise RefusedParameterError(name)


def _user(parameters: Mapping[str, str], policy: WirePolicy) -> str:
    user = parameters.get("user", "")
    if not user:
        raise NoUserError
    return _within("user", user, policy.name_characters)


def _secret(name: str, parameters: Mapping[str, str], policy: WirePolicy) -> bytearray:
    if name not in parameters:
        raise MissingParameterError(name)
    encoded = bytearray(parameters[name].encode())
    if len(encoded) > policy.secret_bytes:
        raise MalformedParameterError(name)
    return encoded


def _within(name: str, value: str, characters: int) -> str:
    # A NUL ends a name for PostgreSQL and for C clients; no name or transaction of ours has one.
    if len(value) > characters or "\0" in value:
        raise MalformedParameterError(name)
    return value
