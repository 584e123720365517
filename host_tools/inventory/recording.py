"""Rows of the database out of what is recorded, their keys wrapped, and the values that are handed out of rows."""

from __future__ import annotations

import os
from collections.abc import Sequence

from dsc.crypto.memory import wipe
from dsc.crypto.seal import SECRET_SIZE
from host_tools.inventory.custody import KeyCustody, Place
from host_tools.inventory.errors import FieldError
from host_tools.inventory.forms import form_from_json, form_to_json
from host_tools.inventory.rows import MODES, Credential, NewCredential, Token
from host_tools.inventory.schema import CredentialRow, TokenRow, TokenSecretRow, WrappedKeyRow
from host_tools.inventory.states import TokenState

LOGIN_ROLE = "login"
CHALLENGE_ROLE = "challenges"
ALARM_ROLE = "alarm"
SERVER_ROLE = "server"
UNLOCK_ROLE = "unlock"
LETTER_PIN_ROLE = "letter_pin"
ORDERED_PIN_ROLE = "ordered_pin"
PIN_HASH_ROLE = "pin_hash"  # of a credential that was imported, and whose PIN enters the responses
CHALLENGE_KEY_LENGTH = 32


def kept_place(place: bytes, role: str) -> Place:
    """Where a secret of the login system belongs: no token has an empty serial."""
    return Place("", place, role)


def check_mode(mode: str, unlock_secret: bytearray | None, credentials: Sequence[NewCredential]) -> None:
    """Raises FieldError for a mode that there is not, and for secrets that do not go with it."""
    if mode not in MODES:
        raise FieldError("mode", f"a token's mode is one of {', '.join(MODES)}, not {mode!r}")
    if (mode == "verified") != (unlock_secret is not None):
        raise FieldError("unlock_secret", "a token has an unlock secret in verified mode, and in no other")
    if unlock_secret is not None and len(unlock_secret) != SECRET_SIZE:
        raise FieldError(
            "unlock_secret", f"an unlock secret has {SECRET_SIZE} bytes, not {len(unlock_secret)}"
        )
    if mode == "verified" and any(new.alarm_key is not None for new in credentials):
        raise FieldError("alarm_key", "in verified mode there is no duress PIN: it would be refused as wrong")


def credential_row(custody: KeyCustody, version: int, serial: str, new: NewCredential) -> CredentialRow:
    """The row of a new credential of the token `serial`, with all its keys wrapped under that master key."""
    # The challenge key is random, and not derived from the login key: whoever has a token's dump and
    # merely sees its challenges could else tell right PINs from wrong ones, each of which opens a key.
    challenge_key = bytearray(os.urandom(CHALLENGE_KEY_LENGTH))
    secrets = {
        LOGIN_ROLE: new.key,
        CHALLENGE_ROLE: challenge_key,
        ALARM_ROLE: new.alarm_key,
        SERVER_ROLE: new.server_key,
    }
    keys = []
    try:
        for role, secret in secrets.items():
            if secret is not None:
                wrapped = custody.wrap(secret, Place(serial, new.id, role), version)
                keys.append(
                    WrappedKeyRow(
                        role=role,
                        key_version=wrapped.version,
                        nonce=wrapped.nonce,
                        ciphertext=wrapped.ciphertext,
                    )
                )
    finally:
        wipe(challenge_key)
    return CredentialRow(
        credential_id=bytes(new.id),
        label=new.label,
        kind=new.kind,
        login_suite=new.login_suite,
        sign_suite=new.sign_suite,
        server_suite=new.server_suite,
        counter=new.counter,
        challenge_index=0,
        server_id=None if new.server_id is None else bytes(new.server_id),
        form=form_to_json(new.form) if new.form else None,
        sign_index=0,
        possession_only=new.possession_only,
        keys=keys,
    )


def wrapped_for_token(
    custody: KeyCustody, version: int, serial: str, role: str, secret: bytearray
) -> TokenSecretRow:
    """The row of a secret that is a whole token's: its place has no credential id."""
    wrapped = custody.wrap(secret, Place(serial, b"", role), version)
    return TokenSecretRow(
        role=role, key_version=wrapped.version, nonce=wrapped.nonce, ciphertext=wrapped.ciphertext
    )


def token_of(row: TokenRow) -> Token:
    """What is handed out of a token's row."""
    return Token(
        serial=row.serial,
        board=row.board,
        uid=row.uid,
        firmware_version=row.firmware_version,
        state=TokenState(row.state),
        created_at=row.created_at,
        sealed_at=row.sealed_at,
        mode=row.mode,
        user=row.user,
        reference=row.reference,
        manufacturer=row.manufacturer,
        build=row.build,
    )


def credential_of(row: CredentialRow) -> Credential:
    """What is handed out of a credential's row."""
    return Credential(
        serial=row.token.serial,
        id=row.credential_id,
        label=row.label,
        kind=row.kind,
        login_suite=row.login_suite,
        sign_suite=row.sign_suite,
        server_suite=row.server_suite,
        counter=row.counter,
        challenge_index=row.challenge_index,
        server_id=row.server_id,
        form=form_from_json(row.form) if row.form is not None else (),
        sign_index=row.sign_index,
        possession_only=row.possession_only,
        has_pin_hash="-P" in row.login_suite and any(key.role == PIN_HASH_ROLE for key in row.keys),
    )
