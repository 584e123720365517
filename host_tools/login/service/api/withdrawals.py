"""Withdrawals, as the operator sees them: without a session, and with their alarms."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from host_tools.login import limits_of, withdrawals
from host_tools.login.api_keys import Scope
from host_tools.login.errors import UnknownUserError
from host_tools.login.service.api.callers import Callers
from host_tools.login.service.api.operator_models import Known, WhoseAreKnown, WithdrawalShown
from host_tools.login.service.api.session_models import Limits
from host_tools.login.service.api.sessions import CALENDAR
from host_tools.login.service.api.texts import UserInPath
from host_tools.login.system import LoginSystem
from host_tools.login.use_errors import UnknownWithdrawalError


def withdrawals_api(system: LoginSystem, callers: Callers) -> APIRouter:
    """The routes, all of them the operator's: the help desk is not told of alarms."""
    router = APIRouter(tags=["withdrawals"])

    @router.get("/v1/users/{name}/withdrawals", **callers.door(Scope.OPERATOR, raises=(UnknownUserError,)))
    def of_user(name: UserInPath) -> list[WithdrawalShown]:
        """All withdrawals of the user that are on record, the first one first."""
        return [WithdrawalShown.of(one) for one in limits_of.withdrawals_of(system, name)]

    @router.get(
        "/v1/users/{name}/limits", **callers.door(Scope.OPERATOR, raises=(UnknownUserError, *CALENDAR))
    )
    def limits(name: UserInPath) -> list[Limits]:
        """What the user may withdraw without a device, and by each kind that he can log in with."""
        return [Limits.of(one) for one in limits_of.limits_of(system, name)]

    @router.delete(
        "/v1/withdrawals/{reference}",
        status_code=204,
        **callers.door(Scope.OPERATOR, raises=(UnknownWithdrawalError,)),
    )
    def cancel(reference: Annotated[str, Path(pattern="^[0-9a-f]{32}$")]) -> None:
        """A withdrawal was not made after all: it counts no more."""
        withdrawals.cancel(system, reference)

    @router.post("/v1/withdrawals/known", **callers.door(Scope.OPERATOR, raises=(UnknownUserError,)))
    def known(body: WhoseAreKnown) -> Known:
        """After a restore: what the user (or everybody) has withdrawn since the backup is known.

        Until then all limits of theirs count as used up at the restore.
        """
        return Known(users=withdrawals.none_since_backup(system, body.user))

    return router
