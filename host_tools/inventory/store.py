"""The inventory itself: tokens, their credentials and their keys, in one database under one master key."""

from __future__ import annotations

import difflib
import itertools
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsc.crypto.memory import wipe
from host_tools.inventory.custody import FileCustody, KeyCustody, WrappedKey, associated_data
from host_tools.inventory.database import Database
from host_tools.inventory.errors import (
    AmbiguousCredentialError,
    CredentialInUseError,
    FieldError,
    NoInventoryError,
    SerialInUseError,
    TokenStateError,
    UnknownCredentialError,
    UnknownSerialError,
    UnwrapError,
    WrongMasterKeyError,
)
from host_tools.inventory.location import Location, default_location
from host_tools.inventory.rows import (
    Credential,
    NewCredential,
    Token,
    TokenState,
    checked_serial,
    normalised_label,
)
from host_tools.inventory.schema import CredentialRow, MasterKeyRow, TokenRow, WrappedKeyRow

LOGIN_ROLE = "login"
CHALLENGE_ROLE = "challenges"
CHALLENGE_KEY_LENGTH = 32
FIRST_KEY_VERSION = 1


def utc_now() -> datetime:
    """The time of day, in UTC."""
    return datetime.now(UTC)


class Inventory:
    """The one home of device keys. Open it with `Inventory.open`, close it or use it in a `with`."""

    def __init__(
        self, database: Database, custody: KeyCustody, now: Callable[[], datetime] = utc_now
    ) -> None:
        """Put the two together; raises WrongMasterKeyError if the keys are under another one."""
        self._database = database
        self._custody = custody
        self.now = now
        with database.reading() as session:
            known = session.get(MasterKeyRow, FIRST_KEY_VERSION)
            if known is None or known.fingerprint != custody.fingerprint():
                raise WrongMasterKeyError

    @classmethod
    def open(
        cls, location: Location | None = None, *, create: bool = True, now: Callable[[], datetime] = utc_now
    ) -> Inventory:
        """The inventory at `location` (default: this user's), made with its master key at first use.

        Raises NoInventoryError (only with `create=False`), ForeignDatabaseError, NewerInventoryError,
        MissingMasterKeyError, WrongMasterKeyError, DamagedMasterKeyError, ExposedFileError,
        UnusableFileError.
        """
        location = default_location() if location is None else location
        if not location.database.exists():
            if not create:
                raise NoInventoryError(location.database)
            _create(location)
        database = Database(location.database)
        try:
            custody = FileCustody(location.master_key)
            try:
                return cls(database, custody, now)
            except BaseException:
                custody.close()
                raise
        except BaseException:
            database.close()
            raise

    def close(self) -> None:
        """Close the database and wipe the master key."""
        self._database.close()
        self._custody.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def record_in_doubt(
        self,
        serial: str,
        *,
        board: str,
        uid: bytes,
        firmware_version: str,
        credentials: Sequence[NewCredential],
    ) -> Token:
        """Record a token and its keys *before* it is told to seal: from then on it may exist.

        Raises SerialInUseError, CredentialInUseError, FieldError; nothing is recorded then.
        """
        checked_serial(serial)
        if not credentials:
            raise FieldError("credentials", "a token has at least one credential")
        with self.writing() as session:
            if _token_row(session, serial) is not None:
                raise SerialInUseError(serial)
            row = TokenRow(
                serial=serial,
                board=board,
                uid=bytes(uid),
                firmware_version=firmware_version,
                state=TokenState.IN_DOUBT.value,
                created_at=self.now(),
            )
            session.add(row)
            for new in credentials:
                taken = session.scalar(select(CredentialRow).where(CredentialRow.credential_id == new.id))
                if taken is not None:
                    raise CredentialInUseError(new.id)
                row.credentials.append(self._credential_row(serial, new))
                session.flush()
            return _token(row)

    def mark_sealed(self, serial: str) -> Token:
        """The token has sealed and proved itself; raises UnknownSerialError, TokenStateError."""
        with self.writing() as session:
            row = self._known_token(session, serial)
            _need(row, TokenState.IN_DOUBT)
            row.state = TokenState.SEALED.value
            row.sealed_at = self.now()
            return _token(row)

    def drop_in_doubt(self, serial: str) -> None:
        """The token never sealed: forget it and its keys. Raises UnknownSerialError, TokenStateError."""
        with self.writing() as session:
            row = self._known_token(session, serial)
            _need(row, TokenState.IN_DOUBT)
            session.delete(row)
        self._database.empty_log()

    def forget(self, serial: str) -> None:
        """Remove the token and its keys, whatever its state: its codes can never be verified again.

        Its serial can be given once more. Raises UnknownSerialError.
        """
        with self.writing() as session:
            session.delete(self._known_token(session, serial))
        self._database.empty_log()

    def serials(self) -> list[str]:
        """All serials, in order."""
        with self.reading() as session:
            return list(session.scalars(select(TokenRow.serial).order_by(TokenRow.serial)))

    def token(self, serial: str) -> Token:
        """The token with this serial; raises UnknownSerialError, which names the nearest ones."""
        with self.reading() as session:
            return _token(self._known_token(session, serial))

    def credentials(self, serial: str) -> list[Credential]:
        """The token's credentials in the order in which they were recorded; raises UnknownSerialError."""
        with self.reading() as session:
            return [_credential(row) for row in self._known_token(session, serial).credentials]

    def credential(self, serial: str, wanted: bytes | str | None = None) -> Credential:
        """One credential of a token: by id (16 bytes, or 32 hex digits), by label, or the only one.

        Raises UnknownSerialError, UnknownCredentialError, AmbiguousCredentialError.
        """
        choices = self.credentials(serial)
        text = wanted.hex() if isinstance(wanted, bytes) else wanted
        if text is None:
            found = choices
        else:
            label = normalised_label(text)
            found = [one for one in choices if one.id.hex() == text.lower()]
            found = found or [one for one in choices if one.label == label]
        if not found:
            raise UnknownCredentialError(serial, text or "", [one.name for one in choices])
        if len(found) > 1:
            raise AmbiguousCredentialError(serial, [one.name for one in found])
        return found[0]

    def key(self, credential: Credential) -> bytearray:
        """The credential's key; the caller wipes it. Raises UnwrapError, UnknownCredentialError."""
        return self.secret(credential, LOGIN_ROLE)

    # The following is for the modules of this package.

    def reading(self) -> AbstractContextManager[Session]:
        """A consistent view of the tables."""
        return self._database.reading()

    def writing(self) -> AbstractContextManager[Session]:
        """A transaction that is the only one to write while it lasts."""
        return self._database.writing()

    def credential_row(self, session: Session, credential: Credential) -> CredentialRow:
        """The credential's row; raises UnknownCredentialError if it was dropped in the meantime."""
        row = session.scalar(select(CredentialRow).where(CredentialRow.credential_id == credential.id))
        if row is None or row.token.serial != credential.serial:
            raise UnknownCredentialError(credential.serial, credential.label, [])
        return row

    def secret(self, credential: Credential, role: str) -> bytearray:
        """The credential's secret of that role; the caller wipes it. Raises UnwrapError."""
        with self.reading() as session:
            row = self.credential_row(session, credential)
            wrapped = next((key for key in row.keys if key.role == role), None)
            if wrapped is None:
                raise UnwrapError
            place = associated_data(row.token.serial, row.credential_id, role, wrapped.key_version)
            return self._custody.unwrap(WrappedKey(wrapped.nonce, wrapped.ciphertext), place)

    def _credential_row(self, serial: str, new: NewCredential) -> CredentialRow:
        # The challenge key is random, and not derived from the login key: whoever has a token's dump and
        # merely sees its challenges could else tell right PINs from wrong ones, each of which opens a key.
        challenge_key = bytearray(os.urandom(CHALLENGE_KEY_LENGTH))
        try:
            keys = [
                self._wrapped_row(serial, new.id, LOGIN_ROLE, new.key),
                self._wrapped_row(serial, new.id, CHALLENGE_ROLE, challenge_key),
            ]
        finally:
            wipe(challenge_key)
        return CredentialRow(
            credential_id=bytes(new.id),
            label=normalised_label(new.label),
            kind=new.kind,
            login_suite=new.login_suite,
            sign_suite=new.sign_suite,
            server_suite=new.server_suite,
            counter=new.counter,
            challenge_index=0,
            keys=keys,
        )

    def _wrapped_row(self, serial: str, credential_id: bytes, role: str, secret: bytearray) -> WrappedKeyRow:
        place = associated_data(serial, credential_id, role, FIRST_KEY_VERSION)
        wrapped = self._custody.wrap(secret, place)
        return WrappedKeyRow(
            role=role, key_version=FIRST_KEY_VERSION, nonce=wrapped.nonce, ciphertext=wrapped.ciphertext
        )

    def _known_token(self, session: Session, serial: str) -> TokenRow:
        row = _token_row(session, serial)
        if row is None:
            raise UnknownSerialError(serial, _nearest(serial, session.scalars(select(TokenRow.serial)).all()))
        return row


