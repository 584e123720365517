"""What people do in a history of logins: the rules that Hypothesis draws from, in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from fakes import login_model
from fakes.login_histories import BACK, HOW, NAMES, NUMBERS, PLACES, RECENT, SPANS, TIMES, LoginHistories
from fakes.login_model import Gadget, RefusedError
from host_tools.inventory.schema import DemandRow
from host_tools.login import accounts, device_life, sessions, standing, tidying
from host_tools.login.errors import SessionError


class LoginWalks(LoginHistories):
    """Times are in seconds. Rules that do a thing several times are there so that histories reach locks and blocks.

    These are of tokens; cards, passcodes, text messages, activation and withdrawals are in `bridge_walks`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tidied = datetime.min.replace(tzinfo=UTC)

    @rule(seconds=SPANS)
    def time_goes_by(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)
        self.touched |= set(self.model.people)

    @rule(seconds=BACK)
    def the_clock_is_set_back(self, seconds: int) -> None:
        """Never to before the tidying, as a service goes by the later of its clock and its record."""
        if self.clock() - timedelta(seconds=seconds) < self.tidied:
            return
        self.clock.advance(seconds=-seconds)
        self.touched |= set(self.model.people)

    @rule()
    def what_is_old_is_tidied_away(self) -> None:
        """What was answered is gone, what is young is there; of the rest users' standing shows what was to stay."""
        self.tidied = self.clock()
        before = self.tidied - login_model.rules(self.tidied).demand.kept_for
        tidying.tidy(self.system)
        with self.house.inventory.reading() as session:
            left = {one.hex() for one in session.scalars(select(DemandRow.reference))}
        for person in self.model.people.values():
            for reference, question in person.asked.items():
                if question.expires > before:
                    assert reference in left
                elif question.used:
                    assert reference not in left
                question.forgotten = reference not in left
        self.touched |= set(self.model.people)

    @rule(name=NAMES, place=PLACES)
    def somebody_is_asked(self, name: str, place: int | None) -> None:
        self.begin(name, place)

    @rule(back=RECENT, how=HOW)
    def something_is_answered(self, back: int, how: str) -> None:
        """Open or not: late, or for the second time, too."""
        if self.asked:
            self.answer(*self.asked[-1 - back % len(self.asked)], how)

    @rule(back=RECENT, number=NUMBERS)
    def a_number_is_typed_into_the_page(self, back: int, number: str) -> None:
        if self.asked:
            self.answer_page(*self.asked[-1 - back % len(self.asked)], number)

    @rule(name=NAMES, place=PLACES, how=HOW)
    def somebody_logs_in(self, name: str, place: int | None, how: str) -> None:
        self.login(name, place, how)

    @rule(name=NAMES, place=PLACES, times=TIMES, pause=st.sampled_from([0, 100, 9000]))
    def somebody_guesses(self, name: str, place: int | None, times: int, pause: int) -> None:
        self.guess(name, place, times, pause)

    def guess(self, name: str, place: int | None, times: int, pause: int = 0) -> None:
        """Until it is refused: then only time changes anything."""
        for _ in range(times):
            if not self.login(name, place, "wrong"):
                break
            self.clock.advance(seconds=pause)

    @rule(name=NAMES, place=PLACES, days=st.integers(1, 3))
    def somebody_guesses_nine_times_a_day(self, name: str, place: int | None, days: int) -> None:
        for _ in range(days):
            self.guess(name, place, 9)
            self.clock.advance(hours=25)

    @rule(name=NAMES, place=st.integers(0, 1), rounds=st.integers(1, 3))
    def one_device_fails_and_the_other_one_does_not(self, name: str, place: int, rounds: int) -> None:
        for _ in range(rounds):
            self.guess(name, place, 9)
            self.login(name, 1 - place, "right")

    @rule(name=NAMES, place=PLACES, times=TIMES)
    def somebody_is_asked_and_says_nothing(self, name: str, place: int | None, times: int) -> None:
        for _ in range(times):
            reference = self.begin(name, place)
            if reference is None:
                break
            if self.model.people[name].asked[reference].gadget.is_mutual:
                self.answer_page(name, reference, "123457")
            self.clock.advance(minutes=3)

    @rule(name=NAMES, place=st.integers(0, 2), times=st.integers(1, 25))
    def a_button_is_pressed_in_a_pocket(self, name: str, place: int, times: int) -> None:
        gadget = self.gadget(name, place)
        assert gadget is not None
        self.house.hands[gadget.serial].counter += times

    @rule(name=NAMES)
    def somebody_is_identified(self, name: str) -> None:
        with self.system.writing() as work:
            standing.identified(work, accounts.user_in(work, name).id)
        self.model.people[name].happened.append(("identified", self.clock(), None))
        self.touched.add(name)

    @rule(name=st.sampled_from(["alice", "bob", "carol", "nobody"]), right=st.booleans(), times=TIMES)
    def passwords_are_typed(self, name: str, right: bool, times: int) -> None:
        known = self.model.people.get(name)
        password = known.password if known is not None and right else "guessed"
        for _ in range(times):
            self.begin(name, None, password or "")

    @rule(name=NAMES, password=st.sampled_from([None, "another password", "one more password"]))
    def somebody_sets_a_password(self, name: str, password: str | None) -> None:
        accounts.set_password(self.system, name, password)
        self.model.people[name].password = password
        self.ended(name)

    @rule(name=NAMES, place=st.integers(0, 2), what=st.sampled_from(["end", "activate", "add"]))
    def a_device_changes(self, name: str, place: int, what: str) -> None:
        gadget = self.gadget(name, place)
        assert gadget is not None

        def expected() -> None:
            if what == "add" and self.model.people[name].closed:
                raise RefusedError("ClosedUserError")
            allowed = {"end": ("ready", "active"), "activate": ("ready",), "add": ("ended",)}[what]
            if gadget.state not in allowed:
                raise RefusedError("DeviceStateError")
            gadget.state = "ended" if what == "end" else "active"
            if what == "end":
                self.ended(name, gadget)
            else:
                gadget.activated = self.clock()

        real = {
            "end": lambda: device_life.end_device(self.system, name, gadget.id),
            "activate": lambda: device_life.activate_device(self.system, name, gadget.id),
            "add": lambda: device_life.add_token(self.system, name, gadget.serial, active=True),
        }
        self.both(expected, real[what])
        self.touched.add(name)

    @rule()
    def carols_account_is_closed(self) -> None:
        carol = self.model.people["carol"]
        expected = RefusedError("ClosedUserError") if carol.closed else None

        def closed() -> None:
            if expected is not None:
                raise expected
            carol.closed = True
            self.ended("carol")

        self.both(closed, lambda: accounts.close_user(self.system, "carol"))

    @rule()
    def sessions_are_looked_at(self) -> None:
        for one in self.opened:
            self.look_at(one)

    @rule(back=RECENT)
    def somebody_logs_out(self, back: int) -> None:
        if self.opened:
            one = self.opened[-1 - back % len(self.opened)]
            if self.look_at(one):
                sessions.end_session(self.system, one[0])
                one[-1] = True

    def look_at(self, one: list[Any]) -> bool:
        """Whether the session is open, as it should be."""
        try:
            found = sessions.session(self.system, one[0])
        except SessionError:
            assert not self.is_open(one)
            return False
        assert (found.user.name, found.device.id, found.opened_at, found.is_limited) == (*one[1:4], False)
        assert self.is_open(one)
        return True

    def ended(self, name: str, gadget: Gadget | None = None) -> None:
        """What waits for an answer, and sessions."""
        self.model.ended(name, self.clock(), gadget)
        for one in self.opened:
            if one[1] == name and (gadget is None or one[2] == gadget.id):
                one[-1] = True
        self.touched.add(name)

    def is_open(self, one: list[Any]) -> bool:
        *_, opened, ended = one
        length = login_model.rules(self.clock()).session.login
        return not ended and opened <= self.clock() < opened + length
