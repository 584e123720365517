"""Logins in the product and in the model of its rules, at any times: what one says, the other says too."""

from __future__ import annotations

import copy
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

from argon2 import PasswordHasher
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import event, select

from fakes import login_model
from fakes.hand_clock import HandClock
from fakes.login_house import COUNTING, LOGIN, PASSWORD, Hand, House
from fakes.login_model import Gadget, Model, Person, Question, RefusedError
from fakes.token_codes import padded
from host_tools.inventory import Location
from host_tools.inventory.errors import InventoryError
from host_tools.inventory.schema import AuditRow
from host_tools.login import accounts, answering, beginning, devices, passwords, standing
from host_tools.login.errors import LoginError
from host_tools.login.rules.code_errors import CodeError
from host_tools.login.rules.errors import RuleError
from host_tools.policy import Policy

ON_RECORD = ("login accepted", "login rejected", "alarm", "first factor refused")
# What each user holds: suite, whether with a duress PIN, in mutual mode, and active from the beginning.
HELD = {
    "alice": [(LOGIN, True, False, True), ("HOTP-SHA1-6", False, False, True), (LOGIN, False, False, False)],
    "bob": [(COUNTING, True, False, True), ("TOTP-SHA256-8-T30S", True, False, True)],
    "carol": [(LOGIN, True, True, True), ("HOTP-SHA1-6", True, False, True)],
}
NAMES = st.sampled_from(sorted(HELD))
PLACES = st.sampled_from([0, 1, 2, None])
TIMES = st.integers(1, 11)
SPANS = st.sampled_from([1, 29, 30, 61, 179, 180, 600, 1800, 3599, 86399, 86400, 90000, 259200, 3456000])
BACK = st.sampled_from([1, 31, 200, 3600, 90000, 2000000])
RECENT = st.integers(0, 6)
HOW = st.sampled_from(["right", "alarm", "wrong", "again", "spaced", "short", "letters", "ahead", "behind"])
NUMBERS = st.sampled_from(["123457", "123458", "123 457", "000016", "12345"])


@dataclass(frozen=True)
class Template:
    """A login system with its users, which each history begins with a copy of."""

    folder: Path
    hands: dict[str, Hand]
    people: list[Person]


