"""Tokens as they are listed, searched and shown: nothing secret, and never all of a large inventory in memory."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from host_tools.inventory import audit
from host_tools.inventory.audit import Entry
from host_tools.inventory.nearest import nearest
from host_tools.inventory.recording import LETTER_PIN_ROLE, UNLOCK_ROLE, credential_of, token_of
from host_tools.inventory.rows import Credential, Token
from host_tools.inventory.schema import BatchRow, ChallengeRow, CredentialRow, TokenRow
from host_tools.inventory.serials import Batch
from host_tools.inventory.states import TokenState
from host_tools.inventory.store import Inventory
from host_tools.inventory.token_rows import token_row

AT_ONCE: Final = 1000  # rows in memory
LAST_ENTRIES: Final = 10


@dataclass(frozen=True, slots=True)
class Filter:
    """What a token has to be to be listed; `since` (UTC) is when it was recorded, or later."""

    state: TokenState | None = None
    user: str | None = None
    batch: str | None = None
    mode: str | None = None
    since: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """For the query."""
        found: list[ColumnElement[bool]] = []
        if self.state is not None:
            found.append(TokenRow.state == self.state.value)
        if self.user is not None:
            found.append(TokenRow.user == self.user)
        if self.batch is not None:
            found += _begins(f"{self.batch}-")
        if self.mode is not None:
            found.append(TokenRow.mode == self.mode)
        if self.since is not None:
            found.append(TokenRow.created_at >= self.since)
        return found


@dataclass(frozen=True, slots=True)
class Shown:
    """A credential, with how many of its challenges can be answered just now."""

    credential: Credential
    open: int
    counter_unsure: bool


@dataclass(frozen=True, slots=True)
class KnownBatch:
    """A batch of serials, the first running number that was not issued, and whether a restore has stopped it."""

    batch: Batch
    next_number: int
    stopped: bool

    @property
    def next_serial(self) -> str | None:
        """None if all were issued."""
        return self.batch.serial(self.next_number) if self.next_number in self.batch.numbers else None


@dataclass(frozen=True, slots=True)
class Details:
    """All that is not secret about a token. `letter_pin`: a letter can be made; `unlock`: it has unlock codes."""

    token: Token
    credentials: tuple[Shown, ...]
    letter_pin: bool
    unlock: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found; `how` is "exact", "within" (it is a part) or "alike" (serials, if nothing else fits)."""

    how: str
    tokens: tuple[Token, ...]


def tokens(inventory: Inventory, only: Filter | None = None) -> Iterator[Token]:
    """All tokens, or those that the filter lets through, by serial; a consistent view for as long as it is read."""
    conditions = [] if only is None else only.conditions()
    query = select(TokenRow).where(*conditions).order_by(TokenRow.serial)
    with inventory.reading() as session:
        for row in session.scalars(query.execution_options(yield_per=AT_ONCE)):
            yield token_of(row)


def tokens_with_credentials(
    inventory: Inventory, only: Filter | None = None
) -> Iterator[tuple[Token, tuple[Credential, ...]]]:
    """The same, each with its credentials."""
    conditions = [] if only is None else only.conditions()
    query = select(TokenRow).where(*conditions).order_by(TokenRow.serial)
    with inventory.reading() as session:
        whole = query.options(selectinload(TokenRow.credentials)).execution_options(yield_per=AT_ONCE)
        for row in session.scalars(whole):
            yield token_of(row), tuple(credential_of(one) for one in row.credentials)


def batches(inventory: Inventory) -> list[KnownBatch]:
    """All batches of serials, by prefix."""
    with inventory.reading() as session:
        rows = session.scalars(select(BatchRow).order_by(BatchRow.prefix)).all()
        return [KnownBatch(Batch(row.prefix, row.digits), row.next_number, row.stopped) for row in rows]


def details(inventory: Inventory, serial: str) -> Details:
    """One token. Raises UnknownSerialError, SerialFormError."""
    with inventory.reading() as session:
        row = token_row(session, serial)
        roles = {secret.role for secret in row.secrets}
        return Details(
            token_of(row),
            tuple(_shown(session, one, inventory.now()) for one in row.credentials),
            LETTER_PIN_ROLE in roles,
            UNLOCK_ROLE in roles,
            tuple(audit.last_entries(session, serial, LAST_ENTRIES)),
        )


def search(inventory: Inventory, text: str, limit: int) -> Found:
    """Up to `limit` tokens that the text belongs to, by serial.

    First those whose serial, user, board's uid (hex) or credential id (hex) it is, which indexes find. Else those that
    have it anywhere in serial, user, board, a credential's label or at the beginning of the uid, whatever the case:
    that goes through all of the tables. Else the serials most like it.
    """
    text = text.strip()
    with inventory.reading() as session:
        for how, query in (("exact", _exact(text)), ("within", _within(session, text))):
            rows = _first(session, query, limit)
            if rows:
                return Found(how, tuple(token_of(row) for row in rows))
        near = nearest(session, text.upper())
        alike = session.scalars(select(TokenRow).where(TokenRow.serial.in_(near)))
        by_serial = {row.serial: token_of(row) for row in alike}
        return Found("alike", tuple(islice((by_serial[one] for one in near), limit)))


def _exact(text: str) -> Select[TokenRow]:
    # A union of what each index finds; an OR over two tables would make databases go through both.
    parts = [
        select(TokenRow.id).where(TokenRow.serial == text.upper()),
        select(TokenRow.id).where(TokenRow.user == text),
    ]
    data = _from_hex(text)
    if data:
        parts.append(select(TokenRow.id).where(TokenRow.uid == data))
        parts.append(select(CredentialRow.token_id).where(CredentialRow.credential_id == data))
    return select(TokenRow).where(TokenRow.id.in_(parts[0].union(*parts[1:])))


def _first(session: Session, query: Select[TokenRow], limit: int) -> Sequence[TokenRow]:
    """The first by serial.

    Few that are spread over a large table are found many times as quickly in the order in which they lie there; many
    are, in order, soon complete.
    """
    some = session.scalars(query.limit(AT_ONCE)).all()
    if len(some) < AT_ONCE:
        return sorted(some, key=lambda row: row.serial)[:limit]
    return session.scalars(query.order_by(TokenRow.serial).limit(limit)).all()


def _within(session: Session, text: str) -> Select[TokenRow]:
    # SQLite's LIKE takes no notice of the case of ASCII letters, and is quicker than its lower().
    has = operator.methodcaller(
        "contains" if session.get_bind().dialect.name == "sqlite" else "icontains", text, autoescape=True
    )
    labelled = select(CredentialRow.token_id).where(has(CredentialRow.label))
    conditions = [has(TokenRow.serial), has(TokenRow.user), has(TokenRow.board), TokenRow.id.in_(labelled)]
    data = _from_hex(text)
    if data:
        conditions.append(func.substr(TokenRow.uid, 1, len(data)) == data)
    return select(TokenRow).where(or_(*conditions))


def _begins(prefix: str) -> list[ColumnElement[bool]]:
    """Two bounds, for an index; serials are in bytes' order."""
    return [TokenRow.serial >= prefix, TokenRow.serial < prefix[:-1] + chr(ord(prefix[-1]) + 1)]


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _shown(session: Session, row: CredentialRow, now: datetime) -> Shown:
    still = select(func.count()).where(
        ChallengeRow.credential_id == row.id,
        ChallengeRow.used_at.is_(None),
        ChallengeRow.issued_at <= now,
        ChallengeRow.expires_at > now,
    )
    return Shown(credential_of(row), session.scalar(still) or 0, row.counter_unsure)
