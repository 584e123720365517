"""Ways to break what bridges the time until a token, and withdrawals: one rule each, with a history that shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from fakes.bridge_walks import BridgeWalks
from fakes.broken_logins import Breakage, later, nothing, used_ones
from host_tools.login import (
    activating,
    demands,
    device_life,
    issuing,
    outbox,
    standing,
    withdrawal_number,
    withdrawals,
)
from host_tools.login.devices import Device, DeviceState
from host_tools.login.factors import passcode
from host_tools.login.rules import cards
from host_tools.login.rules.calendar import BusinessCalendar
from host_tools.login.rules.passcodes import Phase

A_DAY = 20_000_000  # cents, by a card or by text message


def by_card(walks: BridgeWalks, *, online: bool = True) -> None:
    """A card in use, which is device 0."""
    walks.a_card_is_issued(online)
    walks.she_activates(0, "right")


def logins(times: int, *, online: bool = True) -> Callable[[BridgeWalks], None]:
    def history(walks: BridgeWalks) -> None:
        by_card(walks, online=online)
        for _ in range(times):
            walks.log_in(None)

    return history


def after(days: float, begin: Callable[[BridgeWalks], None]) -> Callable[[BridgeWalks], None]:
    """A login so much later, and a look at its session."""

    def history(walks: BridgeWalks) -> None:
        begin(walks)
        walks.time_goes_by(int(days * 86400))
        walks.log_in(None)
        walks.she_withdraws(1, 0)
        walks.sessions_are_looked_at()

    return history


def passcodes(walks: BridgeWalks) -> None:
    walks.a_passcode_is_issued()
    walks.log_in(None)
    walks.a_passcode_is_issued()


def messages(walks: BridgeWalks) -> None:
    walks.text_messages_are_begun_with()
    for _ in range(5):
        walks.log_in(None)
    walks.time_goes_by(3600)
    walks.log_in(None)


def code_again(walks: BridgeWalks) -> None:
    walks.text_messages_are_begun_with()
    walks.log_in(None)
    walks.something_is_answered(0, "right", activates=False)


def code_late(seconds: int) -> Callable[[BridgeWalks], None]:
    def history(walks: BridgeWalks) -> None:
        walks.text_messages_are_begun_with()
        walks.she_is_asked(None)
        walks.time_goes_by(seconds)
        walks.something_is_answered(0, "right", activates=False)

    return history


def token_comes(walks: BridgeWalks) -> None:
    by_card(walks)
    walks.log_in(None)
    walks.she_activates(1, "right")
    walks.sessions_are_looked_at()
    walks.log_in(None)


def other_purpose(walks: BridgeWalks) -> None:
    walks.a_card_is_issued(online=True)
    walks.she_is_asked_to_activate(0)
    walks.something_is_answered(0, "right", activates=False)


def spends(*parts: int, days: int = 0) -> Callable[[BridgeWalks], None]:
    """So much each time, with so many days between."""

    def history(walks: BridgeWalks) -> None:
        by_card(walks)
        for cents in parts:
            walks.log_in(None)
            walks.she_withdraws(cents, 0)
            walks.time_goes_by(days * 86400)

    return history


def blocked(walks: BridgeWalks) -> None:
    """By a card that has pairs enough; of a token the inventory lifts a block, too."""
    by_card(walks, online=False)
    walks.she_guesses_nine_times_a_day(4, 0)
    walks.she_is_identified()
    walks.log_in(None)


def always_the_same(_: Any) -> Callable[..., tuple[int, int]]:
    """The other way round the second time: the database itself refuses the very same."""
    return lambda used, *_: (2, 1) if used[1] else (1, 2)


def one_more_use(whole: Callable[..., Any]) -> Callable[..., Any]:
    return lambda used, pairs, uses, shape: whole(used, pairs, uses + 1, shape)


def in_any_order(whole: Callable[..., Any]) -> Callable[..., Any]:
    """The values of a pair are right the other way round, and no other way."""
    return lambda secret, first, second, typed, shape: whole(secret, second, first, typed, shape)


def never_over(_: Any) -> Callable[..., bool]:
    return lambda self, now: self.method is not None


def limited_by(**other: int | None) -> Callable[[Any], Any]:
    def broken(whole: Callable[..., Any]) -> Callable[..., Any]:
        return lambda cents, made, now, limit, calendar: whole(
            cents, made, now, replace(limit, **other), calendar
        )

    return broken


def in_whole_units(whole: Callable[..., Any]) -> Callable[..., Any]:
    return lambda cents, *rest: whole(max(1, cents // 100 * 100), *rest)


def recorded_without_cents(whole: Callable[..., Any]) -> Callable[..., Any]:
    return lambda work, found, cents: whole(work, found, cents // 100 * 100)


def always_ready(whole: Callable[..., Any]) -> Callable[..., Any]:
    """Whichever purpose it was asked for."""

    def found(work: Any, reference: str) -> Any:
        user, device, demand = whole(work, reference)
        return user, replace(device, state=DeviceState.ACTIVE), replace(demand, purpose="login")

    return found


BRIDGE_BREAKAGES = (
    Breakage("a pair comes twice", cards, "choose", always_the_same, logins(2)),
    Breakage("an index comes once too often", cards, "choose", one_more_use, logins(10)),
    Breakage("the values are taken the other way round", cards, "judge", in_any_order, logins(1)),
    Breakage("an online card has no end", Device, "_can_answer", never_over, after(21, by_card)),
    Breakage(
        "a passcode is good for all until its end",
        passcode,
        "phase",
        lambda _: lambda *_: Phase.FULL,
        after(2, BridgeWalks.a_passcode_is_issued),
    ),
    Breakage(
        "a passcode is limited from the beginning",
        passcode,
        "phase",
        lambda _: lambda *_: Phase.LIMITED,
        after(1.9, BridgeWalks.a_passcode_is_issued),
    ),
    Breakage(
        "a passcode has no end",
        Device,
        "_can_answer",
        never_over,
        after(12, BridgeWalks.a_passcode_is_issued),
    ),
    Breakage("passcodes are issued one after the other", issuing, "check_may_issue", nothing, passcodes),
    Breakage("a sent code is taken twice", demands, "found", used_ones, code_again),
    Breakage("a sent code is taken late", demands, "found", later(minutes=-5), code_late(300)),
    Breakage("a sent code is late too early", demands, "found", later(minutes=2), code_late(299)),
    Breakage("any number of messages is sent", outbox, "DAY", lambda _: timedelta(minutes=1), messages),
    Breakage("no answer activates", activating, "activate", nothing, by_card),
    Breakage(
        "what is active ends nothing", device_life, "replaces", lambda _: lambda *_, **__: False, token_comes
    ),
    Breakage("what was asked to activate logs in", demands, "found", always_ready, other_purpose),
    Breakage("a day has no limit", withdrawals, "judge", limited_by(day=None), spends(A_DAY, 1)),
    Breakage(
        "the window has no limit",
        withdrawals,
        "judge",
        limited_by(window=None),
        spends(*[A_DAY] * 3, 1, days=1),
    ),
    Breakage(
        "the window is a day",
        BusinessCalendar,
        "window_start",
        lambda _: lambda _, day: day,
        spends(*[A_DAY] * 3, 1, days=1),
    ),
    Breakage(
        "the window is of calendar days",
        BusinessCalendar,
        "is_business_day",
        lambda _: lambda *_: True,
        spends(A_DAY, A_DAY, 0, A_DAY, 0, 1, days=1),
    ),
    Breakage(
        "a withdrawal is not recorded",
        withdrawals,
        "_made",
        lambda _: lambda _: [],
        spends(A_DAY, 1),
    ),
    Breakage("cents are not asked for", withdrawals, "judge", in_whole_units, spends(A_DAY - 100, 101)),
    Breakage(
        "cents are not recorded", withdrawals, "_record", recorded_without_cents, spends(A_DAY - 1, 50, 2)
    ),
    Breakage(
        "any number of withdrawals is asked for",
        withdrawal_number,
        "count",
        nothing,
        spends(*[1, 0, A_DAY] * 4),
    ),
    Breakage("nobody is identified", standing, "identified", nothing, blocked),
    Breakage("failures are not counted", standing, "count", nothing, blocked),
)
