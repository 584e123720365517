"""What the help desk does for a user by his name: blocks lifted, tokens unlocked and resynchronised, sessions ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from host_tools.inventory import help_desk as of_tokens
from host_tools.inventory.help_desk import check_identification
from host_tools.inventory.judging import Verdict
from host_tools.inventory.plain_codes import find
from host_tools.inventory.recording import credential_of
from host_tools.inventory.schema import CredentialRow
from host_tools.login import ending, standing
from host_tools.login.accounts import User, user_in
from host_tools.login.beginning import refuse
from host_tools.login.devices import Device, DeviceState, TokenPart, device_in, devices_in, note
from host_tools.login.errors import ClosedUserError, UnknownDeviceError
from host_tools.login.factors.challenge import keys_in
from host_tools.login.identifying import lift_blocks
from host_tools.login.system import LoginSystem, Work
from host_tools.login.use_errors import TokenChoiceError


@dataclass(frozen=True, slots=True)
class Resynchronised:
    """Whether counter or clock was found. `is_alarm` is for the operator alone, as of `Answered`."""

    accepted: bool
    is_alarm: bool = field(repr=False)


def identify(system: LoginSystem, name: str, identified_by: str) -> bool:
    """The user was identified, in the way that is told: blocks of him and of his devices are lifted; if there were any.

    A lock for a day goes on, and so do fewer failures where there is no block. Raises FieldError, UnknownUserError,
    ClosedUserError.
    """
    check_identification(identified_by)
    with system.writing() as work:
        return lift_blocks(work, _open_user(work, name), identified_by)


def serial_of(system: LoginSystem, name: str, device: int | None = None) -> str:
    """The serial of the user's token; `device` is needed where he has several.

    Raises UnknownUserError, ClosedUserError, UnknownDeviceError, TokenChoiceError.
    """
    with system.reading() as work:
        _, _, part = _token(work, name, device)
        return part.serial


def unlock(
    system: LoginSystem,
    name: str,
    n: int,
    identified_by: str,
    device: int | None = None,
    *,
    again: bool = False,
    ahead: bool = False,
) -> bytearray:
    """The n-th unlock code of the user's token, as `inventory.help_desk.unlock` gives it; the caller wipes it.

    `device` is needed where he has several tokens. Raises UnknownUserError, ClosedUserError, UnknownDeviceError,
    TokenChoiceError, and what that does.
    """
    serial = serial_of(system, name, device)
    return of_tokens.unlock(system.inventory, serial, n, identified_by, again=again, ahead=ahead)


def resynchronise(
    system: LoginSystem, name: str, first: str, second: str, device: int | None = None
) -> Resynchronised:
    """Find counter or clock of the user's token by two codes in a row, as `inventory.plain_codes.resynchronise` does.

    A pair that is not found counts as a failure of user and device, one that is as a success. Raises UnknownUserError,
    ClosedUserError, UnknownDeviceError, TokenChoiceError, LockedUserError, BlockedUserError, ResponseFormatError,
    UnverifiableError, UnwrapError.
    """
    with system.writing() as work:
        user, found, part = _token(work, name, device)
        counted = refuse(work, user, found)
        row = work.session.get_one(CredentialRow, part.row)
        with keys_in(work, part) as keys:
            verdict, event = find(credential_of(row), keys, row, first, second, work.now)
        work.session.flush()
        standing.count(work, counted, user.id, found, success=verdict.accepted)
        note(work, user, found, event)
        if verdict is Verdict.ALARM:
            note(work, user, found, "alarm")
        return Resynchronised(verdict.accepted, verdict is Verdict.ALARM)


def end_sessions(system: LoginSystem, name: str) -> int:
    """All sessions of the user end, and nothing waits for his answer any more; how many. Raises UnknownUserError."""
    with system.writing() as work:
        user = user_in(work, name)
        count = ending.of_user(work, user.id)
        work.note("sessions ended", user=user.name, sessions=count)
        return count


def _open_user(work: Work, name: str) -> User:
    user = user_in(work, name)
    if user.closed_at is not None:
        raise ClosedUserError(user.name)
    return user


def _token(work: Work, name: str, wanted: int | None) -> tuple[User, Device, TokenPart]:
    """The token that is meant; one that is ready to be activated may need help, too."""
    user = _open_user(work, name)
    found = devices_in(work, user.id) if wanted is None else [device_in(work, user, wanted)]
    tokens = [(one, one.token) for one in found if one.token and one.state is not DeviceState.ENDED]
    if wanted is not None and not tokens:
        raise UnknownDeviceError(user.name, wanted)
    if len(tokens) != 1:
        raise TokenChoiceError(user.name, [one.id for one, _ in tokens])
    return user, *tokens[0]
