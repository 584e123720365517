"""The help desk and the rule of two operators against models of their rules, in any order and at any times."""

import shutil
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.confirm import confirmation
from host_tools.inventory import Inventory, Location, NewCredential, four_eyes, governing
from host_tools.inventory.asking import ask
from host_tools.inventory.desk_errors import (
    BlockedError,
    DailyLimitError,
    LockedError,
    OperatorsNeededError,
    RequestError,
    SessionNeededError,
    WrongResponseError,
)
from host_tools.inventory.help_desk import authenticate, confirm, identify
from host_tools.inventory.verify import answer, issue_challenge

LOGIN = Suite.parse("OCRA-1:HOTP-SHA256-8:QN06")
KEYS = {number: bytes([number]) * 32 for number in range(1, 5)}
ALARM = bytes(range(32))
NUMBER = "12345679"
DAY = timedelta(hours=24)
QUARTER = timedelta(minutes=15)
MINUTES = st.sampled_from([1, 2, 4, 8, 14, 60, 400, 1440])
OPERATORS = {"alice": 2, "bob": 3, "carol": 4}


@pytest.fixture(scope="module", autouse=True)
def template(tmp_path_factory):
    """An inventory with a token DS-1 and three operators, which each run begins with a copy of."""
    folder = tmp_path_factory.mktemp("template")
    with Inventory.open(Location.inside(folder), now=lambda: START) as inventory:
        for number, key in KEYS.items():
            alarm = bytearray(ALARM) if number == 1 else None
            new = NewCredential(id=bytes([number]) * 16, label="Login", key=bytearray(key), alarm_key=alarm)
            inventory.record_in_doubt(
                f"DS-{number}", board="b", uid=b"u", firmware_version="0", credentials=[new]
            )
            inventory.mark_sealed(f"DS-{number}")
        for name, number in OPERATORS.items():
            governing.add_operator(inventory, name, f"DS-{number}")
        governing.turn_on(inventory, four_eyes.KEY_EXPORT)
    Desk.template = folder
    return folder


START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Desk(RuleBasedStateMachine):
    """A copy of the inventory, and a clock that only goes forward."""

    template = Path()

    def __init__(self):
        super().__init__()
        self.now = START
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "copy"
        shutil.copytree(self.template, folder)
        self.inventory = self.stack.enter_context(
            Inventory.open(Location.inside(folder), now=lambda: self.now)
        )

    def teardown(self):
        self.inventory.check_audit()
        self.stack.close()

    @rule(minutes=MINUTES)
    def time_goes_by(self, minutes):
        self.now += timedelta(minutes=minutes)

    def response(self, number, question, key=None):
        return respond(LOGIN, KEYS[number] if key is None else key, question)


