"""What each error is in the API: a status, a code for programs, and the error's data that goes with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import FastAPI, Request, Response

from host_tools.inventory import desk_errors, errors
from host_tools.inventory.errors import InventoryError
from host_tools.login import errors as login_errors
from host_tools.login.errors import LoginError
from host_tools.login.rules.code_errors import CardUsedUpError, CodeError, PasscodeTwiceError
from host_tools.login.rules.errors import ClockError, RuleError
from host_tools.login.service.problems import ProblemError, response
from host_tools.login.sms.errors import SmsError

Known = tuple[int, str, tuple[str, ...]]

# By the first class of an error's that is here; the names are attributes, and none of them is a secret.
KNOWN: Final[dict[type[Exception], Known]] = {
    login_errors.RefusedError: (401, "refused", ()),
    login_errors.SessionError: (401, "no-session", ()),
    login_errors.UnknownUserError: (404, "unknown-user", ()),
    login_errors.UserExistsError: (409, "user-exists", ()),
    login_errors.UserFieldError: (422, "invalid-field", ("field",)),
    login_errors.ClosedUserError: (409, "account-closed", ()),
    login_errors.LockedUserError: (423, "locked", ("failures", "until")),
    login_errors.BlockedUserError: (423, "blocked", ("failures",)),
    login_errors.NoDeviceError: (409, "no-device", ()),
    login_errors.ExpiredDeviceError: (409, "device-expired", ("device", "kind", "expired_at")),
    login_errors.UnknownDeviceError: (404, "unknown-device", ("device",)),
    login_errors.DeviceStateError: (409, "device-state", ("device", "state", "needed")),
    login_errors.DeviceKindError: (422, "device-kind", ("kind",)),
    login_errors.TokenTakenError: (409, "token-taken", ()),
    login_errors.DemandNotOpenError: (409, "not-open", ("reason",)),
    login_errors.PageNumberNeededError: (409, "page-number-needed", ()),
    login_errors.NoPageNumberError: (409, "no-page-number", ()),
    login_errors.NoPhoneError: (409, "no-phone", ()),
    login_errors.TooManyMessagesError: (429, "too-many-messages", ("until",)),
    login_errors.UnknownMessageError: (404, "unknown-message", ()),
    LoginError: (409, "not-allowed", ()),
    ClockError: (503, "clock", ()),
    RuleError: (422, "not-allowed", ()),
    CardUsedUpError: (409, "card-used-up", ()),
    PasscodeTwiceError: (409, "passcode-twice", ("issued_at",)),
    CodeError: (422, "malformed-response", ()),
    SmsError: (422, "invalid-field", ()),
    errors.UnknownSerialError: (404, "unknown-token", ()),
    errors.SerialFormError: (404, "unknown-token", ()),
    errors.UnknownCredentialError: (404, "unknown-credential", ()),
    errors.AmbiguousCredentialError: (422, "ambiguous-credential", ()),
    errors.ResponseFormatError: (422, "malformed-response", ("expected",)),
    errors.ChallengeFormatError: (422, "malformed-number", ("expected",)),
    errors.CounterUnsureError: (409, "counter-unsure", ()),
    errors.AllowanceSpentError: (429, "allowance-spent", ()),
    errors.SequenceExhaustedError: (409, "sequence-exhausted", ()),
    errors.InventoryPlaceError: (503, "database-unreachable", ()),
    errors.CustodyError: (503, "keys-unusable", ()),
    desk_errors.LockedError: (423, "locked", ("failures", "until")),
    desk_errors.BlockedError: (423, "blocked", ("failures",)),
    desk_errors.SessionNeededError: (409, "device-session-needed", ()),
    desk_errors.DailyLimitError: (429, "daily-limit", ("until",)),
    desk_errors.ChangeNumberError: (422, "malformed-number", ()),
    desk_errors.WrongResponseError: (409, "wrong-response", ()),
    InventoryError: (409, "not-allowed", ()),
}


def problem_of(error: Exception) -> ProblemError:
    """The problem that a refusal is; an error that is none of ours stays what it is: raised again."""
    for kind in type(error).__mro__:
        if kind in KNOWN:
            status, code, names = KNOWN[kind]
            members = {name: _plain(getattr(error, name)) for name in names if hasattr(error, name)}
            headers = {"retry-after": "5"} if status == 503 else None
            return ProblemError(status, code, headers=headers, members=members)
    raise error


def handle_errors(app: FastAPI) -> None:
    """Have the application answer the refusals of login system and inventory so."""
    for kind in (LoginError, RuleError, CodeError, SmsError, InventoryError):
        app.add_exception_handler(kind, _answer)


async def _answer(_: Request, error: Exception) -> Response:
    return response(problem_of(error))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return list(value) if isinstance(value, tuple) else value
