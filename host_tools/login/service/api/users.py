"""Users and their devices, as the operator sees them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from host_tools.login import accounts, devices
from host_tools.login.api_keys import Scope
from host_tools.login.service.api.callers import Callers
from host_tools.login.service.api.models import DeviceShown, NewDevice, NewUser, UserChange, UserShown
from host_tools.login.system import LoginSystem

UserName = Annotated[str, Path(min_length=1, max_length=64)]
DeviceNumber = Annotated[int, Path(ge=1, lt=2**31)]


def users(system: LoginSystem, callers: Callers) -> APIRouter:
    """The routes. The help desk reads; the operator writes."""
    router = APIRouter(prefix="/v1/users", tags=["users"])
    operator = [Depends(callers.needs(Scope.OPERATOR))]
    desk = [Depends(callers.needs(Scope.OPERATOR, Scope.HELP_DESK))]

    @router.post("", status_code=201, dependencies=operator)
    def add(body: NewUser) -> UserShown:
        """Add a user; without a password another system judges the first factor."""
        password = None if body.password is None else body.password.get_secret_value()
        made = accounts.add_user(system, body.name, password, phone=body.phone, language=body.language)
        return UserShown.of(made)

    @router.get("/{name}", dependencies=desk)
    def show(name: UserName) -> UserShown:
        """One user."""
        return UserShown.of(accounts.user(system, name))

    @router.patch("/{name}", dependencies=operator)
    def change(name: UserName, body: UserChange) -> UserShown:
        """Change or remove password and phone number."""
        if "password" in body.model_fields_set:
            password = None if body.password is None else body.password.get_secret_value()
            accounts.set_password(system, name, password)
        if "phone" in body.model_fields_set:
            accounts.set_phone(system, name, body.phone)
        return UserShown.of(accounts.user(system, name))

    @router.delete("/{name}", status_code=204, dependencies=operator)
    def close(name: UserName) -> None:
        """Close the account for good."""
        accounts.close_user(system, name)

    @router.get("/{name}/devices", dependencies=desk)
    def list_devices(name: UserName) -> list[DeviceShown]:
        """The user's devices, ended ones too."""
        return [DeviceShown.of(one) for one in devices.devices(system, name)]

    @router.post("/{name}/devices", status_code=201, dependencies=operator)
    def add_device(name: UserName, body: NewDevice) -> DeviceShown:
        """Make a token of the inventory the user's device."""
        made = devices.add_token(system, name, body.serial, body.credential, body.kind, active=body.active)
        return DeviceShown.of(made)

    @router.post("/{name}/devices/{device}/activation", status_code=204, dependencies=operator)
    def activate(name: UserName, device: DeviceNumber) -> None:
        """Activate a device by the operator's word."""
        devices.activate_device(system, name, device)

    @router.delete("/{name}/devices/{device}", status_code=204, dependencies=desk)
    def end(name: UserName, device: DeviceNumber) -> None:
        """End a device: it answers no more."""
        devices.end_device(system, name, device)

    return router
