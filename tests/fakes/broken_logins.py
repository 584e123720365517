"""Ways to break the login system, one rule each, with a history in which it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from fakes import login_episodes as episodes
from fakes.login_episodes import History
from host_tools.inventory import drift
from host_tools.inventory.failures import Kind
from host_tools.inventory.judging import Verdict
from host_tools.login import answering, beginning, demands, devices, ending, outlived, standing
from host_tools.login.factors.challenge import Challenge
from host_tools.login.factors.code import Code
from host_tools.policy import lockout
from host_tools.policy.rules import FailureRules


@dataclass(frozen=True)
class Breakage:
    """What is put in the place of `owner`'s `name`, and a history in which that shows."""

    what: str
    owner: Any
    name: str
    broken: Callable[[Any], Any]  # of what was there
    history: History

    @contextmanager
    def done(self) -> Iterator[None]:
        """While it is broken."""
        with mock.patch.object(self.owner, self.name, self.broken(getattr(self.owner, self.name))):
            yield


def with_rules(**other: Any) -> Callable[[Any], Any]:
    """Judges locks by other limits."""

    def broken(whole: Callable[..., Any]) -> Callable[..., Any]:
        def judged(times: Sequence[Any], *rest: Any) -> Any:
            *between, rules = rest
            return whole(times, *between, replace(rules, **other))

        return judged

    return broken


def nothing(_: Any) -> Callable[..., None]:
    return lambda *_, **__: None


def without_drops(whole: Callable[..., Any]) -> Callable[..., Any]:
    """A success ends nothing."""

    def count(work: Any, found: Any, user: Any, device: Any, *, success: bool) -> None:
        if not success:
            whole(work, found, user, device, success=False)

    return count


def of_all_devices(whole: Callable[..., Any]) -> Callable[..., Any]:
    return lambda found, expired, device, rules: whole(
        [replace(one, of_token=True) for one in found], expired, device, rules
    )


def later(**span: float) -> Callable[[Any], Any]:
    """Looks for what waits as if it were another time."""
    return lambda whole: lambda work, *rest: whole(replace(work, now=work.now + timedelta(**span)), *rest)


def used_ones(whole: Callable[..., Any]) -> Callable[..., Any]:
    """An answer is taken again and again."""

    def found(work: Any, reference: str) -> Any:
        work.connection.exec_driver_sql(
            "UPDATE demands SET used_at = NULL WHERE reference = ?", (bytes.fromhex(reference),)
        )
        return whole(work, reference)

    return found


def without_counting(whole: Callable[..., Any]) -> Callable[..., Any]:
    """The counter of a plain code stays where it was."""

    def judge(self: Any, work: Any, *rest: Any) -> Verdict:
        kept = work.connection.exec_driver_sql("SELECT id, counter, last_step FROM credentials").all()
        verdict: Verdict = whole(self, work, *rest)
        work.session.flush()
        for number, counter, step in kept:
            work.connection.exec_driver_sql(
                "UPDATE credentials SET counter = ?, last_step = ? WHERE id = ?", (counter, step, number)
            )
        return verdict

    return judge


def without_drift(whole: Callable[..., None]) -> Callable[..., None]:
    """The step is remembered, and how far ahead it was is not."""

    def remember(row: Any, accepted: int, present: int) -> None:
        whole(row, accepted, present)
        row.drift = 0

    return remember


def by_one_code(_: Callable[..., None]) -> Callable[..., None]:
    """One code moves the drift, as two should."""
    return drift.found


def goes_at_once(table: outlived.Table) -> outlived.Table:
    """Whatever ended long ago goes."""
    return replace(table, spent=lambda _, ended: [row.id for row in ended])


def first_challenge(whole: Callable[..., Any]) -> Callable[..., Any]:
    """The sequence begins anew with every challenge."""

    def ask(self: Any, work: Any, user: Any, device: Any) -> Any:
        asked = whole(self, work, user, device)
        return replace(asked, text="000001")

    return ask


def only_of_devices(whole: Callable[..., Any]) -> Callable[..., Any]:
    """What has no device does not count."""

    def count(work: Any, found: Any, user: Any, device: Any, *, success: bool) -> None:
        if device is not None:
            whole(work, found, user, device, success=success)

    return count