def _create(location: Location) -> None:
    custody = FileCustody.made_at_first_use(location.master_key)
    try:
        first = MasterKeyRow(version=FIRST_KEY_VERSION, fingerprint=custody.fingerprint())
        Database.create(location.database, lambda session: session.add(first))
    finally:
        custody.close()


def _token_row(session: Session, serial: str) -> TokenRow | None:
    return session.scalar(select(TokenRow).where(TokenRow.serial == serial))


def _nearest(serial: str, known: Sequence[str]) -> list[str]:
    """Up to three serials that may have been meant, those with the fewest wrong places first."""
    alike = difflib.get_close_matches(serial, known, n=10, cutoff=0.7)
    slips = {one: sum(a != b for a, b in itertools.zip_longest(serial, one)) for one in alike}
    return sorted(alike, key=slips.__getitem__)[:3]


def _need(row: TokenRow, state: TokenState) -> None:
    if row.state != state:
        raise TokenStateError(row.serial, row.state, state)


def _token(row: TokenRow) -> Token:
    return Token(
        serial=row.serial,
        board=row.board,
        uid=row.uid,
        firmware_version=row.firmware_version,
        state=TokenState(row.state),
        created_at=row.created_at,
        sealed_at=row.sealed_at,
    )


def _credential(row: CredentialRow) -> Credential:
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
    )
