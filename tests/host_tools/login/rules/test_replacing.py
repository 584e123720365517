"""Which devices end when another one is active: the whole table."""

import itertools

import pytest

from host_tools.login.rules.replacing import replaces
from host_tools.policy.kinds import DeviceKind

SMS, PASSCODE = DeviceKind.SMS, DeviceKind.TEMPORARY_PASSCODE
ONLINE, PRINTED = DeviceKind.ONLINE_SECURITY_CODE_CARD, DeviceKind.SECURITY_CODE_CARD
TEMPORARY = {SMS, PASSCODE, ONLINE}
ENDED = {
    PASSCODE: {PASSCODE},
    SMS: {SMS},
    ONLINE: {ONLINE, PRINTED, PASSCODE},
    PRINTED: {*TEMPORARY, PRINTED},
}


@pytest.mark.parametrize(("kind", "other"), list(itertools.product(DeviceKind, DeviceKind)))
def test_a_device_replaces_what_bridged_the_time_until_it_and_its_own_like(kind, other):
    ended = ENDED.get(kind, TEMPORARY)
    assert replaces(kind, other, other_is_ready=False) == (other in ended)
    assert replaces(kind, other, other_is_ready=True) == (other in ended - {PRINTED})
