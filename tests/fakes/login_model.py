"""What SECURE_LOGIN.md section 2 says of logins, written down apart from the product's code, and as plainly as can be.

Nothing is stored cleverly: everything that ever happened is in lists, and each question goes through all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fakes.token_codes import page_number_is_one, shown, well_formed
from host_tools.inventory.allowance import AT_ONCE, EVERY
from host_tools.policy.rules import FailureRules, Rules
from host_tools.policy.table import Policy


class RefusedError(Exception):
    """What the product has to refuse: the name of its error, and what that tells."""

    def __init__(self, error: str, *told: object) -> None:
        super().__init__(error, *told)


@dataclass
class Gadget:
    """A token as a user's device; `number` is whose key it has (`login_house.Hand`)."""

    id: int
    serial: str
    suite: str
    number: int
    has_alarm: bool
    is_mutual: bool
    state: str
    activated: datetime
    counter: int = 0
    last_step: int = -1
    drift: int = 0  # steps that its clock is taken to be ahead
    leant: int = 0  # steps that its last code was beside that
    due: datetime | None = None  # until when all is paid off that was issued

    @property
    def is_plain(self) -> bool:
        return not self.suite.startswith("OCRA")


@dataclass
class Question:
    """What was asked of a gadget under one reference."""

    gadget: Gadget
    issued: datetime
    expires: datetime
    challenge: str | None = None
    number: str | None = None  # the token's, for the page
    used: bool = False
    forgotten: bool = False


@dataclass
class Person:
    """A user; `happened` is each success, failure and identification, in order."""

    name: str
    password: str | None
    gadgets: list[Gadget]
    closed: bool = False
    happened: list[tuple[str, datetime, int | None]] = field(default_factory=list)
    asked: dict[str, Question] = field(default_factory=dict)

    def failures(self, now: datetime, *ends: str, gadget: Gadget | None = None) -> list[datetime]:
        """When he failed since one of these last happened, or when the one gadget did."""
        mine = [
            one for one in self.happened if gadget is None or one[2] == gadget.id or one[0] == "identified"
        ]
        last = max((place for place, one in enumerate(mine) if one[0] in ends), default=-1)
        since = mine[last][1] if last >= 0 else None
        wrong = [at for what, at, _ in mine[last + 1 :] if what == "failure"]
        late = [
            one.expires
            for one in self.asked.values()
            if one.challenge is not None
            and not one.used
            and one.expires <= now
            and (since is None or one.expires > since)
            and gadget in (None, one.gadget)
        ]
        return wrong + counting(late, rules(now).failures)


def rules(now: datetime) -> Rules:
    """The amounts: the policy's, which is a table, and no code under test."""
    return Policy.load().at(now)


def counting(late: list[datetime], limits: FailureRules) -> list[datetime]:
    """Of challenges that expired at these times those that count: ten or more in a day (2.6)."""
    counted: set[int] = set()
    for begin in late:
        day = [place for place, one in enumerate(late) if begin <= one < begin + limits.within]
        if len(day) >= limits.unanswered:
            counted.update(day)
    return [late[place] for place in counted]


def locked_until(times: list[datetime], now: datetime) -> datetime | None:
    """Ten in a day lock until a day after the last (2.4)."""
    limits = rules(now).failures
    end = None
    for last in times:
        day = [one for one in times if timedelta() <= last - one < limits.within]
        if len(day) >= limits.in_a_row and now < last + limits.locked_for:
            end = last + limits.locked_for if end is None else max(end, last + limits.locked_for)
    return end