class HelpDesk(Desk):
    """One token: what it may do now follows from what was done, and when."""

    def __init__(self):
        super().__init__()
        self.wrong, self.against = [], []  # since a success; since that or an identification
        self.unanswered, self.confirmed = [], []
        self.forgiven = START - DAY
        self.session = None  # when, and with which key
        self.open = None  # a challenge, and when it expires

    def lapse(self):
        if self.open is not None and self.now >= self.open[1]:
            self.unanswered.append(self.open[1])
            self.open = None

    def counting(self, since):
        """When challenges expired that nobody answered, of those that count as failures."""
        late = [one for one in self.unanswered if one > since]
        return [
            one
            for one in late
            if any(
                begin <= one < begin + DAY and sum(begin <= other < begin + DAY for other in late) >= 10
                for begin in late
            )
        ]

    def refusal(self):
        """The error that anything meets now."""
        self.lapse()
        times = sorted(self.wrong + self.counting(START - DAY))
        if any(
            last - first < DAY and self.now < last + DAY
            for first, last in zip(times, times[9:], strict=False)
        ):
            return LockedError
        if len(self.against + self.counting(self.forgiven)) >= 30:
            return BlockedError
        return None

    def ask(self):
        refusal = self.refusal()
        if refusal is not None:
            with pytest.raises(refusal):
                ask(self.inventory, "DS-1")
            return None
        asked = ask(self.inventory, "DS-1")
        assert (self.open is None) or self.open == (asked.question, asked.expires_at)
        self.open = (asked.question, asked.expires_at)
        return asked.question

    @rule(times=st.integers(1, 11))
    def callers_who_say_nothing(self, times):
        for _ in range(times):
            self.ask()
            self.now += timedelta(minutes=3)

    @rule(times=st.integers(1, 11))
    def some_callers_guess(self, times):
        self.guess(times)

    def guess(self, times):
        for _ in range(times):
            question = self.ask()
            if question is not None:
                with pytest.raises(WrongResponseError):
                    authenticate(self.inventory, "DS-1", self.response(1, question, b"?" * 32))
                self.wrong.append(self.now)
                self.against.append(self.now)
                self.open = None

    @rule(days=st.integers(1, 4))
    def callers_who_guess_nine_times_a_day(self, days):
        for _ in range(days):
            self.guess(9)
            self.now += timedelta(hours=25)

    @rule(key=st.sampled_from([KEYS[1], ALARM]))
    def its_owner_calls(self, key):
        self.call(key)

    def call(self, key):
        question = self.ask()
        if question is not None:
            authenticate(self.inventory, "DS-1", self.response(1, question, key))
            self.wrong, self.against, self.unanswered, self.open = [], [], [], None
            self.session, self.forgiven = (self.now, key), self.now

    @rule(key=st.sampled_from([KEYS[1], ALARM]))
    def its_owner_answers_where_nobody_counts(self, key):
        question = issue_challenge(self.inventory, "DS-1").question
        assert answer(self.inventory, "DS-1", question, self.response(1, question, key)).accepted

    @rule()
    def its_owner_is_identified(self):
        identify(self.inventory, "DS-1", "in person")
        self.lapse()
        if len(self.against + self.counting(self.forgiven)) >= 30:
            self.against, self.forgiven = [], self.now

    @rule(
        key=st.sampled_from([KEYS[1], ALARM]), wait=st.sampled_from([0, 9, 10, 11]), times=st.integers(1, 4)
    )
    def its_owner_calls_for_changes(self, key, wait, times):
        self.call(key)
        self.now += timedelta(minutes=wait)
        self.confirm(times)

    @rule(times=st.integers(1, 4))
    def a_change_is_to_be_confirmed(self, times):
        self.confirm(times)

    def confirm(self, times):
        for _ in range(times):
            expected = self.refusal()
            if expected is None and sum(one > self.now - DAY for one in self.confirmed) >= 3:
                expected = DailyLimitError
            if expected is None and (
                self.session is None or self.now - self.session[0] > timedelta(minutes=10)
            ):
                expected = SessionNeededError
            if expected is not None:
                with pytest.raises(expected):
                    confirm(self.inventory, "DS-1", NUMBER)
            else:
                told = confirm(self.inventory, "DS-1", NUMBER)
                assert told == confirmation(self.session[1], "DS-1", NUMBER)
                self.confirmed.append(self.now)


class TwoOperators(Desk):
    """Requests and approvals of a few actions: each use of one needs an approval of its own."""

    def __init__(self):
        super().__init__()
        self.known = []  # file, who asked and when, who approved and when, whether it was used

    def operator_says(self, name, purpose, act, *arguments):
        number = OPERATORS[name]
        question = ask(self.inventory, f"DS-{number}", purpose=purpose).question
        return act(self.inventory, *arguments, name, self.response(number, question))

    @rule(name=st.sampled_from(sorted(OPERATORS)), file=st.sampled_from(["one", "two"]))
    def somebody_asks(self, name, file):
        action = (four_eyes.KEY_EXPORT, None, {"file": file})
        made = self.operator_says(name, four_eyes.asking_for(*action), four_eyes.request, *action)
        self.known.append([file, name, self.now, None, None, False])
        assert made.id == len(self.known)

    @rule(name=st.sampled_from(sorted(OPERATORS)), back=st.integers(1, 4))
    def somebody_approves(self, name, back):
        number = len(self.known) + 1 - back
        one = self.known[number - 1] if number >= 1 else None
        good = one and one[4] is None and one[1] != name and self.now - one[2] < QUARTER
        if good:
            self.operator_says(name, four_eyes.approving(number), four_eyes.approve, number)
            one[3:5] = name, self.now
        else:
            with pytest.raises(RequestError):
                four_eyes.approve(self.inventory, number, name, "12345678")

    @rule(file=st.sampled_from(["one", "two"]))
    def it_is_done(self, file):
        usable = [
            one
            for one in self.known
            if one[0] == file and one[4] is not None and self.now - one[4] < QUARTER and not one[5]
        ]
        if usable:
            agreed = four_eyes.require(self.inventory, four_eyes.KEY_EXPORT, None, {"file": file})
            assert agreed["operators"] == f"{usable[0][1]}, {usable[0][3]}"
            usable[0][5] = True
        else:
            with pytest.raises(OperatorsNeededError):
                four_eyes.require(self.inventory, four_eyes.KEY_EXPORT, None, {"file": file})


TestHelpDesk = HelpDesk.TestCase
TestTwoOperators = TwoOperators.TestCase
TestHelpDesk.settings = TestTwoOperators.settings = settings(
    deadline=None, max_examples=8, stateful_step_count=20
)
