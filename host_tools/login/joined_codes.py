"""How long the code is that may stand right behind a password, for callers that have one field for both."""

from __future__ import annotations

from typing import Final

from dsc.protocol.plain import Method as PlainMethod
from host_tools.inventory.errors import UnwrapError
from host_tools.login import code_secrets
from host_tools.login.choosing import chosen
from host_tools.login.devices import Device, Method, devices_in
from host_tools.login.errors import NoDeviceError
from host_tools.login.system import Work

USUAL: Final = 6  # characters, where nothing can be typed behind a password: that is then wrong
_NO_SECRET: Final = -1  # the row of a secret that there is not


def code_length(work: Work, user: int) -> int:
    """In characters, of the device that is asked, by what is kept of it; the same is asked of the database for all.

    A card's pair is shown before it is typed; until it is answered it is the same one.
    """
    device = _asked(work, user)
    kept = _kept_length(work, device)
    if device is None:
        return USUAL
    if device.method is Method.CODE and device.token is not None:
        return PlainMethod.parse(device.token.suite).digits
    if device.method is Method.SMS:
        return work.rules.sms.digits
    return kept or USUAL


def _asked(work: Work, user: int) -> Device | None:
    try:
        return chosen(devices_in(work, user), "", None, work.now)
    except NoDeviceError:
        return None


def _kept_length(work: Work, device: Device | None) -> int | None:
    method = None if device is None else device.method
    secret = _NO_SECRET if device is None or device.secret is None else device.secret
    try:
        if method is Method.CARD:
            with code_secrets.card(work, secret) as (_, shape):
                return 2 * shape.length
        with code_secrets.passcode(work, secret) as (code, _):
            return len(code)
    except UnwrapError:
        return None
