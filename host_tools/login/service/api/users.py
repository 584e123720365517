"""Users and their devices, as the operator sees them."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query

from host_tools.inventory import errors
from host_tools.login import accounts, device_life, devices, issuing
from host_tools.login.api_keys import Scope
from host_tools.login.errors import (
    ClosedUserError,
    DeviceKindError,
    DeviceStateError,
    ExpiredDeviceError,
    NoPhoneError,
    TokenTakenError,
    UnknownDeviceError,
    UnknownUserError,
    UnusableDeviceError,
    UserExistsError,
    UserFieldError,
)
from host_tools.login.overview import overview
from host_tools.login.service.api.callers import Callers
from host_tools.login.service.api.models import DeviceShown, NewDevice, NewUser, UserChange, UserShown
from host_tools.login.service.api.operator_models import UserPage, UserWithStanding, WhichUsers
from host_tools.login.service.api.texts import DeviceInPath, UserInPath
from host_tools.login.system import LoginSystem

_DESK: Final = (Scope.OPERATOR, Scope.HELP_DESK)
_DEVICE: Final = (UnknownUserError, UnknownDeviceError, DeviceStateError, ExpiredDeviceError)


def users(system: LoginSystem, callers: Callers) -> APIRouter:
    """The routes. The help desk reads, and ends devices; the operator writes."""
    router = APIRouter(prefix="/v1/users", tags=["users"])

    @router.get("", **callers.door(*_DESK))
    def some(which: Annotated[WhichUsers, Query()]) -> UserPage:
        """Users by name, a page at a time."""
        found = [UserShown.of(one) for one in accounts.some_users(system, which.after, which.most + 1)]
        page = found[: which.most]
        return UserPage(users=page, next=page[-1].name if len(found) > which.most else None)

    @router.post(
        "",
        status_code=201,
        **callers.door(Scope.OPERATOR, raises=(UserFieldError, UserExistsError)),
    )
    def add(body: NewUser) -> UserShown:
        """Add a user; without a password another system judges the first factor."""
        password = None if body.password is None else body.password.get_secret_value()
        made = accounts.add_user(system, body.name, password, phone=body.phone, language=body.language)
        return UserShown.of(made)

    @router.get("/{name}", **callers.door(*_DESK, raises=(UnknownUserError,)))
    def show(name: UserInPath) -> UserWithStanding:
        """One user, and whether his login is locked or blocked."""
        return UserWithStanding.of_overview(overview(system, name))

    @router.patch("/{name}", **callers.door(Scope.OPERATOR, raises=(UnknownUserError, UserFieldError)))
    def change(name: UserInPath, body: UserChange) -> UserShown:
        """Change or remove password and phone number. Another password ends the user's sessions.

        Another number ends those that codes by text message have opened, and the online cards that may have been
        obtained by such a code.
        """
        if "phone" in body.model_fields_set:
            accounts.checked_phone(body.phone)  # before anything is changed
        if "password" in body.model_fields_set:
            password = None if body.password is None else body.password.get_secret_value()
            accounts.set_password(system, name, password)
        if "phone" in body.model_fields_set:
            accounts.set_phone(system, name, body.phone)
        return UserShown.of(accounts.user(system, name))

    @router.delete(
        "/{name}",
        status_code=204,
        **callers.door(Scope.OPERATOR, raises=(UnknownUserError, ClosedUserError)),
    )
    def close(name: UserInPath) -> None:
        """Close the account for good."""
        accounts.close_user(system, name)

    @router.get("/{name}/devices", **callers.door(*_DESK, raises=(UnknownUserError,)))
    def list_devices(name: UserInPath) -> list[DeviceShown]:
        """The user's devices, ended ones too."""
        return [DeviceShown.of(one) for one in devices.devices(system, name)]

    @router.post(
        "/{name}/devices",
        status_code=201,
        **callers.door(
            Scope.OPERATOR,
            raises=(
                UnknownUserError, ClosedUserError, TokenTakenError, DeviceKindError, DeviceStateError,
                UnusableDeviceError,
                errors.UnknownSerialError, errors.UnknownCredentialError, errors.AmbiguousCredentialError,
                errors.TokenStateError, errors.UnverifiableError,
            ),
        ),
    )  # fmt: skip
    def add_device(name: UserInPath, body: NewDevice) -> DeviceShown:
        """Make a token of the inventory the user's device."""
        made = device_life.add_token(
            system, name, body.serial, body.credential, body.kind, active=body.active
        )
        return DeviceShown.of(made)

    @router.post(
        "/{name}/sms",
        status_code=201,
        **callers.door(
            Scope.OPERATOR,
            raises=(UnknownUserError, ClosedUserError, NoPhoneError, DeviceStateError, DeviceKindError),
        ),
    )
    def add_sms(name: UserInPath) -> DeviceShown:
        """Codes by text message, active at once, for who has no other device yet."""
        return DeviceShown.of(issuing.add_sms(system, name))

    @router.post(
        "/{name}/devices/{device}/activation",
        status_code=204,
        **callers.door(Scope.OPERATOR, raises=(*_DEVICE, UnusableDeviceError)),
    )
    def activate(name: UserInPath, device: DeviceInPath) -> None:
        """Activate a device by the operator's word."""
        device_life.activate_device(system, name, device)

    @router.delete("/{name}/devices/{device}", status_code=204, **callers.door(*_DESK, raises=_DEVICE))
    def end(name: UserInPath, device: DeviceInPath) -> None:
        """End a device: it answers no more."""
        device_life.end_device(system, name, device)

    return router
