"""How many withdrawals a user may ask for on one day, allowed and refused: each is kept for ever."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select, update

from host_tools.inventory.schema import UserRow, table_of
from host_tools.login.rules.calendar import DAY, BusinessCalendar
from host_tools.login.system import Work
from host_tools.login.use_errors import TooManyWithdrawalsError


def count(work: Work, user: int) -> None:
    """One more is asked for, in the transaction that judges it. Raises TooManyWithdrawalsError.

    A day is a calendar day, as of the limits.
    """
    calendar = BusinessCalendar.of(work.rules)
    today = calendar.day(work.now)
    begin = calendar.begin(today)
    row = work.connection.execute(_ASKED, {"which": user}).one()
    before = row.withdrawals_asked if row.withdrawals_from == begin else 0
    most = work.rules.withdrawals.number_a_day
    if before >= most:
        until = calendar.begin(today + DAY)
        raise TooManyWithdrawalsError(most, until, until - work.now)
    work.connection.execute(_COUNTED, {"which": user, "since": begin, "asked": before + 1})


_USERS: Final = table_of(UserRow)
_U = _USERS.c
_ASKED: Final = select(_U.withdrawals_from, _U.withdrawals_asked).where(_U.id == bindparam("which"))
_COUNTED: Final = (
    update(_USERS)
    .where(_U.id == bindparam("which"))
    .values(withdrawals_from=bindparam("since"), withdrawals_asked=bindparam("asked"))
)