def without(event: str) -> Callable[[Any], Any]:
    """The audit log lacks this."""

    def broken(whole: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given: None if given[-1] == event else whole(*given)

    return broken


def without_kind(kind: Kind) -> Callable[[Any], Any]:
    def broken(whole: Callable[..., Any]) -> Callable[..., Any]:
        return lambda found, *kinds: whole(found, *(one for one in kinds if one is not kind))

    return broken


def locks_until_next(whole: Callable[..., datetime | None]) -> Callable[..., datetime | None]:
    """A lock that has no end in sight is none."""

    def until(times: Sequence[datetime], now: datetime, rules: FailureRules) -> datetime | None:
        found = whole(times, now, rules)
        return None if found is not None and found - now < rules.locked_for / 2 else found

    return until


BREAKAGES = (
    Breakage("eleven failures lock", lockout, "locked_until", with_rules(in_a_row=11), episodes.guesses(10)),
    Breakage("nine failures lock", lockout, "locked_until", with_rules(in_a_row=9), episodes.guesses(9)),
    Breakage("a lock ends too early", lockout, "locked_until", locks_until_next, episodes.a_day_later),
    Breakage(
        "failures count within an hour only",
        lockout,
        "locked_until",
        with_rules(within=timedelta(hours=1)),
        episodes.guesses_over_a_day,
    ),
    Breakage(
        "31 failures block", lockout, "blocked", with_rules(without_success=31), episodes.month_of_guesses
    ),
    Breakage("nothing blocks", lockout, "blocked", lambda _: lambda *_: False, episodes.month_of_guesses),
    Breakage("silence does not count", lockout, "counting", lambda _: lambda *_: [], episodes.silence),
    Breakage("eleven silences count", lockout, "counting", with_rules(unanswered=11), episodes.silence),
    Breakage(
        "silence is forgotten",
        standing,
        "still_counting",
        lambda _: lambda *_: set(),
        episodes.silence_long_ago,
    ),
    Breakage("challenges go before demands", outlived, "CHALLENGES", goes_at_once, episodes.silence_long_ago),
    Breakage("a success does not clear", standing, "count", without_drops, episodes.guesses(9)),
    Breakage("failures are not counted", standing, "count", nothing, episodes.guesses(10)),
    Breakage(
        "one token's failures are another's", standing, "_of_device", of_all_devices, episodes.two_devices
    ),
    Breakage("nobody is identified", standing, "_last", without_kind(Kind.IDENTIFIED), episodes.identified),
    Breakage("an answer is taken twice", demands, "found", used_ones, episodes.again),
    Breakage("a late answer is taken", demands, "found", later(minutes=-1), episodes.late),
    Breakage("what was asked later is answered", demands, "found", later(seconds=1), episodes.early),
    Breakage("what was asked is not used up", demands, "use_up", nothing, episodes.again),
    Breakage("what waits is not shown again", demands, "waiting", nothing, episodes.twice),
    Breakage(
        "a code by counter is taken twice", Code, "judge", without_counting, episodes.codes_again(1, "alice")
    ),
    Breakage(
        "a code by time is taken twice", Code, "judge", without_counting, episodes.codes_again(1, "bob")
    ),
    Breakage("a clock is not followed", drift, "remember", without_drift, episodes.drifting),
    Breakage("who types late moves a clock", drift, "remember", by_one_code, episodes.typed_late),
    Breakage("a counter stays behind", Challenge, "judge", without_counting, episodes.far_ahead),
    Breakage("the same challenge is issued again", Challenge, "ask", first_challenge, episodes.guesses(1)),
    Breakage(
        "locks are not looked at", answering, "refuse", lambda _: lambda *_: [], episodes.locked_meanwhile
    ),
    Breakage(
        "whoever is locked is asked", beginning, "refuse", lambda _: lambda *_: [], episodes.guesses(10)
    ),
    Breakage("what waits outlives a device", ending, "of_device", nothing, episodes.ended),
    Breakage("wrong passwords do not count", standing, "count", only_of_devices, episodes.wrong_password),
    Breakage("an alarm is not on record", devices, "note", without("alarm"), episodes.duress),
    Breakage("logins are not on record", devices, "note", without("login accepted"), episodes.again),
    Breakage("what waits outlives an account", ending, "of_user", nothing, episodes.closed),
    Breakage("sessions outlive a password", ending, "of_user", nothing, episodes.logged_out),
)
