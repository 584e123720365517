"""Code cards: two of the card's numbers are asked for, and their values are typed together."""

from __future__ import annotations

from collections import Counter
from typing import Final

from sqlalchemy import bindparam, select

from host_tools.inventory.judging import Verdict
from host_tools.inventory.schema import DemandRow, table_of
from host_tools.login import code_secrets
from host_tools.login.accounts import User
from host_tools.login.devices import Device
from host_tools.login.errors import DemandNotOpenError
from host_tools.login.factors.port import Demand, Question
from host_tools.login.rules import cards
from host_tools.login.system import Work
from host_tools.policy.kinds import DeviceKind


class Card:
    """No two numbers of a card are asked for together again, whether they were answered or not."""

    def ask(self, work: Work, user: User, device: Device) -> Question:
        """Two numbers that were asked for least. Raises CardUsedUpError, UnwrapError."""
        rules = work.rules.card
        uses = rules.online_uses if device.kind is DeviceKind.ONLINE_SECURITY_CODE_CARD else rules.uses
        pairs = {(row[0], row[1]) for row in work.connection.execute(_PAIRS, {"device": device.id})}
        used = Counter(index for pair in pairs for index in pair)
        with code_secrets.card(work, device.secret) as (_, shape):
            first, second = cards.choose(used, pairs, uses, shape)
        return Question(work.now + work.rules.challenge.lifetime, first=first, second=second)

    def judge(self, work: Work, user: User, device: Device, demand: Demand, typed: str) -> Verdict:
        """Raises MalformedCodeError, UnwrapError."""
        if demand.first is None or demand.second is None:
            raise DemandNotOpenError("unknown")
        with code_secrets.card(work, device.secret) as (secret, shape):
            right = cards.judge(secret, demand.first, demand.second, typed, shape)
        return Verdict.ACCEPTED if right else Verdict.REJECTED


_D: Final = table_of(DemandRow).c
_PAIRS: Final = select(_D.first, _D.second).where(
    _D.device_id == bindparam("device"), _D.first.is_not(None), _D.second.is_not(None)
)
