"""A new master key for the whole inventory: every wrapped key wrapped anew, and killed at any moment, gone on with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from dsc.crypto.memory import wipe
from host_tools.inventory.custody import KeyCustody, Place, WrappedKey
from host_tools.inventory.custody_errors import MasterKeyChangedError
from host_tools.inventory.errors import ForgottenKeyError, WrongMasterKeyError
from host_tools.inventory.recording import kept_place
from host_tools.inventory.schema import LoginSecretRow, MasterKeyRow, TokenSecretRow, WrappedKeyRow
from host_tools.inventory.store import Inventory

AT_ONCE: Final = 200  # keys in one transaction


def rotate(
    inventory: Inventory, progress: Callable[[int, int], None] = lambda done, all_of_them: None
) -> int:
    """Replace the master key; returns the new one's version. `progress` is told how many keys are done, of how many.

    Who opened the inventory before that fails with ForgottenKeyError, and opens it anew. Killed, run it again: the
    rotation that was begun is finished, and no other is begun. Raises UnwrapError for a key that does not belong where
    it is; ForgottenKeyError, WrongMasterKeyError or MasterKeyChangedError if somebody else changed the master keys, or
    began another rotation, since the inventory was opened. Nothing is dropped then.
    """
    custody = inventory.custody
    version = _begun(inventory, custody)
    done, total = 0, _left(inventory, version)
    while True:
        with inventory.writing() as session:
            _refuse_another(inventory, session, version)
            count = _wrap_anew(session, custody, version)
            if not count:
                session.execute(delete(MasterKeyRow).where(MasterKeyRow.version != version))
                inventory.note(session, "master key rotated", version=version, kept=custody.where(version))
                break
        done += count
        progress(done, max(total, done))
    inventory.empty_log()
    with inventory.writing() as session:  # nobody begins a rotation now, whose key would go with the old ones
        _refuse_another(inventory, session, version)
        custody.drop_versions(version)
    return version


def _begun(inventory: Inventory, custody: KeyCustody) -> int:
    """The version to rotate to: that of a rotation that was begun before, or a new one."""
    with inventory.writing() as session:
        rows = session.scalars(select(MasterKeyRow)).all()
        custody.refresh()
        known, held = [row.version for row in rows], custody.versions()
        # A key that is under another master key than ours would be lost if any of ours were added or dropped.
        if not set(known) <= set(held):
            raise ForgottenKeyError(max(known))
        if any(row.fingerprint != custody.fingerprint(row.version) for row in rows):
            raise WrongMasterKeyError
        if len(known) > 1 or set(held) == set(known):
            version = max(known) if len(known) > 1 else custody.add_version()
        else:
            version = max(held)  # it was killed between the two places
        if version not in known:
            session.add(MasterKeyRow(version=version, fingerprint=custody.fingerprint(version)))
        return version


def _refuse_another(inventory: Inventory, session: Session, version: int) -> None:
    """Raises MasterKeyChangedError if the newest version is not ours: whoever began that one finishes ours, too."""
    if inventory.newest_key(session) != version:
        raise MasterKeyChangedError(inventory.custody.where(version))


def _left(inventory: Inventory, version: int) -> int:
    with inventory.reading() as session:
        return sum(
            session.scalar(select(func.count()).select_from(table).where(table.key_version != version)) or 0
            for table in (WrappedKeyRow, TokenSecretRow, LoginSecretRow)
        )


def _wrap_anew(session: Session, custody: KeyCustody, version: int) -> int:
    """Some of the keys that are left; how many they were."""
    keys = session.scalars(
        select(WrappedKeyRow).where(WrappedKeyRow.key_version != version).limit(AT_ONCE)
    ).all()
    for key in keys:
        place = Place(key.credential.token.serial, key.credential.credential_id, key.role)
        _wrap_one_anew(key, place, custody, version)
    if keys:
        return len(keys)
    secrets = session.scalars(
        select(TokenSecretRow).where(TokenSecretRow.key_version != version).limit(AT_ONCE)
    ).all()
    for secret in secrets:
        _wrap_one_anew(secret, Place(secret.token.serial, b"", secret.role), custody, version)
    if secrets:
        return len(secrets)
    kept = session.scalars(
        select(LoginSecretRow).where(LoginSecretRow.key_version != version).limit(AT_ONCE)
    ).all()
    for one in kept:
        _wrap_one_anew(one, kept_place(one.place, one.role), custody, version)
    return len(kept)


def _wrap_one_anew(
    row: WrappedKeyRow | TokenSecretRow | LoginSecretRow, place: Place, custody: KeyCustody, version: int
) -> None:
    secret = custody.unwrap(WrappedKey(row.key_version, row.nonce, row.ciphertext), place)
    try:
        wrapped = custody.wrap(secret, place, version)
    finally:
        wipe(secret)
    row.key_version, row.nonce, row.ciphertext = wrapped.version, wrapped.nonce, wrapped.ciphertext
