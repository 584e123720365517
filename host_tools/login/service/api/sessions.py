"""What a user does in his session, by a front-end: both are asked for, its key and his session."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from structlog.typing import FilteringBoundLogger

from dsc.protocol.errors import FieldValueError
from host_tools.inventory import desk_errors, errors
from host_tools.login import devices, in_session, sessions, withdrawals
from host_tools.login.errors import BlockedUserError, ClosedUserError, LockedUserError
from host_tools.login.rules.errors import AmountError, CalendarEndError, UnknownMarketError
from host_tools.login.service.api.callers import FRONT_END, Callers, session_of
from host_tools.login.service.api.models import DeviceShown
from host_tools.login.service.api.session_models import (
    ChangeNumber,
    Confirmation,
    Judged,
    Limits,
    NewWithdrawal,
    Reference,
    Session,
    Signature,
    WithdrawalVerdict,
)
from host_tools.login.system import LoginSystem
from host_tools.login.use_errors import (
    CancelledWithdrawalError,
    IdempotencyKeyUsedError,
    LimitedSessionError,
    NoTokenError,
    StaleSessionError,
    TooManyWithdrawalsError,
)

InSession = Annotated[str, Depends(session_of)]
CALENDAR: Final = (CalendarEndError, UnknownMarketError)
_LOCKS: Final = (LockedUserError, BlockedUserError, ClosedUserError)
_TOKEN: Final = (LimitedSessionError, NoTokenError)


def sessions_api(system: LoginSystem, callers: Callers, logger: FilteringBoundLogger) -> APIRouter:
    """The routes. `logger` is told of alarms."""
    router = APIRouter(prefix="/v1/session", tags=["session"])

    @router.get("", **callers.door(*FRONT_END, session=True))
    def show(session: InSession) -> Session:
        """The session: whose it is, by which device, until when."""
        return Session.of(sessions.session(system, session))

    @router.delete("", status_code=204, **callers.door(*FRONT_END, session=True))
    def end(session: InSession) -> None:
        """Log out."""
        sessions.end_session(system, session)

    @router.get("/devices", **callers.door(*FRONT_END, session=True))
    def list_devices(session: InSession) -> list[DeviceShown]:
        """The user's devices, ended ones too."""
        name = sessions.session(system, session).user.name
        return [DeviceShown.of(one) for one in devices.devices(system, name)]

    @router.get("/limits", **callers.door(*FRONT_END, session=True, raises=(LimitedSessionError, *CALENDAR)))
    def show_limits(session: InSession) -> Limits:
        """What may be withdrawn now, by the device that has opened the session."""
        return Limits.of(withdrawals.limits(system, session))

    @router.post(
        "/withdrawals",
        **callers.door(
            *FRONT_END,
            session=True,
            raises=(
                LimitedSessionError, AmountError, IdempotencyKeyUsedError, CancelledWithdrawalError,
                TooManyWithdrawalsError, *CALENDAR,
            ),
        ),
    )  # fmt: skip
    def withdraw(session: InSession, body: NewWithdrawal) -> WithdrawalVerdict:
        """Judge a withdrawal, and record it if it is allowed.

        Whoever has lost the answer asks again with the same idempotency key, in any session of the user, and is told
        the first answer: it counts once. A key that is another withdrawal's is refused (409, `idempotency-key-used`),
        and so is that of one which the operator has cancelled since (409, `withdrawal-cancelled`). Of new ones so many
        are judged a day, whatever the verdict (429, `too-many-withdrawals`): then the key is free, and `until` says
        when the next one is judged.
        """
        withdrawn = withdrawals.withdraw(system, session, body.cents, body.idempotency_key)
        return WithdrawalVerdict.of(withdrawn)

    @router.post(
        "/pin-change",
        **callers.door(
            *FRONT_END,
            session=True,
            raises=(
                *_TOKEN, *_LOCKS, StaleSessionError, desk_errors.ChangeNumberError, desk_errors.DailyLimitError,
                errors.NoAlarmError,
            ),
        ),
    )  # fmt: skip
    def confirm_pin_change(session: InSession, body: ChangeNumber) -> Confirmation:
        """The digits that confirm a PIN change on the session's token, which shows this number."""
        shown = in_session.confirm_pin_change(system, session, body.number.get_secret_value())
        return Confirmation(confirmation=shown)

    @router.post(
        "/references",
        status_code=201,
        **callers.door(
            *FRONT_END, session=True, raises=(*_TOKEN, errors.NoFormError, errors.AllowanceSpentError)
        ),
    )
    def issue_reference(session: InSession) -> Reference:
        """The next reference for a transaction that the session's token is to sign."""
        return Reference(reference=in_session.issue_reference(system, session))

    @router.post(
        "/signatures",
        **callers.door(
            *FRONT_END,
            session=True,
            raises=(
                *_TOKEN, *_LOCKS, errors.NoFormError, errors.ReferenceUsedError, errors.ReferenceNotIssuedError,
                errors.CounterUnsureError, errors.ResponseFormatError, errors.UnverifiableError, FieldValueError,
                errors.ValueCountError,
            ),
        ),
    )  # fmt: skip
    def verify_signature(session: InSession, body: Signature) -> Judged:
        """Judge a transaction's signature by the session's token; a wrong one counts as a failure."""
        signature = body.signature.get_secret_value()
        signed = in_session.verify_signature(system, session, body.values, signature)
        if signed.is_alarm:
            logger.warning("alarm", user=signed.user, device=signed.device)
        return Judged(accepted=signed.accepted)

    return router
