"""Tokens that others made, recorded for verifying their codes: all that can be taken, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from host_tools.inventory.audit import Detail
from host_tools.inventory.custody import Place
from host_tools.inventory.errors import CredentialInUseError, FieldError, InventoryError, SerialInUseError
from host_tools.inventory.recording import PIN_HASH_ROLE, credential_row
from host_tools.inventory.rows import NewCredential, checked_serial
from host_tools.inventory.schema import Base, BatchRow, CredentialRow, TokenRow, WrappedKeyRow
from host_tools.inventory.states import TokenState
from host_tools.inventory.store import Inventory
from host_tools.inventory.taken import IDS
from host_tools.inventory.token_rows import check_issued

LONGEST_NAME = 64  # characters of a manufacturer and of a model
AT_ONCE = 500  # serials in one query


@dataclass(frozen=True, slots=True)
class ImportedKey:
    """A credential of another maker's token. `pin_hash` is that of a PIN that enters the responses.

    `place` says where it stands in the file it came from. The caller wipes the secrets.
    """

    serial: str
    manufacturer: str
    model: str
    credential: NewCredential
    pin_hash: bytearray | None = field(default=None, repr=False)
    place: str = ""


def record_imported(
    inventory: Inventory,
    keys: Sequence[ImportedKey],
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[tuple[ImportedKey, InventoryError | None]]:
    """Record what can be recorded, as sealed tokens without uid; each key with what stood in its way, or None.

    All in one transaction. The keys of one serial are the credentials of one token. A serial or credential that is in
    the inventory, or is an operator's, stays as it is (SerialInUseError, CredentialInUseError); a serial that looks
    like one of a batch of ours must have been issued (SerialFormError). Names that can't be, and other makers' keys of
    one serial, are refused (FieldError). With `dry_run` nothing is written.
    """
    by_serial: dict[str, list[ImportedKey]] = defaultdict(list)
    for key in keys:
        by_serial[key.serial].append(key)
    found: dict[int, InventoryError | None] = {}
    done = 0
    with inventory.writing() as session:
        version = inventory.newest_key(session)
        taken = _taken(session, TokenRow.serial, list(by_serial))
        ids = [key.credential.id for key in keys]
        seen = {one for column in IDS for one in _taken(session, column, ids)}
        prefixes = set(session.scalars(select(BatchRow.prefix)))
        drafts: list[tuple[TokenRow, list[CredentialRow]]] = []
        for serial, group in by_serial.items():
            refusal = _refusal(session, serial, taken, prefixes)
            token, credentials = None, []
            maker = next((key.manufacturer for key in group if _refusal_of_names(key) is None), "")
            for key in group:
                found[id(key)] = refusal or _refusal_of_names(key) or _refusal_of_key(key, maker, seen)
                done += 1
                if found[id(key)] is None:
                    seen.add(key.credential.id)
                    if not dry_run:
                        token = token or _token_row(inventory, key)
                        credentials.append(_credential_row(inventory, version, key))
            if token is not None:
                drafts.append((token, credentials))
            progress(done, len(keys))
        if drafts:
            _insert_all(session, drafts)
            inventory.note_each(session, "imported", map(_entry, drafts))
    return [(key, found[id(key)]) for key in keys]


def _taken(session: Session, column: InstrumentedAttribute[Any], values: Sequence[str | bytes]) -> set[Any]:
    """Which of the values are in the column already."""
    return {
        value
        for start in range(0, len(values), AT_ONCE)
        for value in session.scalars(select(column).where(column.in_(values[start : start + AT_ONCE])))
    }


def _refusal(session: Session, serial: str, taken: set[str], prefixes: set[str]) -> InventoryError | None:
    try:
        checked_serial(serial)
        if serial in taken:
            raise SerialInUseError(serial)
        if serial.partition("-")[0] in prefixes:
            check_issued(session, serial)
    except InventoryError as error:
        return error
    return None


def _refusal_of_names(key: ImportedKey) -> InventoryError | None:
    for name, value in (("manufacturer", key.manufacturer), ("model", key.model)):
        if len(value) > LONGEST_NAME or not (value or "-").isprintable():
            return FieldError(name, f"a {name} has at most {LONGEST_NAME} printable characters")
    return None


def _refusal_of_key(key: ImportedKey, maker: str, seen: set[bytes]) -> InventoryError | None:
    if key.manufacturer != maker:
        return FieldError("manufacturer", f"another token with this serial is of {maker}")
    if key.credential.id in seen:
        return CredentialInUseError(key.credential.id)
    return None


def _insert_all(session: Session, drafts: Sequence[tuple[TokenRow, list[CredentialRow]]]) -> None:
    """Three statements for all of it: as objects of the session, ten thousand tokens take many times as long."""
    tokens = session.scalars(
        insert(TokenRow).returning(TokenRow.id, sort_by_parameter_order=True),
        [_columns(token) for token, _ in drafts],
    ).all()
    owned = [
        (token_id, credential)
        for token_id, (_, credentials) in zip(tokens, drafts, strict=True)
        for credential in credentials
    ]
    ids = session.scalars(
        insert(CredentialRow).returning(CredentialRow.id, sort_by_parameter_order=True),
        [_columns(credential) | {"token_id": token_id} for token_id, credential in owned],
    ).all()
    session.execute(
        insert(WrappedKeyRow),
        [
            _columns(key) | {"credential_id": credential_id}
            for credential_id, (_, credential) in zip(ids, owned, strict=True)
            for key in credential.keys
        ],
    )


def _columns(row: Base) -> dict[str, Any]:
    """What was set of a row that belongs to no session."""
    return {name: value for name, value in vars(row).items() if name in row.__table__.columns}


def _entry(draft: tuple[TokenRow, list[CredentialRow]]) -> tuple[str, dict[str, Detail]]:
    token, credentials = draft
    return token.serial, {"manufacturer": token.manufacturer, "credentials": len(credentials)}


def _token_row(inventory: Inventory, key: ImportedKey) -> TokenRow:
    now = inventory.now()
    return TokenRow(
        serial=key.serial,
        manufacturer=key.manufacturer,
        board=key.model,
        uid=b"",
        firmware_version="",
        mode="soft",
        state=TokenState.SEALED.value,
        created_at=now,
        sealed_at=now,
    )


def _credential_row(inventory: Inventory, version: int, key: ImportedKey) -> CredentialRow:
    row = credential_row(inventory.custody, version, key.serial, key.credential)
    if key.pin_hash is not None:
        place = Place(key.serial, key.credential.id, PIN_HASH_ROLE)
        wrapped = inventory.custody.wrap(key.pin_hash, place, version)
        row.keys.append(
            WrappedKeyRow(
                role=PIN_HASH_ROLE,
                key_version=wrapped.version,
                nonce=wrapped.nonce,
                ciphertext=wrapped.ciphertext,
            )
        )
    return row
