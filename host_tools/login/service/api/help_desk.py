"""What the help desk does for a user whom it has identified."""

from __future__ import annotations

from fastapi import APIRouter
from structlog.typing import FilteringBoundLogger

from dsc.protocol.errors import UnlockError
from host_tools.inventory import desk_errors, errors
from host_tools.login import help_desk, issuing
from host_tools.login.api_keys import Scope
from host_tools.login.errors import ClosedUserError, UnknownDeviceError, UnknownUserError
from host_tools.login.rules.code_errors import PasscodeTwiceError, ShapeError
from host_tools.login.service.api.callers import Callers
from host_tools.login.service.api.desk_models import (
    CardShown,
    Ended,
    Identified,
    Lifted,
    NewCard,
    NewUnlockCode,
    Passcode,
    TwoCodes,
    UnlockCode,
)
from host_tools.login.service.api.logins import LOCKS
from host_tools.login.service.api.session_models import Judged
from host_tools.login.service.api.texts import UserInPath
from host_tools.login.service.api.wiping import shown
from host_tools.login.system import LoginSystem
from host_tools.login.use_errors import TokenChoiceError

_USER = (UnknownUserError, ClosedUserError)
_TOKEN = (*_USER, UnknownDeviceError, TokenChoiceError)


def help_desk_api(system: LoginSystem, callers: Callers, logger: FilteringBoundLogger) -> APIRouter:
    """The routes. `logger` is told of alarms."""
    router = APIRouter(prefix="/v1/users/{name}", tags=["help desk"])

    @router.post("/identification", **callers.door(Scope.HELP_DESK, raises=(*_USER, errors.FieldError)))
    def identify(name: UserInPath, body: Identified) -> Lifted:
        """The user was identified: blocks of him and of his devices are lifted. A lock for a day goes on."""
        return Lifted(lifted=help_desk.identify(system, name, body.identified_by))

    @router.post(
        "/unlock-codes",
        status_code=201,
        **callers.door(
            Scope.HELP_DESK,
            raises=(
                *_TOKEN, errors.FieldError, errors.NoUnlockError, errors.TokenStateError, UnlockError,
                desk_errors.UnlockNumberError, desk_errors.DailyLimitError, desk_errors.OperatorsNeededError,
            ),
        ),
    )  # fmt: skip
    def unlock(name: UserInPath, body: NewUnlockCode) -> UnlockCode:
        """An unlock code of the user's token. Codes are given in order; some rules ask for two operators."""
        code = help_desk.unlock(
            system, name, body.n, body.identified_by, body.device, again=body.again, ahead=body.ahead
        )
        return shown(lambda given: UnlockCode(code=given.decode()), code, code)

    @router.post(
        "/resynchronisation",
        **callers.door(
            Scope.HELP_DESK, raises=(*_TOKEN, *LOCKS, errors.ResponseFormatError, errors.UnverifiableError)
        ),
    )
    def resynchronise(name: UserInPath, body: TwoCodes) -> Judged:
        """Find counter or clock of the user's token by two codes in a row; a pair that is not found is a failure."""
        first, second = body.first.get_secret_value(), body.second.get_secret_value()
        found = help_desk.resynchronise(system, name, first, second, body.device)
        if found.is_alarm:
            logger.warning("alarm", user=name.lower(), device=body.device)
        return Judged(accepted=found.accepted)

    @router.delete("/sessions", **callers.door(Scope.HELP_DESK, Scope.OPERATOR, raises=(UnknownUserError,)))
    def end_sessions(name: UserInPath) -> Ended:
        """End all sessions of the user, and what waits for his answer."""
        return Ended(sessions=help_desk.end_sessions(system, name))

    @router.post(
        "/passcode",
        status_code=201,
        **callers.door(Scope.HELP_DESK, raises=(*_USER, errors.FieldError, PasscodeTwiceError, ShapeError)),
    )
    def issue_passcode(name: UserInPath, body: Identified) -> Passcode:
        """A temporary passcode, active at once; never two in a row.

        The user was identified: blocks of him and of his devices are lifted. A lock for a day goes on.
        """
        passcode = issuing.issue_passcode(system, name, body.identified_by)
        return shown(Passcode.of, passcode, passcode.code)

    @router.post("/cards", status_code=201, **callers.door(Scope.HELP_DESK, raises=(*_USER, ShapeError)))
    def issue_card(name: UserInPath, body: NewCard) -> CardShown:
        """A code card, ready to be activated; it ends those of its kind that never were."""
        card = issuing.issue_card(system, name, online=body.online)
        return shown(CardShown.of, card, *card.codes)

    return router
