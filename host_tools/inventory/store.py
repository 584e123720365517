"""The inventory itself: tokens, their credentials and their keys, in one database under one master key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Self

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from host_tools.inventory import audit, custodies
from host_tools.inventory import database as databases
from host_tools.inventory.account import this_user
from host_tools.inventory.audit import Detail, Entry, Head
from host_tools.inventory.custody import Ask, KeyCustody, Place, WrappedKey
from host_tools.inventory.database import Database, Turn
from host_tools.inventory.errors import (
    AmbiguousCredentialError,
    CredentialInUseError,
    FieldError,
    IssuedSerialError,
    NoInventoryError,
    NoUnlockError,
    TokenStateError,
    UnknownCredentialError,
    UnwrapError,
    WrongMasterKeyError,
)
from host_tools.inventory.location import Location, default_location
from host_tools.inventory.recording import (
    ALARM_ROLE,
    LETTER_PIN_ROLE,
    LOGIN_ROLE,
    ORDERED_PIN_ROLE,
    UNLOCK_ROLE,
    check_mode,
    credential_of,
    token_of,
    wrapped_for_token,
)
from host_tools.inventory.recording import (
    credential_row as new_credential_row,
)
from host_tools.inventory.rows import (
    OURS,
    Credential,
    NewCredential,
    Token,
    normalised_label,
)
from host_tools.inventory.schema import BatchRow, MasterKeyRow, TokenRow
from host_tools.inventory.states import TokenState
from host_tools.inventory.taken import is_taken, refuse_operators_token
from host_tools.inventory.token_rows import credential_row, move, take_serial, token_row
from host_tools.policy import Policy, Rules

Actor = str | Callable[[], str]  # up to 64 printable characters


def utc_now() -> datetime:
    """The time of day, in UTC."""
    return datetime.now(UTC)


class Inventory:
    """The one home of device keys. Open it with `Inventory.open`, close it or use it in a `with`."""

    def __init__(
        self,
        database: Database,
        custody: KeyCustody,
        now: Callable[[], datetime] = utc_now,
        actor: Actor | None = None,
        policy: Policy | None = None,
    ) -> None:
        """Put the two together; `actor` is who does what is done (default: this user of the machine), or tells who.

        `policy` (default: the built-in one) sets lifetimes, counts and limits.
        Raises WrongMasterKeyError if the keys are under another master key.
        """
        self._database = database
        self._custody = custody
        self._actor = this_user() if actor is None else actor
        self._policy = Policy.load() if policy is None else policy
        self.now = now
        with database.reading() as session:
            known = session.scalars(select(MasterKeyRow)).all()
            if not known:
                raise WrongMasterKeyError
            for each in known:
                if each.version not in custody.versions() or each.fingerprint != custody.fingerprint(
                    each.version
                ):
                    raise WrongMasterKeyError

    @classmethod
    def open(
        cls,
        location: Location | None = None,
        *,
        create: bool = True,
        now: Callable[[], datetime] = utc_now,
        actor: Actor | None = None,
        ask: Ask | None = None,
        new: Ask | None = None,
        pin: Ask | None = None,
        policy: Policy | None = None,
    ) -> Inventory:
        """The inventory at `location` (default: this user's), made with its master key at first use.

        `ask` gives the passphrase of a master key that has one, `new` that of one that is made now, `pin` (default:
        as `ask`) the PIN of the module that holds it.

        Raises NoInventoryError (only with `create=False`), ForeignDatabaseError, NewerInventoryError,
        MissingMasterKeyError, WrongMasterKeyError, DamagedMasterKeyError, ExposedFileError,
        UnusableFileError, UnusableDatabaseError, PassphraseNeededError, WrongPassphraseError;
        of a module, what `custodies.opened` and `custodies.made` do.
        """
        location = default_location() if location is None else location
        if databases.is_there(location.database):
            custody = None
        elif create:
            custody = _created(location, new, ask, pin or ask)
        else:
            raise NoInventoryError(location.place)
        try:
            database = databases.opened(location.database)
            try:
                if custody is None:
                    custody = custodies.opened(location.master_key, ask or new, pin or ask)
                return cls(database, custody, now, actor, policy)
            except BaseException:
                database.close()
                raise
        except BaseException:
            if custody is not None:
                custody.close()
            raise

    def rules(self, at: datetime | None = None) -> Rules:
        """The rules of the policy that are in force now, or were then."""
        return self._policy.at(self.now() if at is None else at)

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
        mode: str = "soft",
        unlock_secret: bytearray | None = None,
        build: str = "",
        user: str | None = None,
        reference: str | None = None,
        pin: bytearray | None = None,
        letter: bool = False,
    ) -> Token:
        """Record a token and its keys *before* it is told to seal: from then on it may exist.

        `mode` is "soft" or "verified"; the latter has an unlock secret (32 bytes), and no alarm keys. `build` is what
        the token says of its firmware. The token is `user`'s as soon as it has sealed; `reference` is what an order
        list calls it. `pin` (ASCII digits) is kept
        until then, or if it is to go out by `letter`, until that is made. The caller wipes all secrets. A serial that
        is blank is taken anew. Raises SerialInUseError, SerialFormError (of a batch, but not issued),
        CredentialInUseError, FieldError; nothing is recorded then.
        """
        if not credentials:
            raise FieldError("credentials", "a token has at least one credential")
        check_mode(mode, unlock_secret, credentials)
        with self.writing() as session:
            row = take_serial(session, serial, self.now())
            row.board, row.uid, row.mode = board, bytes(uid), mode
            row.user, row.reference = user, reference
            row.firmware_version, row.build = firmware_version, build
            row.created_at, row.sealed_at = self.now(), None
            move(row, TokenState.IN_DOUBT)
            version = self.newest_key(session)
            if pin is not None:
                role = LETTER_PIN_ROLE if letter else ORDERED_PIN_ROLE
                row.secrets.append(wrapped_for_token(self._custody, version, serial, role, pin))
            if unlock_secret is not None:
                row.secrets.append(
                    wrapped_for_token(self._custody, version, serial, UNLOCK_ROLE, unlock_secret)
                )
            for new in credentials:
                for one in (new.id, new.server_id):
                    if one is not None and is_taken(session, one):
                        raise CredentialInUseError(one)
                row.credentials.append(new_credential_row(self._custody, version, serial, new))
                session.flush()
            unit = {"board": board, "uid": bytes(uid).hex(), "firmware": firmware_version, "build": build}
            self.note(session, "in doubt", serial, **unit)
            return token_of(row)

    def mark_sealed(self, serial: str) -> Token:
        """The token has sealed and proved itself, and is its user's if it was made for one.

        Raises UnknownSerialError, TokenStateError.
        """
        with self.writing() as session:
            row = token_row(session, serial)
            if row.state != TokenState.IN_DOUBT:
                raise TokenStateError(serial, row.state, [TokenState.IN_DOUBT])
            move(row, TokenState.SEALED)
            row.sealed_at = self.now()
            self.note(session, "sealed", serial)
            ordered = [secret for secret in row.secrets if secret.role == ORDERED_PIN_ROLE]
            for secret in ordered:
                row.secrets.remove(secret)
                self.note(session, "ordered PIN forgotten", serial)
            if row.user is not None:
                move(row, TokenState.ASSIGNED)
                self.note(session, "assigned", serial, user=row.user)
            token = token_of(row)
        if ordered:
            self.empty_log()
        return token

    def drop_in_doubt(self, serial: str) -> None:
        """The token never sealed: forget it and its keys.

        Raises UnknownSerialError, TokenStateError, OperatorTokenError.
        """
        with self.writing() as session:
            row = token_row(session, serial)
            if row.state != TokenState.IN_DOUBT:
                raise TokenStateError(serial, row.state, [TokenState.IN_DOUBT])
            refuse_operators_token(session, serial)
            session.delete(row)
            self.note(session, "never sealed", serial)
        self.empty_log()

    def forget(self, serial: str) -> None:
        """Remove the token and its keys, whatever its state: its codes can never be verified again.

        Its serial can be given once more, so it must not be one of a batch.
        Raises UnknownSerialError, IssuedSerialError, OperatorTokenError.
        """
        with self.writing() as session:
            row = token_row(session, serial)
            if row.manufacturer == OURS and session.get(BatchRow, serial.partition("-")[0]) is not None:
                raise IssuedSerialError(serial)
            refuse_operators_token(session, serial)
            self.note(session, "forgotten", serial, state=row.state)
            session.delete(row)
        self._database.empty_log()

    def audit_head(self) -> Head:
        """The place and hash of the audit log's last entry, to be kept elsewhere."""
        with self.reading() as session:
            return audit.head(session)

    def check_audit(self, outside: Head = audit.EMPTY) -> Head:
        """Check the whole audit log, against a head that was kept elsewhere; its head. Raises AuditError."""
        with self.reading() as session:
            return audit.check(session, outside)

    def history(self, serial: str | None = None, user: str | None = None) -> list[Entry]:
        """What was done, to one token, to one user, or at all, oldest first."""
        with self.reading() as session:
            return list(audit.entries(session, serial, user))

    def serials(self) -> list[str]:
        """All serials, in order."""
        with self.reading() as session:
            return list(session.scalars(select(TokenRow.serial).order_by(TokenRow.serial)))

    def token(self, serial: str) -> Token:
        """The token with this serial; raises UnknownSerialError, which names the nearest ones.

        And SerialFormError, if the serial begins as those of a batch, and is none.
        """
        with self.reading() as session:
            return token_of(token_row(session, serial))

    def credentials(self, serial: str) -> list[Credential]:
        """The token's credentials in the order in which they were recorded; raises UnknownSerialError."""
        with self.reading() as session:
            return [credential_of(row) for row in token_row(session, serial).credentials]

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

    def alarm_key(self, credential: Credential) -> bytearray | None:
        """What the duress PIN opens, if the credential has that; the caller wipes it. Raises as `key` does."""
        with self.reading() as session:
            roles = [key.role for key in credential_row(session, credential).keys]
        return self.secret(credential, ALARM_ROLE) if ALARM_ROLE in roles else None

    def unlock_secret(self, serial: str) -> bytearray:
        """The secret that a token's unlock codes are made of; the caller wipes it.

        Raises UnknownSerialError, NoUnlockError (a token in soft mode), UnwrapError.
        """
        with self.reading() as session:
            row = token_row(session, serial)
            wrapped = next((secret for secret in row.secrets if secret.role == UNLOCK_ROLE), None)
            if wrapped is None:
                raise NoUnlockError(serial)
            found = WrappedKey(wrapped.key_version, wrapped.nonce, wrapped.ciphertext)
            return self._custody.unwrap(found, Place(row.serial, b"", UNLOCK_ROLE))

    # The following is for the modules of this package.

    @property
    def custody(self) -> KeyCustody:
        """Who holds the master keys."""
        return self._custody

    def take_turns(self, turn: Turn) -> None:
        """Have transactions that write wait for their turn, by whoever knows the other processes: see `Database`."""
        self._database.take_turns(turn)

    def empty_log(self) -> None:
        """Keep as little as can be of what was dropped or replaced."""
        self._database.empty_log()

    def note(self, session: Session, event: str, serial: str | None = None, **detail: Detail) -> None:
        """Write into the audit log what the transaction does."""
        audit.append(session, self.now(), self._who(), event, serial, **detail)

    def _who(self) -> str:
        return self._actor if isinstance(self._actor, str) else self._actor()

    def note_each(
        self, session: Session, event: str, entries: Iterable[tuple[str, dict[str, Detail]]]
    ) -> None:
        """The same for many: one entry for each serial and its detail."""
        audit.append_all(session, self.now(), self._who(), event, entries)

    def newest_key(self, session: Session) -> int:
        """The version of the master key that new keys go under."""
        return (
            session.scalars(select(MasterKeyRow.version).order_by(MasterKeyRow.version.desc())).first() or 0
        )

    def reading(self) -> AbstractContextManager[Session]:
        """A consistent view of the tables."""
        return self._database.reading()

    def looking_up(self) -> AbstractContextManager[Connection]:
        """For one statement that reads: see `Database`."""
        return self._database.looking_up()

    def writing(self) -> AbstractContextManager[Session]:
        """A transaction that is the only one to write while it lasts."""
        return self._database.writing()

    def secret(self, credential: Credential, role: str) -> bytearray:
        """The credential's secret of that role; the caller wipes it. Raises UnwrapError."""
        with self.reading() as session:
            row = credential_row(session, credential)
            wrapped = next((key for key in row.keys if key.role == role), None)
            if wrapped is None:
                raise UnwrapError
            found = WrappedKey(wrapped.key_version, wrapped.nonce, wrapped.ciphertext)
            return self._custody.unwrap(found, Place(row.token.serial, row.credential_id, role))


def _created(location: Location, new: Ask | None, ask: Ask | None, pin: Ask | None) -> KeyCustody:
    """Make the inventory; who holds its master key."""
    custody = custodies.made(location.master_key, new, ask, pin)
    try:
        newest = max(custody.versions())
        first = MasterKeyRow(version=newest, fingerprint=custody.fingerprint(newest))
        databases.create(location.database, lambda session: session.add(first))
    except BaseException:
        custody.close()
        raise
    return custody
