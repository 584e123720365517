"""What to do about what the login system refuses, and which refusals are the rules' and not a wrong command."""

from __future__ import annotations

from typing import Any, Final

from host_tools.inventory import desk_errors
from host_tools.inventory import errors as inventory_errors
from host_tools.login import caller_errors, errors, use_errors
from host_tools.login.rules import code_errors
from host_tools.login.rules import errors as rule_errors

_DEVICES: Final = "see 'picodsc device list {name}'"

# The words may name attributes of the error.
HINTS: Final[dict[type[Exception], str]] = {
    errors.UnknownUserError: "'picodsc user list' prints all",
    errors.UserExistsError: "a name is never used twice",
    errors.LockedUserError: "a lock ends by itself, and by nothing else",
    errors.BlockedUserError: "'picodsc user identify {name}' lifts the block",
    errors.ExpiredDeviceError: _DEVICES,
    errors.UnusableDeviceError: "end it, and give the user another",
    errors.NoDeviceError: "'picodsc device list {name}' shows those that there are, and 'picodsc device activate' "
    "activates one that is ready",
    errors.UnknownDeviceError: _DEVICES,
    errors.TokenTakenError: "end that device first, or take another token",
    errors.DemandNotOpenError: "begin again",
    errors.PageNumberNeededError: "give it with --page",
    errors.NoPhoneError: "'picodsc user phone {name} NUMBER' sets one",
    errors.UnknownMessageError: "'picodsc outbox list' prints those that wait",
    use_errors.TokenChoiceError: "by --device",
    use_errors.UnknownWithdrawalError: "'picodsc limits withdrawals USER' prints all",
    caller_errors.KeyExistsError: "a name is never used twice, so that the log is clear: take another",
    caller_errors.UnknownKeyError: "'picodsc api-key list' prints all",
    code_errors.PasscodeTwiceError: "issue a card ('picodsc card issue'), or activate a device",
    code_errors.CardUsedUpError: "'picodsc card issue' makes another",
    rule_errors.ClockError: "'picodsc clock show' tells more",
    rule_errors.CalendarEndError: "a newer release knows later years",
    inventory_errors.AllowanceSpentError: "a challenge comes every three minutes",
}

_REFUSED: Final = (
    errors.RefusedError,
    errors.LockedUserError,
    errors.BlockedUserError,
    errors.ClosedUserError,
    errors.NoDeviceError,
    errors.DeviceStateError,
    errors.DemandNotOpenError,
    errors.NoPhoneError,
    errors.TooManyMessagesError,
    errors.SessionError,
    use_errors.LimitedSessionError,
    use_errors.StaleSessionError,
    use_errors.AnswerNeededError,
    use_errors.NoConfirmableTokenError,
    use_errors.TooManyWithdrawalsError,
    code_errors.CardUsedUpError,
    code_errors.PasscodeTwiceError,
    rule_errors.ClockError,
    rule_errors.CalendarEndError,
    desk_errors.RefusedError,
    inventory_errors.SequenceExhaustedError,
    inventory_errors.AllowanceSpentError,
    inventory_errors.CounterUnsureError,
)


def hint_of(error: Exception) -> str | None:
    """What to do about it, if that is not plain."""
    for kind in type(error).__mro__:
        if kind in HINTS:
            values: dict[str, Any] = vars(error)
            return HINTS[kind].format_map(values)
    return None


def is_refusal(error: Exception) -> bool:
    """Whether the rules refuse what was asked for; else it could not be asked for at all."""
    return isinstance(error, _REFUSED)
