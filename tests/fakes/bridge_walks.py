"""What one user does with cards, passcodes, text messages and a new token, and what she withdraws, in any order."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

from fakes.bridge_model import (
    ONLINE,
    PASSCODE,
    PRINTED,
    SMS,
    TOKEN,
    Asking,
    Bridge,
    BridgeModel,
    Opened,
)  # fmt: skip
from fakes.login_histories import LoginHistories
from fakes.login_house import LOGIN
from fakes.login_model import Person
from fakes.token_codes import shown
from host_tools.login import (
    activating,
    answering,
    beginning,
    devices,
    help_desk,
    issuing,
    outbox,
    sessions,
    withdrawals,
)
from host_tools.login.beginning import Asked
from host_tools.policy import Policy
from host_tools.policy.kinds import DeviceKind

NAME = "dora"
FEW = """
[[policy]]
effective = 2020-01-01
[policy.card]
codes = 20
[policy.sms]
a_day = 4
[policy.withdrawals]
number_a_day = 6
"""
SPANS = st.sampled_from([1, 179, 180, 299, 300, 1800, 86399, 86400, 90000, 172800, 259200, 864000, 1814400])
PLACES = st.integers(0, 2)
HOW = st.sampled_from(["right", "right", "right", "wrong", "again", "short"])
AMOUNTS = st.sampled_from(
    [0, 1, 2_499_999, 2_500_001, 5_000_000, 10_000_000, 19_999_999, 20_000_000, 60_000_000]
)


def few() -> Policy:
    """Few codes of a card, and few messages and withdrawals a day: a history reaches the last of them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy.toml"
        path.write_text(FEW)
        return Policy.load(path)