class Model:
    """All users; each method is what the product is to answer, at the time `now`, or raises RefusedError."""

    def __init__(self, people: list[Person]) -> None:
        self.people = {one.name: one for one in people}
        self.log: list[tuple[str, str | None, int | None]] = []  # what is on record: event, user, device
        self.told: dict[str | None, datetime] = {}  # refusals that count for nobody are told once in a time

    def standing(self, name: str, gadget: Gadget, now: datetime) -> tuple[int, datetime | None, int, bool]:
        """Failures in a row; locked until; the most without a success; whether that blocks."""
        person = self.people[name]
        row = person.failures(now, "success")
        most = max(
            len(person.failures(now, "success", "identified")),
            len(person.failures(now, "success", "identified", gadget=gadget)),
        )
        return len(row), locked_until(row, now), most, most >= rules(now).failures.without_success

    def begin(self, name: str, now: datetime, wanted: int | None = None) -> tuple[Gadget, Question | None]:
        """Who is asked, and what, if it waits from before; else None, and `issued` tells what it was."""
        person = self.people[name]
        if person.closed:
            raise RefusedError("ClosedUserError")
        usable = [one for one in person.gadgets if one.state == "active" and wanted in (None, one.id)]
        if not usable:
            raise RefusedError("NoDeviceError" if wanted is None else "UnknownDeviceError")
        gadget = max(usable, key=lambda one: (one.activated, one.id))
        self.refuse(person, gadget, now)
        waiting = [
            one
            for one in person.asked.values()
            if one.gadget is gadget and not one.used and one.issued <= now < one.expires
        ]
        if waiting:
            return gadget, waiting[-1]
        if not gadget.is_plain and not gadget.is_mutual:
            self.pay(gadget, now)
        return gadget, None

    def begin_with(
        self, name: str, password: str, now: datetime, wanted: int | None = None
    ) -> tuple[Gadget, Question | None]:
        """The password comes first (2.1), and nothing tells whether it was right unless everything was."""
        person = self.people.get(name)
        if person is None:
            self.refused(None, now, counts=False)
            raise RefusedError("RefusedError")
        is_open = (
            locked_until(person.failures(now, "success"), now) is None
            and len(person.failures(now, "success", "identified")) < rules(now).failures.without_success
        )
        right = person.password is not None and password == person.password
        if right and is_open and not person.closed:
            try:
                return self.begin(name, now, wanted)
            except RefusedError as error:
                if error.args[0] not in ("LockedUserError", "BlockedUserError"):
                    raise
                # The device is, though its user is not.
        if is_open and not right:
            person.happened.append(("failure", now, None))
        self.refused(name, now, counts=is_open and not right)
        raise RefusedError("RefusedError")

    def refused(self, name: str | None, now: datetime, *, counts: bool) -> None:
        """It is on record, if it is a failure, or nothing was told of that user for a while."""
        told = self.told.get(name)
        if not counts:
            if told is not None and told <= now < told + rules(now).failures.told_every:
                return
            self.told[name] = now
        self.log.append(("first factor refused", name, None))

    def issued(self, name: str, reference: str, question: Question) -> None:
        """It was asked under this reference."""
        self.people[name].asked[reference] = question

    def answer_page(
        self, name: str, reference: str, number: str, now: datetime
    ) -> tuple[Question, str | None]:
        """The question that the number is of; its challenge, if it was answered with the same before (else None)."""
        person, question = self.people[name], self.open(name, reference, now)
        gadget = question.gadget
        if not gadget.is_mutual:
            raise RefusedError("NoPageNumberError")
        self.check(gadget)
        self.refuse(person, gadget, now)
        if not page_number_is_one(number):
            raise RefusedError("ChallengeFormatError")
        if question.challenge is not None and question.number == number:
            return question, question.challenge
        self.pay(gadget, now)
        if question.challenge is not None:
            question.expires = now
        return question, None

    def answer(self, name: str, reference: str, typed: str, now: datetime) -> tuple[bool, bool]:
        """Whether it is accepted, and whether with alarm."""
        person, question = self.people[name], self.open(name, reference, now)
        gadget = question.gadget
        self.check(gadget)
        self.refuse(person, gadget, now)
        if gadget.is_mutual and question.challenge is None:
            raise RefusedError("PageNumberNeededError")
        given = well_formed(gadget.suite, typed)
        if given is None:
            raise RefusedError("ResponseFormatError")
        accepted, alarm = self.judge(gadget, question, given, now)
        question.used = True
        person.happened.append(("success" if accepted else "failure", now, gadget.id))
        self.log.append((f"login {'accepted' if accepted else 'rejected'}", name, gadget.id))
        if alarm:
            self.log.append(("alarm", name, gadget.id))
        return accepted, alarm

    def judge(self, gadget: Gadget, question: Question, given: str, now: datetime) -> tuple[bool, bool]:
        """By the token's own computation; a counter moves past what was accepted, and never back."""
        code = rules(now).code
        if "TOTP" in gadget.suite:
            present = int(now.timestamp()) // 30
            middle = present + gadget.drift
            near = range(
                middle + min(0, gadget.leant) - code.drift_steps,
                middle + max(0, gadget.leant) + code.drift_steps + 1,
            )
            most = code.greatest_drift // timedelta(seconds=30)
            moving = [
                step
                for step in sorted(near, key=lambda step: abs(step - middle))
                if step > gadget.last_step and abs(step - present) <= most
            ]
        elif gadget.is_plain or "C-" in gadget.suite:
            moving = list(range(gadget.counter, gadget.counter + code.look_ahead + 1))
        else:
            moving = [0]
        for one in moving:
            keys = [False, True] if gadget.has_alarm else [False]
            fits = [
                alarm
                for alarm in keys
                if shown(gadget.suite, gadget.number, alarm, one, question.challenge, question.number)
                == given
            ]
            if fits:
                gadget.counter, gadget.last_step = one + 1, one
                if "TOTP" in gadget.suite:
                    self.follow(gadget, one - present)
                return True, True in fits
        return False, False

    def follow(self, gadget: Gadget, off: int) -> None:
        """What its clock is taken for moves when two codes in a row are to one side, as far as both of them are."""
        lean = off - gadget.drift
        while lean > 0 < gadget.leant or lean < 0 > gadget.leant:
            one = 1 if lean > 0 else -1
            gadget.drift, gadget.leant, lean = gadget.drift + one, gadget.leant - one, lean - one
        gadget.leant = lean

    def ended(self, name: str, now: datetime, gadget: Gadget | None = None) -> None:
        """With an account, a password or a device ends what waits for an answer."""
        for one in self.people[name].asked.values():
            if gadget in (None, one.gadget) and one.expires > now:
                one.used, one.expires = True, now

    def open(self, name: str, reference: str, now: datetime) -> Question:
        question = self.people[name].asked.get(reference)
        if question is None or question.forgotten:
            raise RefusedError("DemandNotOpenError", "unknown")
        if question.used:
            raise RefusedError("DemandNotOpenError", "used")
        if not question.issued <= now < question.expires:
            raise RefusedError("DemandNotOpenError", "expired")
        return question

    def check(self, gadget: Gadget) -> None:
        if gadget.state != "active":
            raise RefusedError("DemandNotOpenError", "expired")

    def refuse(self, person: Person, gadget: Gadget, now: datetime) -> None:
        if person.closed:
            raise RefusedError("ClosedUserError")
        failures, until, most, blocked = self.standing(person.name, gadget, now)
        if until is not None:
            raise RefusedError("LockedUserError", failures, until)
        if blocked:
            raise RefusedError("BlockedUserError", most)

    def pay(self, gadget: Gadget, now: datetime) -> None:
        """How much a token is issued is the inventory's rule: some hundreds at once, then one every three minutes."""
        after = (now if gadget.due is None else max(gadget.due, now)) + EVERY
        if after - now > AT_ONCE * EVERY:
            raise RefusedError("AllowanceSpentError")
        gadget.due = after
