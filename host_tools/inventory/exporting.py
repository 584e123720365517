"""Login keys on their way out, many at a time: which may go, what goes with them, and the entries that say so."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from dsc.crypto.memory import wipe
from host_tools.inventory import four_eyes
from host_tools.inventory.audit import Detail
from host_tools.inventory.custody import Place, WrappedKey
from host_tools.inventory.errors import InventoryError
from host_tools.inventory.recording import ALARM_ROLE, LOGIN_ROLE, PIN_HASH_ROLE, credential_of
from host_tools.inventory.rows import Credential
from host_tools.inventory.schema import CredentialRow, TokenRow
from host_tools.inventory.states import TokenState
from host_tools.inventory.store import Inventory
from host_tools.inventory.token_rows import token_row

# A token in doubt may not hold the keys that are recorded; one that came back is to be made anew.
EXPORTED_STATES: Final = (TokenState.SEALED, TokenState.ASSIGNED, TokenState.SHIPPED)
AT_ONCE: Final = 500  # tokens in one query
FINGERPRINT: Final = 16  # hex digits

Progress = Callable[[int, int], None]  # how many are done, of how many


@dataclass(frozen=True, slots=True)
class ExportedKey:
    """One login key that may go, with what another server has to know. `wiped` at the end of `exported_keys`."""

    credential: Credential
    manufacturer: str
    board: str
    key: bytearray = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A key that does not go, and why; `credential` is empty if that is so of the whole token."""

    serial: str
    credential: str
    reason: str

    def __str__(self) -> str:
        name = f", credential {self.credential}" if self.credential else ""
        return f"token {self.serial}{name}: {self.reason}"


class NotExportableError(InventoryError):
    """Some of the keys may not go, and so none did; `refusals` has each with its reason."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("; ".join(str(refusal) for refusal in refusals))
        self.refusals = tuple(refusals)


def serials_in(inventory: Inventory, states: Sequence[TokenState] = EXPORTED_STATES) -> list[str]:
    """The serials of all tokens in these states, in order."""
    with inventory.reading() as session:
        query = select(TokenRow.serial).where(TokenRow.state.in_([state.value for state in states]))
        return list(session.scalars(query.order_by(TokenRow.serial)))


@contextmanager
def exported_keys(
    inventory: Inventory,
    serials: Sequence[str],
    credential_id: bytes | None = None,
    progress: Progress = lambda done, total: None,
) -> Iterator[tuple[list[ExportedKey], list[Refusal]]]:
    """The login keys of these tokens, wiped at the end, and what of them may not go.

    With `credential_id`, that credential alone. Never an alarm, server, challenge or unlock secret. What has an alarm
    key is refused: another server would take the duress PIN for a wrong one, or know of it. Raises
    UnknownSerialError, SerialFormError, UnwrapError.
    """
    keys: list[ExportedKey] = []
    refusals: list[Refusal] = []
    wanted = list(dict.fromkeys(serials))
    try:
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            with inventory.reading() as session:
                query = (
                    select(TokenRow)
                    .where(TokenRow.serial.in_(some))
                    .options(selectinload(TokenRow.credentials).selectinload(CredentialRow.keys))
                )
                rows = {row.serial: row for row in session.scalars(query)}
                for serial in some:
                    _sort(
                        inventory,
                        rows.get(serial) or token_row(session, serial),
                        credential_id,
                        keys,
                        refusals,
                    )
            progress(min(start + AT_ONCE, len(wanted)), len(wanted))
        yield keys, refusals
    finally:
        wipe(*(each.key for each in keys))


def export_detail(
    inventory: Inventory,
    serials: Sequence[str],
    means: Mapping[str, str],
    credential_id: bytes | None = None,
) -> tuple[str | None, dict[str, Detail]]:
    """What two operators agree on, where they have to: the token, if it is one, the credentials, and by which means.

    Each credential is named with its token's serial and its id; with `credential_id`, that one alone. `means` say which
    way the keys go and where to, what encrypts them, and whose they will be there. Raises UnknownSerialError,
    SerialFormError.
    """
    chosen = sorted(set(serials))
    names: list[str] = []
    with inventory.reading() as session:
        for start in range(0, len(chosen), AT_ONCE):
            some = chosen[start : start + AT_ONCE]
            query = (
                select(TokenRow).where(TokenRow.serial.in_(some)).options(selectinload(TokenRow.credentials))
            )
            rows = {row.serial: row for row in session.scalars(query)}
            for serial in some:
                row = rows.get(serial) or token_row(session, serial)
                names += [
                    f"{serial} {one.label!r} ({one.credential_id.hex()})"
                    for one in row.credentials
                    if credential_id in (None, one.credential_id)
                ]
    detail: dict[str, Detail] = {**means, "tokens": len(chosen), "credentials": ", ".join(names)}
    return chosen[0] if len(chosen) == 1 else None, detail


def allow_export(inventory: Inventory, subject: str | None, detail: Mapping[str, Detail]) -> None:
    """Use up the approval of exactly this `export_detail`, where two operators are needed; before any key is read.

    Raises OperatorsNeededError.
    """
    with inventory.writing() as session:
        agreed = four_eyes.spend(inventory, session, four_eyes.KEY_EXPORT, subject, detail)
        if agreed:
            digest = four_eyes.digest(four_eyes.KEY_EXPORT, subject, detail).hex()
            told = {name: value for name, value in detail.items() if name != "credentials"}
            inventory.note(session, "key export agreed", subject, **told, digest=digest, **agreed)


def fingerprint_of(content: bytes | bytearray) -> str:
    """What operators compare a key, or a file, by: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(content).hexdigest()[:FINGERPRINT]


def note_exported(inventory: Inventory, keys: Sequence[ExportedKey], way: str, fingerprint: str = "") -> None:
    """Write into the audit log, in one transaction, that these keys go out, and in which form.

    `fingerprint` is the file's SHA-256 in hex, if it becomes a file.
    """
    detail = {"sha256": fingerprint} if fingerprint else {}
    with inventory.writing() as session:
        inventory.note_each(
            session,
            "key exported",
            (
                (each.credential.serial, {"credential": each.credential.id.hex(), "way": way, **detail})
                for each in keys
            ),
        )


def _sort(
    inventory: Inventory,
    row: TokenRow,
    credential_id: bytes | None,
    keys: list[ExportedKey],
    refusals: list[Refusal],
) -> None:
    if TokenState(row.state) not in EXPORTED_STATES:
        allowed = " or ".join(state.words for state in EXPORTED_STATES)
        words = TokenState(row.state).words
        refusals.append(Refusal(row.serial, "", f"it is {words}; keys go out of tokens that are {allowed}"))
        return
    for one in row.credentials:
        credential = credential_of(one)
        if credential_id not in (None, credential.id):
            continue
        wrapped = {key.role: WrappedKey(key.key_version, key.nonce, key.ciphertext) for key in one.keys}
        if ALARM_ROLE in wrapped:
            reason = "it has a duress PIN, and an exported one has none"
        elif PIN_HASH_ROLE in wrapped:
            reason = "a PIN enters its responses, and PINs are not exported"
        else:
            place = Place(row.serial, one.credential_id, LOGIN_ROLE)
            key = inventory.custody.unwrap(wrapped[LOGIN_ROLE], place)
            keys.append(ExportedKey(credential, row.manufacturer, row.board, key))
            continue
        refusals.append(Refusal(row.serial, credential.name, reason))