class BridgeWalks(LoginHistories):
    """The clock is never set back here; times are in seconds, amounts in cents."""

    policy: ClassVar[Policy] = few()

    def __init__(self) -> None:
        super().__init__()
        self.house._number = 100
        self.house.user(NAME, phone="+41791234567")
        made = self.house.token(NAME, LOGIN, active=False)
        assert made.token is not None
        token = Bridge(made.id, made.token.serial, LOGIN, 101, False, False, "ready", self.clock())
        others = list(self.model.people.values())
        self.bridges = BridgeModel(Person(NAME, None, [token]), others, self.policy)
        self.model = self.bridges
        self.read = self.house.inventory.check_audit().sequence
        self.typed_last: dict[int, str] = {}
        self.asked_last: list[str] = []

    @rule(seconds=SPANS)
    def time_goes_by(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)
        self.touched.add(NAME)

    @rule(online=st.booleans())
    def a_card_is_issued(self, online: bool) -> None:
        now = self.clock()
        issued = issuing.issue_card(self.system, NAME, online=online)
        kind = ONLINE if online else PRINTED
        for one in self.bridges.held():
            if one.kind is kind and one.state == "ready":
                self.bridges.end(one, now)
        ends = now + self.bridges.rules(now).card.online_lifetime if online else None
        self.added(issued.device.id, kind, "ready", ends, [bytes(one).decode() for one in issued.codes])

    @rule()
    def a_passcode_is_issued(self) -> None:
        now = self.clock()
        blocked = self.is_blocked(now)
        both = self.both(
            lambda: self.bridges.issue_passcode(now),
            lambda: issuing.issue_passcode(self.system, NAME, "passport"),
        )
        if both is not None:
            number = devices.devices(self.system, NAME)[-1].id
            ends = now + self.bridges.rules(now).passcode.lifetime
            assert both[1].lifted == blocked
            self.lifted(now, blocked=blocked)
            self.bridges.activate(self.added(number, PASSCODE, "active", ends, [both[1].code.decode()]), now)

    @rule()
    def text_messages_are_begun_with(self) -> None:
        now = self.clock()
        both = self.both(lambda: self.bridges.add_sms(now), lambda: issuing.add_sms(self.system, NAME))
        if both is not None:
            self.bridges.activate(self.added(both[1].id, SMS, "active", None, []), now)

    def added(self, number: int, kind: DeviceKind, state: str, ends: object, codes: list[str]) -> Bridge:
        made = Bridge(number, "", "", 0, False, False, state, self.clock())
        made.kind, made.added, made.ends, made.codes = kind, self.clock(), ends, codes  # type: ignore[assignment]
        self.bridges.person.gadgets.append(made)
        self.touched.add(NAME)
        return made

    @rule(place=st.one_of(st.none(), PLACES))
    def she_is_asked(self, place: int | None) -> None:
        self.ask(place)

    @rule(place=PLACES)
    def she_is_asked_to_activate(self, place: int) -> None:
        self.ask_to_activate(place)

    def ask(self, place: int | None) -> str | None:
        now, wanted = self.clock(), None if place is None else self.device(place)
        both = self.both(
            lambda: self.bridges.ask(now, wanted),
            lambda: beginning.begin_vouched(self.system, NAME, None if wanted is None else wanted.id),
        )
        return self.was_asked(both, "login")

    def ask_to_activate(self, place: int) -> str | None:
        now, device = self.clock(), self.device(place)
        both = self.both(
            lambda: self.bridges.ask_to_activate(now, device),
            lambda: activating.begin_activation_vouched(self.system, NAME, device.id),
        )
        return self.was_asked(both, "activation")

    def was_asked(self, both: tuple[tuple[Bridge, Asking | None], Asked] | None, purpose: str) -> str | None:
        self.touched.add(NAME)
        if both is None:
            return None
        (device, waiting), asked = both
        assert asked.device == device.id
        known = self.bridges.person.asked
        assert (waiting is not None) == (asked.reference in known)
        if waiting is None:
            known[asked.reference] = self.question(device, asked, purpose)
            self.asked_last.append(asked.reference)
        assert known[asked.reference] is (waiting or known[asked.reference])
        assert asked.expires_at == known[asked.reference].expires
        return str(asked.reference)

    def question(self, device: Bridge, asked: Asked, purpose: str) -> Asking:
        """What was asked anew; no pair ever again."""
        now, rules = self.clock(), self.bridges.rules(self.clock())
        lifetime = rules.sms.lifetime if device.kind is SMS else rules.challenge.lifetime
        made = Asking(device, now, now + lifetime, purpose=purpose)
        if device.kind is TOKEN:
            made.challenge = asked.challenge
            made.right = shown(LOGIN, device.number, False, 0, asked.challenge)
        elif device.kind is SMS:
            self.bridges.messages.append(now)
            (waiting,) = outbox.messages(self.system, waiting=True)
            made.right = outbox.read(self.system, waiting.id)[: rules.sms.digits]
        elif device.kind is PASSCODE:
            made.right = device.codes[0]
        else:
            assert asked.indexes is not None
            pair = frozenset(asked.indexes)
            assert pair in self.bridges.pairs_left(device, now)
            device.pairs.append(pair)
            # Not answered, it counts as a challenge does.
            made.challenge = " ".join(map(str, asked.indexes))
            made.right = "".join(device.codes[index - 1] for index in asked.indexes)
        return made

    @rule(back=st.integers(0, 3), how=HOW, activates=st.booleans())
    def something_is_answered(self, back: int, how: str, activates: bool) -> None:
        if self.asked_last:
            reference = self.asked_last[-1 - back % len(self.asked_last)]
            self.answer_to(reference, how, "activation" if activates else "login")

    @rule(place=st.one_of(st.none(), PLACES), how=HOW)
    def she_logs_in(self, place: int | None, how: str) -> None:
        self.log_in(place, how)

    def log_in(self, place: int | None, how: str = "right") -> bool:
        """Whether anything was answered."""
        reference = self.ask(place)
        return reference is not None and self.answer_to(reference, how, "login")

    @rule(place=PLACES, how=HOW)
    def she_activates(self, place: int, how: str) -> None:
        reference = self.ask_to_activate(place)
        if reference is not None:
            self.answer_to(reference, how, "activation")

    def answer_to(self, reference: str, how: str, purpose: str) -> bool:
        """Whether it was judged."""
        question = self.bridges.person.asked[reference]
        assert isinstance(question, Asking)
        device, now = question.gadget, self.clock()
        assert isinstance(device, Bridge)
        typed = question.right
        if how == "wrong":
            typed = typed[:-1] + ("4" if typed[-1] == "3" else "3")
        elif how == "again":
            typed = self.typed_last.get(device.id, typed)
        judge = activating.answer_activation if purpose == "activation" else answering.answer
        given = typed[1:] if how == "short" else typed
        both = self.both(
            lambda: self.bridges.judged(reference, None if how == "short" else typed, purpose, now),
            lambda: judge(self.system, reference, given),
        )
        self.touched.add(NAME)
        if both is None:
            return False
        accepted, answered = both
        assert answered.accepted == accepted
        if accepted:
            self.typed_last[device.id] = typed
        if accepted and purpose == "login":
            ends, limited = self.bridges.opens(device, now)
            assert (answered.expires_at, answered.is_limited) == (ends, limited)
            self.bridges.sessions.append(Opened(answered.session, device, now, ends, limited))
        return True

    @rule(cents=AMOUNTS, back=st.integers(0, 2))
    def she_withdraws(self, cents: int, back: int) -> None:
        if not self.bridges.sessions:
            return
        one, now = self.bridges.sessions[-1 - back % len(self.bridges.sessions)], self.clock()
        both = self.both(
            lambda: self.bridges.withdraw(one, cents, now),
            lambda: withdrawals.withdraw(self.system, one.token, cents).judged,
        )
        if both is not None:
            expected, judged = both
            assert expected == (judged.reason, judged.left_today, judged.left_in_window)

    @rule(cents=AMOUNTS, times=st.integers(1, 5), days=st.integers(0, 3))
    def she_spends(self, cents: int, times: int, days: int) -> None:
        for _ in range(times):
            self.log_in(None)
            self.she_withdraws(cents, 0)
            self.time_goes_by(days * 86400)

    @rule()
    def sessions_are_looked_at(self) -> None:
        for one in self.bridges.sessions:
            both = self.both(
                lambda one=one: self.bridges.session(one, self.clock()),
                lambda one=one: sessions.session(self.system, one.token),
            )
            assert both is None or (both[1].device.id, both[1].is_limited) == (one.device.id, one.limited)

    @rule(days=st.integers(1, 4), place=PLACES)
    def she_guesses_nine_times_a_day(self, days: int, place: int) -> None:
        for _ in range(days):
            for _ in range(9):
                if not self.log_in(place, "wrong"):
                    break
            self.clock.advance(hours=25)
        self.touched.add(NAME)

    @rule()
    def she_is_identified(self) -> None:
        now = self.clock()
        blocked = self.is_blocked(now)
        assert help_desk.identify(self.system, NAME, "passport") == blocked
        self.lifted(now, blocked=blocked)

    def is_blocked(self, now: datetime) -> bool:
        held = [one for one in self.bridges.held() if one.state != "ended"]
        return any(self.bridges.standing(NAME, one, now)[3] for one in held)

    def lifted(self, now: datetime, *, blocked: bool) -> None:
        """She was identified."""
        if blocked:
            self.bridges.person.happened.append(("identified", now, None))
        self.touched.add(NAME)

    def device(self, place: int) -> Bridge:
        """The newest ones first, so that what was just issued is used."""
        held = self.bridges.held()
        return held[-1 - place % len(held)]