@contextmanager
def quick_passwords() -> Iterator[None]:
    """Argon2 with the least of work."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with mock.patch.multiple(passwords, _HASHER=quick, _NOBODYS=quick.hash("nobody's")):
        yield


def template(folder: Path) -> Template:
    """Make it, with quick passwords."""
    clock = HandClock()
    house = House(Location.inside(folder), clock)
    people = []
    for name, held in HELD.items():
        house.user(name, PASSWORD)
        gadgets = []
        for suite, alarm, is_mutual, active in held:
            made = house.token(name, suite, alarm=alarm, is_mutual=is_mutual, active=active)
            assert made.token is not None
            number = house.hands[made.token.serial].number
            gadgets.append(
                Gadget(made.id, made.token.serial, suite, number, alarm, is_mutual, made.state.value, clock())
            )
        people.append(Person(name, PASSWORD, gadgets))
    house.close()
    return Template(folder, house.hands, people)


class LoginHistories(RuleBasedStateMachine):
    """Every rule is something that somebody does; times are in seconds."""

    template: ClassVar[Template]
    policy: ClassVar[Policy | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "copy"
        shutil.copytree(self.template.folder, folder)
        self.clock = HandClock()
        self.house = House(Location.inside(folder), self.clock, self.policy)
        self.stack.callback(self.house.close)
        self.system = self.house.system
        # Nothing has to outlive this process.
        engine = self.house.inventory._database._engine
        engine.dispose()
        event.listen(engine, "connect", lambda made, _: made.execute("PRAGMA synchronous = OFF"))
        self.house.hands = copy.deepcopy(self.template.hands)
        self.model = Model(copy.deepcopy(self.template.people))
        self.asked: list[tuple[str, str]] = []  # user, reference
        self.challenges: dict[int, set[bytes]] = {}  # of a device, as they enter the computation
        self.accepted: set[tuple[int, object]] = set()
        self.typed: dict[int, str] = {}  # what was last accepted of a device
        self.opened: list[list[Any]] = []  # session, user, device, when, whether it was ended
        self.head = self.house.inventory.check_audit()
        self.read = self.head.sequence
        self.told = 0  # entries of the model's log that were found in the product's
        self.touched = set(HELD)

    def teardown(self) -> None:
        try:
            self.house.inventory.check_audit(self.head)
        finally:
            self.stack.close()

    # What is compared.

    def both(self, expected: Callable[[], Any], real: Callable[[], Any]) -> tuple[Any, Any] | None:
        """What the two say; None if both refuse, for the same reason."""
        told, refused = None, None
        try:
            told = expected()
        except RefusedError as error:
            refused = error.args
        try:
            found = real()
        except (LoginError, InventoryError, CodeError, RuleError) as error:
            if reason(error) != refused:
                raise AssertionError(f"{reason(error)} instead of {refused or told}") from error
            return None
        assert refused is None, f"not refused: {refused}"
        return told, found

    @invariant()
    def users_stand_as_they_should(self) -> None:
        for name in sorted(self.touched):
            with self.system.reading() as work:
                user = accounts.user_in(work, name)
                for gadget in self.model.people[name].gadgets:
                    device = devices.device_in(work, user, gadget.id)
                    counting = standing.counting(work, user.id, device)
                    found = standing.standing(*counting, user.id, device, work.now, work.rules.failures)
                    real = found.failures, found.locked_until, found.most, found.blocked
                    assert real == self.model.standing(name, gadget, self.clock())
                    assert device.state == gadget.state
        self.touched.clear()

    @invariant()
    def the_audit_log_has_what_happened_and_nothing_else(self) -> None:
        with self.house.inventory.reading() as session:
            new = session.scalars(
                select(AuditRow).where(AuditRow.sequence > self.read).order_by(AuditRow.sequence)
            ).all()
            details = [(one.event, json.loads(one.detail)) for one in new]
        found = [(name, told.get("user"), told.get("device")) for name, told in details if name in ON_RECORD]
        assert found == self.model.log[self.told :]
        self.read += len(new)
        self.told = len(self.model.log)

    # What is done.

    def gadget(self, name: str, place: int | None) -> Gadget | None:
        held = self.model.people[name].gadgets
        return None if place is None else held[place % len(held)]

    def begin(self, name: str, place: int | None, password: str | None = None) -> str | None:
        """The reference, if something is asked."""
        gadget, now = self.gadget(name, place) if name in HELD else None, self.clock()
        wanted = None if gadget is None else gadget.id
        if password is None:
            both = self.both(
                lambda: self.model.begin(name, now, wanted),
                lambda: beginning.begin_vouched(self.system, name, wanted),
            )
        else:
            both = self.both(
                lambda: self.model.begin_with(name, password, now, wanted),
                lambda: beginning.begin(self.system, name, password, wanted),
            )
        self.touched |= {name} & set(HELD)
        if both is None:
            return None
        (chosen, waiting), asked = both
        assert (asked.device, asked.serial) == (chosen.id, chosen.serial)
        known = self.model.people[name].asked
        assert (waiting is not None) == (asked.reference in known)
        if waiting is None:
            waiting = Question(chosen, now, now + login_model.rules(now).challenge.lifetime, asked.challenge)
            assert (asked.challenge is None) == (chosen.is_plain or chosen.is_mutual)
            self.is_new(name, asked.reference, waiting)
        assert known[asked.reference] is waiting
        assert (asked.challenge, asked.expires_at) == (waiting.challenge, waiting.expires)
        return str(asked.reference)

    def is_new(self, name: str, reference: str, question: Question) -> None:
        """No challenge comes twice, as it enters the computation."""
        self.asked.append((name, reference))
        self.model.issued(name, reference, question)
        if question.challenge is not None:
            seen = self.challenges.setdefault(question.gadget.id, set())
            assert padded(question.challenge) not in seen
            seen.add(padded(question.challenge))

    def answer_page(self, name: str, reference: str, number: str) -> str | None:
        now = self.clock()
        plain = number.replace(" ", "")
        both = self.both(
            lambda: self.model.answer_page(name, reference, plain, now),
            lambda: answering.answer_page(self.system, reference, number),
        )
        if both is None:
            return None
        (question, known), page = both
        expires = now + login_model.rules(now).challenge.lifetime
        if known is not None:
            assert (page.asked.reference, page.asked.challenge) == (reference, known)
        elif question.challenge is None:
            question.challenge, question.number, question.expires = page.asked.challenge, plain, expires
            assert page.asked.reference == reference
            self.is_new(name, reference, question)
        else:
            question = Question(question.gadget, now, expires, page.asked.challenge, plain)
            assert page.asked.reference not in self.model.people[name].asked
            self.is_new(name, page.asked.reference, question)
        hand = self.house.hands[question.gadget.serial]
        hand.page_number = plain
        assert hand.checks(page)
        assert page.asked.expires_at == question.expires
        return str(page.asked.reference)

    def answer(self, name: str, reference: str, how: str) -> bool:
        question = self.model.people[name].asked[reference]
        gadget, now = question.gadget, self.clock()
        typed = self.typing(gadget, question, how)
        both = self.both(
            lambda: self.model.answer(name, reference, typed, now),
            lambda: answering.answer(self.system, reference, typed),
        )
        self.touched.add(name)
        if both is None:
            return False
        (accepted, alarm), answered = both
        assert (answered.accepted, answered.is_alarm) == (accepted, alarm)
        assert (answered.user, answered.device) == (name, gadget.id)
        if accepted:
            moving = gadget.last_step if gadget.is_plain else question.challenge
            assert (gadget.id, moving) not in self.accepted
            self.accepted.add((gadget.id, moving))
            self.typed[gadget.id] = typed
            assert answered.expires_at == now + login_model.rules(now).session.login
            self.opened.append([answered.session, name, gadget.id, now, False])
        return True

    def typing(self, gadget: Gadget, question: Question, how: str) -> str:
        hand = self.house.hands[gadget.serial]
        if how == "again" and gadget.id in self.typed:
            return self.typed[gadget.id]
        if not gadget.is_plain and question.challenge is None:
            return "12345678"  # the page has not shown a challenge
        hand.page_number = question.number
        # Those who have the time have it as of their last code, or a step before or after.
        off = gadget.drift + {"ahead": 1, "behind": -1}.get(how, 0)
        right = hand.shows(
            question.challenge,
            self.clock() + timedelta(seconds=30 * off),
            alarm=how == "alarm" and gadget.has_alarm,
        )
        other = f"{(int(right) + 1) % 10 ** len(right):0{len(right)}}"
        return {
            "wrong": other, "spaced": f" {right[:3]} {right[3:5]}-{right[5:]}", "short": right[1:],
            "letters": "abc" + right[3:],
        }.get(how, right)  # fmt: skip

    def login(self, name: str, place: int | None, how: str) -> bool:
        """Whether anything was answered."""
        reference = self.begin(name, place)
        if reference is not None and self.model.people[name].asked[reference].gadget.is_mutual:
            self.answer_page(name, reference, "123457")
        return reference is not None and self.answer(name, reference, how)


def reason(error: BaseException) -> tuple[object, ...]:
    """As `RefusedError` says it."""
    told = {
        "DemandNotOpenError": ("reason",), "LockedUserError": ("failures", "until"), "BlockedUserError": ("failures",),
    }  # fmt: skip
    name = type(error).__name__
    return (name, *(getattr(error, one) for one in told.get(name, ())))
