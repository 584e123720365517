"""What nobody can know of logins after a restore, settled on the safe side: what was open, sent and withdrawn."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from host_tools.inventory.schema import (
    DemandRow,
    DeviceRow,
    LoginSecretRow,
    LoginSessionRow,
    OutboxRow,
    UserRow,
    UtcTime,
    WithdrawalRow,
    table_of,
)
from host_tools.policy.kinds import DeviceKind

AT_ONCE: Final = 1000  # rows in one statement
ENDED: Final = "ended"  # as `login.devices.DeviceState` has it
# Which pairs of a card were asked, and which passcodes withdrawn, nobody knows.
_END: Final = (
    DeviceKind.SECURITY_CODE_CARD.value,
    DeviceKind.ONLINE_SECURITY_CODE_CARD.value,
    DeviceKind.TEMPORARY_PASSCODE.value,
)


@dataclass(frozen=True, slots=True)
class OpenLogins:
    """How many sessions ended, and cards and passcodes, and how many users' withdrawals nobody knows.

    The latter count as if the limits were used up, until the window is over, or an operator says what he knows.
    """

    sessions: int
    devices: int
    withdrawals: int


def settle_logins(session: Session, now: datetime, known: Collection[str]) -> OpenLogins:
    """End and forget all that; the withdrawals of the users `known` (by name) are on record."""
    connection = session.connection()
    ended = connection.execute(update(_SESSIONS).where(_S.ended_at.is_(None)).values(ended_at=now)).rowcount
    # Those that have expired unanswered go on to count as failures.
    waiting = update(_DEMANDS).where(_DEMANDS.c.expires_at > now)
    used = func.coalesce(_DEMANDS.c.used_at, literal(now, UtcTime))
    connection.execute(waiting.values(used_at=used, expires_at=now))
    over = update(_DEVICES).where(_DEVICES.c.kind.in_(_END), _DEVICES.c.state != ENDED)
    devices = connection.execute(over.values(state=ENDED, ended_at=now)).rowcount
    # All secrets there are a card's, a passcode's or a message's.
    for each in (_DEVICES, _DEMANDS):
        connection.execute(update(each).where(each.c.secret_id.is_not(None)).values(secret_id=None))
    connection.execute(delete(_OUTBOX))
    connection.execute(delete(_SECRETS))
    people = connection.execute(select(_U.id, _U.name).where(_U.closed_at.is_(None))).all()
    unknown = [
        {"reference": os.urandom(16), "user_id": one.id, "at": now} for one in people if one.name not in known
    ]
    for start in range(0, len(unknown), AT_ONCE):
        connection.execute(insert(_WITHDRAWALS), unknown[start : start + AT_ONCE])
    return OpenLogins(ended, devices, len(unknown))


_SESSIONS, _DEMANDS, _DEVICES = table_of(LoginSessionRow), table_of(DemandRow), table_of(DeviceRow)
_OUTBOX, _SECRETS, _USERS = table_of(OutboxRow), table_of(LoginSecretRow), table_of(UserRow)
_WITHDRAWALS = table_of(WithdrawalRow)
_S, _U = _SESSIONS.c, _USERS.c
