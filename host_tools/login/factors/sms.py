"""Codes by text message: drawn when they are asked for, good for one answer, and put into the outbox at once."""

from __future__ import annotations

from datetime import timedelta

from dsc.crypto.memory import wipe
from host_tools.inventory.errors import UnwrapError
from host_tools.inventory.judging import Verdict
from host_tools.login import expiring, kept, outbox
from host_tools.login.accounts import User
from host_tools.login.devices import Device
from host_tools.login.errors import DemandNotOpenError, NoPhoneError
from host_tools.login.factors.port import Demand, Question
from host_tools.login.sms import codes, texts
from host_tools.login.system import Work


class Sms:
    """A code that waits is not sent again: whoever begins logins floods no telephone."""

    def ask(self, work: Work, user: User, device: Device) -> Question:
        """A new code, on its way to the user's number. Raises NoPhoneError, TooManyMessagesError."""
        if user.phone is None:
            raise NoPhoneError(user.name)
        rules = work.rules.sms
        expires_at = work.now + rules.lifetime
        code, text = codes.new_code(rules.digits), bytearray()
        try:
            minutes = max(1, rules.lifetime // timedelta(minutes=1))
            text = bytearray(texts.message(user.language, code, minutes).encode())
            # What still waits has a code that was used up, or has expired: it would be typed instead of the new one.
            outbox.stop(work, user.id)
            outbox.put(work, user.id, user.name, user.phone, text, expires_at)
            expiring.forget_expired(work)
            return Question(expires_at, secret=kept.keep(work, kept.SMS_CODE, code))
        finally:
            wipe(code, text)

    def judge(self, work: Work, user: User, device: Device, demand: Demand, typed: str) -> Verdict:
        """The code is forgotten, right or wrong. Raises MalformedCodeError, DemandNotOpenError."""
        try:
            code = kept.opened(work, demand.secret, kept.SMS_CODE)
        except UnwrapError:
            if demand.secret is None:
                raise DemandNotOpenError("expired") from None
            raise
        try:
            right = codes.is_right(code, typed)
        finally:
            wipe(code)
        kept.forget(work, demand.secret)
        return Verdict.ACCEPTED if right else Verdict.REJECTED
