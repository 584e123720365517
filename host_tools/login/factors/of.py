"""Which factor a device answers by."""

from __future__ import annotations

from typing import Final

from host_tools.inventory.errors import UnwrapError
from host_tools.login.devices import Device, Method
from host_tools.login.factors.card import Card
from host_tools.login.factors.challenge import Challenge
from host_tools.login.factors.code import Code
from host_tools.login.factors.mutual import Mutual
from host_tools.login.factors.passcode import Passcode
from host_tools.login.factors.port import Factor
from host_tools.login.factors.sms import Sms

_FACTORS: Final[dict[Method, Factor]] = {
    Method.CHALLENGE: Challenge(),
    Method.MUTUAL: Mutual(),
    Method.CODE: Code(),
    Method.CARD: Card(),
    Method.PASSCODE: Passcode(),
    Method.SMS: Sms(),
}


def factor_of(device: Device) -> Factor:
    """Raises UnwrapError for a device whose keys are gone."""
    if device.method is None:
        raise UnwrapError
    return _FACTORS[device.method]
