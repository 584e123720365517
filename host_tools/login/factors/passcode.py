"""Temporary passcodes: the same word at each login, for a time of full access and for a time of little."""

from __future__ import annotations

from datetime import datetime

from host_tools.inventory.judging import Verdict
from host_tools.login import code_secrets
from host_tools.login.accounts import User
from host_tools.login.devices import Device
from host_tools.login.factors.port import Demand, Question
from host_tools.login.rules import reading
from host_tools.login.rules.passcodes import Phase, phase
from host_tools.login.system import Work
from host_tools.policy.kinds import DeviceKind


class Passcode:
    """Each login has a demand of its own, which is answered once; the passcode stays."""

    def ask(self, work: Work, user: User, device: Device) -> Question:
        """The passcode."""
        return Question(work.now + work.rules.challenge.lifetime)

    def judge(self, work: Work, user: User, device: Device, demand: Demand, typed: str) -> Verdict:
        """Raises MalformedCodeError, UnwrapError."""
        with code_secrets.passcode(work, device.secret) as (code, alphabet):
            right = reading.is_same(code, typed, alphabet)
        return Verdict.ACCEPTED if right else Verdict.REJECTED


def access(work: Work, device: Device) -> tuple[bool, datetime | None]:
    """Whether a session that the device opens now is limited, and when it ends at the latest (UTC), if that is set.

    No session outlasts its device, nor one of full access the time of it. The times are those of the day of issue, as
    is the passcode's end.
    """
    if device.kind is not DeviceKind.TEMPORARY_PASSCODE:
        return False, device.expires_at
    rules = work.inventory.rules(device.added_at).passcode
    if phase(device.added_at, work.now, rules.full, rules.limited) is Phase.FULL:
        return False, device.added_at + rules.full
    return True, device.expires_at
