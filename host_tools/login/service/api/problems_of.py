"""What each error is in the API: a status, a code for programs, and the error's data that goes with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import FastAPI, Request, Response

from dsc.protocol import errors as protocol_errors
from dsc.protocol.errors import ProtocolError
from host_tools.inventory import desk_errors, errors
from host_tools.inventory.errors import InventoryError
from host_tools.login import caller_errors, use_errors
from host_tools.login import errors as login_errors
from host_tools.login.errors import LoginError
from host_tools.login.rules import code_errors
from host_tools.login.rules import errors as rule_errors
from host_tools.login.rules.code_errors import CodeError
from host_tools.login.rules.errors import RuleError
from host_tools.login.service.problems import ProblemError, response
from host_tools.login.sms import errors as sms_errors
from host_tools.login.sms.errors import SmsError

Known = tuple[int, str, tuple[str, ...]]

BASES: Final = (LoginError, RuleError, CodeError, SmsError, InventoryError, ProtocolError)

# By the first class of an error's that is here; the names are attributes, and none of them is a secret.
KNOWN: Final[Mapping[type[Exception], Known]] = {
    LoginError: (409, "not-allowed", ()),
    login_errors.RefusedError: (401, "refused", ()),
    login_errors.SessionError: (401, "no-session", ()),
    login_errors.UnknownUserError: (404, "unknown-user", ()),
    login_errors.UserExistsError: (409, "user-exists", ()),
    login_errors.UserFieldError: (422, "invalid-field", ("field",)),
    login_errors.ClosedUserError: (409, "account-closed", ()),
    login_errors.LockedUserError: (423, "locked", ("failures", "until")),
    login_errors.BlockedUserError: (423, "blocked", ("failures",)),
    login_errors.NoDeviceError: (409, "no-device", ()),
    login_errors.UnusableDeviceError: (409, "device-unusable", ("device",)),
    login_errors.ExpiredDeviceError: (409, "device-expired", ("device", "kind", "expired_at")),
    login_errors.UnknownDeviceError: (404, "unknown-device", ("device",)),
    login_errors.DeviceStateError: (409, "device-state", ("device", "state", "needed")),
    login_errors.DeviceKindError: (409, "device-kind", ("kind",)),
    login_errors.TokenTakenError: (409, "token-taken", ()),
    login_errors.DemandNotOpenError: (409, "not-open", ("reason",)),
    login_errors.PageNumberNeededError: (409, "page-number-needed", ()),
    login_errors.NoPageNumberError: (409, "no-page-number", ()),
    login_errors.NoPhoneError: (409, "no-phone", ()),
    login_errors.TooManyMessagesError: (429, "too-many-messages", ("until",)),
    login_errors.TooManyCardsError: (429, "too-many-cards", ("until",)),
    login_errors.UnknownMessageError: (404, "unknown-message", ()),
    caller_errors.CallerError: (401, "api-key-refused", ()),
    caller_errors.KeyFieldError: (422, "invalid-field", ("field",)),
    caller_errors.KeyExistsError: (409, "key-exists", ()),
    caller_errors.UnknownKeyError: (404, "unknown-key", ()),
    use_errors.LimitedSessionError: (403, "limited-session", ()),
    use_errors.NoTokenError: (409, "no-token", ("kind",)),
    use_errors.StaleSessionError: (409, "stale-session", ("lasts",)),
    use_errors.UnknownWithdrawalError: (404, "unknown-withdrawal", ()),
    use_errors.AnswerNeededError: (409, "answer-needed", ("lasts",)),
    use_errors.NoConfirmableTokenError: (409, "no-confirmable-token", ()),
    use_errors.IdempotencyKeyError: (422, "malformed-key", ()),
    use_errors.IdempotencyKeyUsedError: (409, "idempotency-key-used", ("differs",)),
    use_errors.CancelledWithdrawalError: (409, "withdrawal-cancelled", ("reference",)),
    use_errors.TooManyWithdrawalsError: (429, "too-many-withdrawals", ("most", "until")),
    use_errors.TokenChoiceError: (409, "device-choice", ("devices",)),
    RuleError: (409, "not-allowed", ()),
    rule_errors.ClockError: (503, "clock", ()),
    rule_errors.AmountError: (422, "invalid-amount", ("largest",)),
    rule_errors.CalendarEndError: (503, "calendar", ("market", "year")),
    rule_errors.UnknownMarketError: (503, "calendar", ("market",)),
    CodeError: (409, "not-allowed", ()),
    code_errors.ShapeError: (503, "policy", ("part",)),
    code_errors.MalformedCodeError: (422, "malformed-response", ("length", "alphabet")),
    code_errors.CardUsedUpError: (409, "card-used-up", ()),
    code_errors.PasscodeTwiceError: (409, "passcode-twice", ("issued_at",)),
    SmsError: (409, "not-allowed", ()),
    sms_errors.PhoneError: (422, "malformed-phone", ("expected",)),
    sms_errors.UnknownLanguageError: (422, "unknown-language", ("known",)),
    sms_errors.GatewayError: (503, "gateway", ()),
    InventoryError: (409, "not-allowed", ()),
    errors.InventoryPlaceError: (503, "database-unreachable", ()),
    errors.CustodyError: (503, "keys-unusable", ()),
    errors.UnknownSerialError: (404, "unknown-token", ()),
    errors.SerialFormError: (404, "unknown-token", ()),
    errors.UnknownCredentialError: (404, "unknown-credential", ()),
    errors.AmbiguousCredentialError: (409, "ambiguous-credential", ()),
    errors.TokenStateError: (409, "token-state", ("state", "needed")),
    errors.FieldError: (422, "invalid-field", ("field",)),
    errors.ResponseFormatError: (422, "malformed-response", ("expected",)),
    errors.ChallengeFormatError: (422, "malformed-number", ("expected",)),
    errors.CounterUnsureError: (409, "counter-unsure", ()),
    errors.AllowanceSpentError: (429, "allowance-spent", ("next_at",)),
    errors.SequenceExhaustedError: (409, "sequence-exhausted", ()),
    errors.UnverifiableError: (409, "unverifiable", ()),
    errors.NoFormError: (409, "no-form", ()),
    errors.NoAlarmError: (409, "no-alarm", ()),
    errors.NoUnlockError: (409, "no-unlock-codes", ()),
    errors.ReferenceUsedError: (409, "reference-used", ()),
    errors.ReferenceNotIssuedError: (409, "reference-not-issued", ()),
    errors.AuditError: (409, "audit-broken", ("sequence",)),
    desk_errors.LockedError: (423, "locked", ("failures", "until")),
    desk_errors.BlockedError: (423, "blocked", ("failures",)),
    desk_errors.SessionNeededError: (409, "stale-session", ("within",)),
    desk_errors.DailyLimitError: (429, "daily-limit", ("again",)),
    desk_errors.ChangeNumberError: (422, "malformed-number", ("expected",)),
    desk_errors.WrongResponseError: (409, "wrong-response", ()),
    desk_errors.UnlockNumberError: (409, "unlock-number", ("last",)),
    desk_errors.FourEyesError: (409, "operators-needed", ()),
    desk_errors.OperatorsNeededError: (409, "operators-needed", ("request",)),
    ProtocolError: (422, "malformed-value", ()),
    protocol_errors.FieldValueError: (422, "malformed-value", ("label", "reason")),
    errors.ValueCountError: (422, "malformed-value", ("expected", "labels")),
    protocol_errors.UnlockError: (422, "malformed-number", ()),
}
# What any endpoint that asks the inventory may answer.
OF_ALL: Final = (rule_errors.ClockError, errors.InventoryPlaceError, errors.CustodyError)
_AGAIN: Final = "5"  # seconds


def known(kind: type[Exception]) -> Known:
    """What errors of this class are. Raises LookupError for one that is none of ours."""
    for base in kind.__mro__:
        if base in KNOWN:
            return KNOWN[base]
    raise LookupError(kind)


def problem_of(error: Exception) -> ProblemError:
    """The problem that a refusal is."""
    status, code, names = known(type(error))
    headers = {503: {"retry-after": _AGAIN}, 401: {"www-authenticate": "Bearer"}}.get(status)
    if isinstance(error, use_errors.TooManyWithdrawalsError):
        headers = {"retry-after": str(math.ceil(error.wait.total_seconds()))}
    return ProblemError(
        status, code, headers=headers, members={name: _plain(getattr(error, name)) for name in names}
    )


def handle_errors(app: FastAPI) -> None:
    """Have the application answer the refusals of login system and inventory so."""
    for kind in BASES:
        app.add_exception_handler(kind, _answer)


async def _answer(_: Request, error: Exception) -> Response:
    return response(problem_of(error))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    return list(value) if isinstance(value, tuple) else value
