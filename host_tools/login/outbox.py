"""Text messages on their way: written with what they are for, read by an operator, and each sent by one process.

A message that was handed over may be sent again if the process that did it died before it could say so: two messages
with one code do no harm, and none does.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update

from dsc.crypto.memory import wipe
from host_tools.inventory.schema import OutboxRow, UserRow, table_of
from host_tools.login import expiring, kept
from host_tools.login.errors import TooManyMessagesError, UnknownMessageError
from host_tools.login.sms.errors import NeverError, TryAgainError
from host_tools.login.sms.gateway import Gateway
from host_tools.login.system import LoginSystem, Work

DAY: Final = timedelta(days=1)
MOST_SHOWN: Final = 1000


class MessageState(enum.StrEnum):
    """What became of a message; one that was stopped is expired from then on."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Message:
    """One message without its text; times are UTC. `tries` counts how often it was taken to the gateway."""

    id: int
    user: str
    phone: str = field(repr=False)
    state: MessageState
    made_at: datetime
    expires_at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    tries: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many messages were sent, will be tried again, and were refused for good."""

    sent: int
    later: int
    refused: int


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: int
    phone: str
    text: str
    tries: int


def put(work: Work, user: int, name: str, phone: str, text: bytearray, expires_at: datetime) -> int:
    """A message (UTF-8) that is to be sent, in a transaction of the caller's; its number. The caller wipes the text.

    Raises TooManyMessagesError.
    """
    rules, since = work.rules.sms, work.now - DAY
    _check_most(work, _TO_USER, {"whose": user, "since": since, "most": rules.a_day}, name)
    # No index has the numbers: only what is not older than a day is looked at, which is at the end.
    before = work.connection.execute(_BEFORE, {"since": since}).scalar() or 0
    values = {"whose": phone, "since": since, "before": before, "most": rules.number_a_day}
    _check_most(work, _TO_NUMBER, values, name)
    row = {
        "user_id": user,
        "phone": phone,
        "secret_id": kept.keep(work, kept.MESSAGE, text),
        "made_at": work.now,
        "expires_at": expires_at,
        "due_at": work.now,
        "tries": 0,
    }
    number = int(work.connection.execute(_INSERT, row).scalar_one())
    work.note("message written", user=name, message=number)
    return number


def stop(work: Work, user: int) -> None:
    """The user's messages that wait are not sent any more, in a transaction of the caller's."""
    for row in work.connection.execute(_WAITING_OF, {"user": user}).all():
        values = {"due_at": None, "expires_at": min(row.expires_at, work.now)}
        work.connection.execute(update(_OUTBOX).where(_O.id == row.id).values(**values))
        kept.forget(work, row.secret_id)


def messages(system: LoginSystem, *, waiting: bool = False) -> list[Message]:
    """The newest thousand, without their texts, the oldest of them first; `waiting`: only what is not sent yet."""
    with system.reading() as work:
        rows = work.connection.execute(_SHOWN.where(_O.secret_id.is_not(None)) if waiting else _SHOWN).all()
        found = [_message(row, work.now) for row in reversed(rows)]
        return [one for one in found if not waiting or one.state is MessageState.WAITING]


def read(system: LoginSystem, number: int) -> str:
    """The text of a message that waits, for an operator who sends it by hand: that he has read it is on record.

    Raises UnknownMessageError.
    """
    with system.writing() as work:
        row = _waiting(work, number)
        text = kept.opened(work, row.secret_id, kept.MESSAGE)
        try:
            work.note("message read", user=row.name, message=number)
            return text.decode()
        finally:
            wipe(text)


def mark_sent(system: LoginSystem, number: int) -> None:
    """An operator has sent it by hand: its text is forgotten. Raises UnknownMessageError."""
    with system.writing() as work:
        row = _waiting(work, number)
        _close(work, number, sent_at=work.now)
        kept.forget(work, row.secret_id)
        work.note("message sent", user=row.name, message=number)


def deliver(system: LoginSystem, gateway: Gateway) -> Delivered:
    """Hand over what is due, one message after the other; several processes may do so at once.

    A message that the gateway fails to take is tried again, later and later, until it expires. What else the gateway
    raises comes through; its message is due again when its time to be handed over is up. Raises UnwrapError.
    """
    sent = later = refused = 0
    while (claimed := _claim(system)) is not None:
        try:
            gateway.send(claimed.phone, claimed.text)
        except TryAgainError as error:
            _put_off(system, claimed, error.after)
            later += 1
        except NeverError:
            _settle(system, claimed, "refused")
            refused += 1
        else:
            _settle(system, claimed, "sent")
            sent += 1
    return Delivered(sent, later, refused)


def _claim(system: LoginSystem) -> _Claimed | None:
    """The message that is due first, which nobody else takes for a while."""
    with system.reading() as work:
        # Whoever looks often must not keep others from writing.
        if work.connection.execute(_DUE, {"now": work.now}).first() is None:
            return None
    with system.writing() as work:
        expiring.forget_expired(work)
        row = work.connection.execute(_DUE, {"now": work.now}).first()
        if row is None:
            return None
        text = kept.opened(work, row.secret_id, kept.MESSAGE)
        try:
            values = {"due_at": work.now + work.rules.sms.hand_over, "tries": row.tries + 1}
            work.connection.execute(update(_OUTBOX).where(_O.id == row.id).values(**values))
            # The gateway takes a str, which cannot be wiped.
            return _Claimed(row.id, row.phone, text.decode(), row.tries + 1)
        finally:
            wipe(text)


def _settle(system: LoginSystem, claimed: _Claimed, how: str) -> None:
    """It was sent, or never will be: its text is forgotten. A refusal counts only if nobody has taken it since."""
    with system.writing() as work:
        row = work.connection.execute(_ONE, {"number": claimed.id}).first()
        if row is None or row.sent_at is not None or (how == "refused" and row.tries != claimed.tries):
            return
        _close(work, claimed.id, **{f"{how}_at": work.now})
        kept.forget(work, row.secret_id)
        work.note(f"message {how}", user=row.name, message=claimed.id)


def _put_off(system: LoginSystem, claimed: _Claimed, after: int | None) -> None:
    """Twice as long as the last time, or as long as the gateway asks for, if that is longer."""
    with system.writing() as work:
        row = work.connection.execute(_ONE, {"number": claimed.id}).first()
        if row is None or row.due_at is None or row.tries != claimed.tries:
            return
        wait = min(work.rules.sms.try_again * 2 ** min(claimed.tries - 1, 16), DAY)
        due_at = work.now + max(wait, timedelta(seconds=after or 0))
        work.connection.execute(update(_OUTBOX).where(_O.id == claimed.id).values(due_at=due_at))


def _check_most(work: Work, query: Any, values: dict[str, Any], name: str) -> None:
    """Raise TooManyMessagesError if the query, for when they were made, finds the most messages that there may be."""
    sent = list(work.connection.execute(query, values).scalars())
    if len(sent) >= values["most"]:
        raise TooManyMessagesError(name, values["most"], sent[-1] + DAY)


def _waiting(work: Work, number: int) -> Any:
    row = work.connection.execute(_ONE, {"number": number}).first()
    if row is None or row.due_at is None or row.secret_id is None or row.expires_at <= work.now:
        raise UnknownMessageError(number)
    return row


def _close(work: Work, number: int, **values: datetime) -> None:
    work.connection.execute(update(_OUTBOX).where(_O.id == number).values(due_at=None, **values))


def _message(row: Any, now: datetime) -> Message:
    state = MessageState.WAITING
    if row.sent_at is not None:
        state = MessageState.SENT
    elif row.refused_at is not None:
        state = MessageState.REFUSED
    elif row.due_at is None or row.expires_at <= now:
        state = MessageState.EXPIRED
    return Message(
        row.id, row.name, row.phone, state, row.made_at, row.expires_at, row.due_at, row.sent_at, row.tries
    )  # fmt: skip


_OUTBOX, _USERS = table_of(OutboxRow), table_of(UserRow)
_O = _OUTBOX.c
_INSERT: Final = insert(_OUTBOX).returning(_O.id)
_ROWS: Final = select(_OUTBOX, _USERS.c.name).join(_USERS, _USERS.c.id == _O.user_id)
_SHOWN: Final = _ROWS.order_by(_O.id.desc()).limit(MOST_SHOWN)
_ONE: Final = _ROWS.where(_O.id == bindparam("number"))
_DUE: Final = (
    select(_OUTBOX)
    .where(_O.due_at <= bindparam("now"), _O.expires_at > bindparam("now"), _O.secret_id.is_not(None))
    .order_by(_O.due_at, _O.id)
    .limit(1)
)
_WAITING_OF: Final = select(_O.id, _O.secret_id, _O.expires_at).where(
    _O.user_id == bindparam("user"), _O.secret_id.is_not(None)
)
# From whenever a clock that was set back says, too: it must not let more through.
_LATEST: Final = (
    select(_O.made_at)
    .where(_O.made_at > bindparam("since"))
    .order_by(_O.made_at.desc())
    .limit(bindparam("most"))
)
_TO_USER: Final = _LATEST.where(_O.user_id == bindparam("whose"))
_TO_NUMBER: Final = _LATEST.where(_O.phone == bindparam("whose"), _O.id > bindparam("before"))
_BEFORE: Final = select(_O.id).where(_O.made_at <= bindparam("since")).order_by(_O.id.desc()).limit(1)
