"""What SECURE_LOGIN.md says of what bridges the time until a token, and of withdrawals: apart from the product's code.

The failures, locks and blocks of a user are those of `login_model`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import combinations

from holidays import financial_holidays

from fakes.login_model import Gadget, Model, Person, Question, RefusedError
from host_tools.policy import Policy
from host_tools.policy.kinds import DeviceKind
from host_tools.policy.rules import Rules

TOKEN, PRINTED, ONLINE = (
    DeviceKind.DSC_PLUS, DeviceKind.SECURITY_CODE_CARD, DeviceKind.ONLINE_SECURITY_CODE_CARD,
)  # fmt: skip
PASSCODE, SMS = DeviceKind.TEMPORARY_PASSCODE, DeviceKind.SMS
# What ends when one is activated: of others' kinds in any state, and of those that are active.
ENDS = {
    TOKEN: ({ONLINE, PASSCODE, SMS}, set()),
    PRINTED: ({ONLINE, PASSCODE, SMS}, {PRINTED}),
    ONLINE: ({ONLINE, PASSCODE}, {PRINTED}),
    PASSCODE: ({PASSCODE}, set()),
    SMS: ({SMS}, set()),
}
HOLIDAYS = financial_holidays("NYSE", years=range(2025, 2032), expand=False)


@dataclass
class Bridge(Gadget):
    """A device of any kind; `codes` are those of a card, or the one of a passcode."""

    kind: DeviceKind = TOKEN
    added: datetime | None = None
    ends: datetime | None = None
    codes: list[str] = field(default_factory=list)
    pairs: list[frozenset[int]] = field(default_factory=list)  # all that were ever asked for together

    def is_over(self, now: datetime) -> bool:
        return self.ends is not None and now >= self.ends


@dataclass
class Asking(Question):
    """What was asked of it, and the answer to it."""

    purpose: str = "login"
    right: str = ""


@dataclass
class Opened:
    """A session, as it should be."""

    token: str
    device: Bridge
    at: datetime
    ends: datetime
    limited: bool
    ended: bool = False


class BridgeModel(Model):
    """One user is enough: what is of one user is of no other, in `login_model`."""

    def __init__(self, person: Person, others: list[Person], policy: Policy) -> None:
        super().__init__([person, *others])
        self.person = person
        self.policy = policy
        self.messages: list[datetime] = []
        self.sessions: list[Opened] = []
        self.bridged: list[tuple[bool, datetime]] = []  # a passcode was issued; or another device was in hand
        self.withdrawn: list[tuple[datetime, int]] = []
        self.asked_for: Counter[date] = Counter()  # withdrawals, allowed and refused

    def rules(self, now: datetime) -> Rules:
        return self.policy.at(now)

    def held(self) -> list[Bridge]:
        return [one for one in self.person.gadgets if isinstance(one, Bridge)]

    def ask(self, now: datetime, wanted: Bridge | None = None) -> tuple[Bridge, Question | None]:
        """Whose turn it is at a login, and what waits for him."""
        active = [one for one in self.held() if one.state == "active" and wanted in (None, one)]
        usable = [one for one in active if not one.is_over(now)]
        if not usable:
            raise RefusedError(
                "ExpiredDeviceError" if active else "UnknownDeviceError" if wanted else "NoDeviceError"
            )
        return self.asked(max(usable, key=lambda one: (one.activated, one.id)), now, "login")

    def ask_to_activate(self, now: datetime, device: Bridge) -> tuple[Bridge, Question | None]:
        if device.state != "ready":
            raise RefusedError("DeviceStateError")
        if device.is_over(now):
            raise RefusedError("ExpiredDeviceError")
        return self.asked(device, now, "activation")

    def asked(self, device: Bridge, now: datetime, purpose: str) -> tuple[Bridge, Question | None]:
        self.refuse(self.person, device, now)
        for one in self.person.asked.values():
            assert isinstance(one, Asking)
            if one.gadget is device and one.purpose == purpose and not one.used and now < one.expires:
                return device, one
        if device.kind in (PRINTED, ONLINE) and not self.pairs_left(device, now):
            raise RefusedError("CardUsedUpError")
        if device.kind is SMS and self.messages_lately(now) >= self.rules(now).sms.a_day:
            raise RefusedError("TooManyMessagesError")
        return device, None

    def pairs_left(self, device: Bridge, now: datetime) -> list[frozenset[int]]:
        """All that may be asked for: no index too often, no pair twice."""
        rules = self.rules(now).card
        most = rules.online_uses if device.kind is ONLINE else rules.uses
        uses = Counter(index for pair in device.pairs for index in pair)
        free = [index for index in range(1, rules.codes + 1) if uses[index] < most]
        return [frozenset(pair) for pair in combinations(free, 2) if frozenset(pair) not in device.pairs]

    def messages_lately(self, now: datetime) -> int:
        return sum(now - at < timedelta(days=1) for at in self.messages)

    def judged(self, reference: str, typed: str | None, purpose: str, now: datetime) -> bool:
        """The verdict on what was typed; None is what can be no code."""
        question = self.open(self.person.name, reference, now)
        assert isinstance(question, Asking)
        if question.purpose != purpose:
            raise RefusedError("DemandNotOpenError", "unknown")
        device = question.gadget
        assert isinstance(device, Bridge)
        if device.state != ("active" if purpose == "login" else "ready") or device.is_over(now):
            raise RefusedError("DemandNotOpenError", "expired")
        self.refuse(self.person, device, now)
        if typed is None:
            raise RefusedError("ResponseFormatError" if device.kind is TOKEN else "MalformedCodeError")
        accepted = typed == question.right
        question.used = True
        self.person.happened.append(("success" if accepted else "failure", now, device.id))
        if purpose == "login":
            self.log.append((f"login {'accepted' if accepted else 'rejected'}", self.person.name, device.id))
            if accepted and device.kind is not PASSCODE:
                self.bridged.append((False, now))
        elif accepted:
            self.activate(device, now)
        return accepted

    def activate(self, device: Bridge, now: datetime) -> None:
        device.state, device.activated = "active", now
        self.bridged.append((device.kind is PASSCODE, now))
        always, active = ENDS[device.kind]
        for one in self.held():
            if one is not device and (one.kind in always or (one.kind in active and one.state == "active")):
                self.end(one, now)

    def end(self, device: Bridge, now: datetime) -> None:
        if device.state == "ended":
            return
        device.state = "ended"
        self.ended(self.person.name, now, device)
        for one in self.sessions:
            one.ended |= one.device is device

    def issue_passcode(self, now: datetime) -> None:
        """Since the last one something else has to have been in hand."""
        issued = [at for is_passcode, at in self.bridged if is_passcode]
        if issued and not any(at > issued[-1] for is_passcode, at in self.bridged if not is_passcode):
            raise RefusedError("PasscodeTwiceError")

    def add_sms(self, now: datetime) -> None:
        for one in self.held():
            if one.state == "active" and not one.is_over(now):
                raise RefusedError("DeviceStateError" if one.kind is SMS else "DeviceKindError")

    def opens(self, device: Bridge, now: datetime) -> tuple[datetime, bool]:
        """Until when the session that it opens now is, and whether it is limited."""
        ends, limited = device.ends, False
        if device.kind is PASSCODE:
            assert device.added is not None
            full = device.added + self.rules(now).passcode.full
            limited = now >= full
            ends = device.ends if limited else full
        until = now + self.rules(now).session.login
        return (until if ends is None else min(until, ends)), limited

    def session(self, one: Opened, now: datetime) -> Opened:
        if one.ended or not one.at <= now < one.ends or one.device.is_over(now):
            raise RefusedError("SessionError")
        return one

    def withdraw(self, one: Opened, cents: int, now: datetime) -> tuple[str | None, int | None, int | None]:
        """Why not, and what is left of the day and of the window after it."""
        if self.session(one, now).limited:
            raise RefusedError("LimitedSessionError")
        today = self.day(now)
        if self.asked_for[today] >= self.rules(now).withdrawals.number_a_day:
            raise RefusedError("TooManyWithdrawalsError")
        if cents < 1:
            raise RefusedError("AmountError")
        self.asked_for[today] += 1
        limit = self.rules(now).withdrawals.limit(one.device.kind)
        left_today = left_in_window = reason = None
        if limit.day is not None:
            left_today = max(0, limit.day - sum(c for at, c in self.withdrawn if self.day(at) == today))
            reason = "day" if cents > left_today else None
        if limit.window is not None:
            counts = [c for at, c in self.withdrawn if trading_days(self.day(at), today) < 5]
            left_in_window = max(0, limit.window - sum(counts))
            reason = "window" if cents > left_in_window else reason
        if reason is None:
            self.withdrawn.append((now, cents))
            left_today = None if left_today is None else left_today - cents
            left_in_window = None if left_in_window is None else left_in_window - cents
        return reason, left_today, left_in_window

    def day(self, at: datetime) -> date:
        return at.astimezone(self.rules(at).time_zone).date()


def trading_days(after: date, until: date) -> int:
    """How many days on which the market trades there are after the one day, up to the other."""
    days = (after + timedelta(days=one) for one in range(1, (until - after).days + 1))
    return sum(day.weekday() < 5 and day not in HOLIDAYS for day in days)
