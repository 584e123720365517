"""Secrets of the login system under the inventory's master key: kept, opened, forgotten."""

from __future__ import annotations

import os

from sqlalchemy import delete, insert, select

from host_tools.inventory.custody import WrappedKey
from host_tools.inventory.errors import UnwrapError
from host_tools.inventory.recording import kept_place
from host_tools.inventory.schema import LoginSecretRow, table_of
from host_tools.login.system import Work

CARD = "card"
PASSCODE = "passcode"
SMS_CODE = "sms_code"
MESSAGE = "message"


def keep(work: Work, role: str, secret: bytearray) -> int:
    """Wrap and write it; its number. The caller wipes the secret."""
    place = os.urandom(16)
    version = work.inventory.newest_key(work.session)
    wrapped = work.inventory.custody.wrap(secret, kept_place(place, role), version)
    row = {
        "place": place,
        "role": role,
        "key_version": wrapped.version,
        "nonce": wrapped.nonce,
        "ciphertext": wrapped.ciphertext,
    }
    return int(work.connection.execute(insert(LoginSecretRow).returning(LoginSecretRow.id), row).scalar_one())


def opened(work: Work, number: int | None, role: str) -> bytearray:
    """The secret, which the caller wipes. Raises UnwrapError if it is not there, or not for this."""
    query = select(table_of(LoginSecretRow)).where(LoginSecretRow.id == number, LoginSecretRow.role == role)
    row = work.connection.execute(query).first()
    if row is None:
        raise UnwrapError
    found = WrappedKey(row.key_version, row.nonce, row.ciphertext)
    return work.inventory.custody.unwrap(found, kept_place(row.place, role))


def forget(work: Work, number: int | None) -> None:
    """Delete it; `Inventory.empty_log` keeps as little of it as can be."""
    work.connection.execute(delete(LoginSecretRow).where(LoginSecretRow.id == number))
