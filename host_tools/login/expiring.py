"""What is good for nothing any more is forgotten at once: sent codes, and the texts that they were sent in."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import bindparam, delete, select, update

from host_tools.inventory.schema import DemandRow, LoginSecretRow, OutboxRow, table_of
from host_tools.login.system import LoginSystem, Work

AT_ONCE: Final = 200  # secrets in one transaction, so that nobody waits for a long one


def forget(system: LoginSystem) -> int:
    """Forget the codes and texts that have expired; how many there were. A service calls it now and then."""
    done = 0
    while True:
        with system.reading() as work:
            if not _expired(work):
                break
        with system.writing() as work:
            done += forget_expired(work)
    if done:
        system.inventory.empty_log()
    return done


def forget_expired(work: Work) -> int:
    """The same for a few of them, in a transaction of the caller's."""
    found = _expired(work)
    if found:
        _forget(work, found)
    return len(found)


def close_codes(work: Work, user: int) -> None:
    """The codes that were sent to a user, and wait for an answer, are good for nothing from now on."""
    found = list(work.connection.execute(_WAITING, {"user": user}).scalars())
    if found:
        work.connection.execute(_CLOSED, {"user": user, "now": work.now})
        _forget(work, found)


def _expired(work: Work) -> list[int]:
    found: list[int] = []
    for query in (_OLD_CODES, _OLD_TEXTS):
        found += work.connection.execute(query, {"now": work.now}).scalars()
    return found


def _forget(work: Work, numbers: list[int]) -> None:
    secrets = table_of(LoginSecretRow)
    work.connection.execute(update(_OUTBOX).where(_O.secret_id.in_(numbers)).values(due_at=None))
    work.connection.execute(delete(secrets).where(secrets.c.id.in_(numbers)))


_DEMANDS, _OUTBOX = table_of(DemandRow), table_of(OutboxRow)
_D, _O = _DEMANDS.c, _OUTBOX.c


def _old(table: Any) -> Any:
    old = select(table.c.secret_id).where(table.c.secret_id.is_not(None))
    return old.where(table.c.expires_at <= bindparam("now")).limit(AT_ONCE)


_OLD_CODES: Final = _old(_DEMANDS)
_OLD_TEXTS: Final = _old(_OUTBOX)
_OF_USER: Final = (_D.user_id == bindparam("user"), _D.used_at.is_(None), _D.secret_id.is_not(None))
_WAITING: Final = select(_D.secret_id).where(*_OF_USER)
_CLOSED: Final = update(_DEMANDS).where(*_OF_USER).values(expires_at=bindparam("now"))
