"""The rules in force at one time, typed: what the policy's keys mean, and which values each may have.

A field here is a key of `policy.toml` of the same name; its form says what is allowed. Spans are timedeltas.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from host_tools.policy.forms import Alphabet, Days, Money, OneOf, Span, Text, Whole
from host_tools.policy.kinds import DeviceKind


class Jump(enum.StrEnum):
    """What is done when the clock has jumped."""

    REFUSE = "refuse"  # nothing goes on
    HOLD = "hold"  # the jump is not followed: the time goes on from where it was
    GO_ON = "go on"  # the clock is believed


@dataclass(frozen=True, slots=True)
class ChallengeRules:
    """Challenges, and pairs of a card's indexes."""

    lifetime: Annotated[timedelta, Span("30 s", "1 h")]


@dataclass(frozen=True, slots=True)
class FailureRules:
    """What locks and blocks (SECURE_LOGIN.md 2.4, 2.6, 2.7), and how often it is told what does neither."""

    in_a_row: Annotated[int, Whole(3, 100)]
    within: Annotated[timedelta, Span("1 h", "30 d")]
    locked_for: Annotated[timedelta, Span("1 min", "30 d")]
    unanswered: Annotated[int, Whole(3, 100)]
    without_success: Annotated[int, Whole(3, 1000)]
    told_every: Annotated[timedelta, Span("1 min", "30 d")]


@dataclass(frozen=True, slots=True)
class CodeRules:
    """How far a token may be from where it is expected: in counters, and in time steps; and its clock from ours."""

    look_ahead: Annotated[int, Whole(0, 100)]
    resynchronise_within: Annotated[int, Whole(100, 5000)]
    drift_steps: Annotated[int, Whole(0, 10)]
    greatest_drift: Annotated[timedelta, Span("1 min", "2 h")]


@dataclass(frozen=True, slots=True)
class DemandRules:
    """How long what was asked for is remembered after its end; so are messages, and expired cards and passcodes.

    What may count as a failure, and the pairs of a card that lives, are remembered as long as they may matter.
    """

    kept_for: Annotated[timedelta, Span("1 d", "366 d")]


@dataclass(frozen=True, slots=True)
class SessionRules:
    """How long a right answer is good."""

    login: Annotated[timedelta, Span("1 min", "7 d")]
    help_desk: Annotated[timedelta, Span("1 min", "1 h")]


@dataclass(frozen=True, slots=True)
class HelpDeskRules:
    """What the help desk gives, at most so many times within a time."""

    confirmations: Annotated[int, Whole(1, 20)]
    unlock_codes: Annotated[int, Whole(1, 20)]
    within: Annotated[timedelta, Span("1 h", "30 d")]


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """Lengths in characters."""

    shortest: Annotated[int, Whole(8, 64)]
    longest: Annotated[int, Whole(64, 4096)]


@dataclass(frozen=True, slots=True)
class CardRules:
    """Security Code Cards: how they are made, and how often a code may be asked for."""

    codes: Annotated[int, Whole(20, 999)]
    code_length: Annotated[int, Whole(3, 6)]
    alphabet: Annotated[str, Alphabet(20)]
    uses: Annotated[int, Whole(1, 20)]
    online_uses: Annotated[int, Whole(1, 20)]
    online_lifetime: Annotated[timedelta, Span("1 d", "90 d")]
    online_a_day: Annotated[int, Whole(1, 100)]


@dataclass(frozen=True, slots=True)
class PasscodeRules:
    """Temporary passcodes: `limited` begins where `full` ends."""

    length: Annotated[int, Whole(6, 32)]
    alphabet: Annotated[str, Alphabet(20)]
    full: Annotated[timedelta, Span("1 h", "30 d")]
    limited: Annotated[timedelta, Span("0 d", "90 d")]

    @property
    def lifetime(self) -> timedelta:
        """From the issue to the end of all access."""
        return self.full + self.limited


@dataclass(frozen=True, slots=True)
class SmsRules:
    """Codes by text message."""

    digits: Annotated[int, Whole(6, 10)]
    lifetime: Annotated[timedelta, Span("30 s", "1 h")]
    a_day: Annotated[int, Whole(1, 1000)]
    number_a_day: Annotated[int, Whole(1, 1000)]
    hand_over: Annotated[timedelta, Span("10 s", "1 h")]
    try_again: Annotated[timedelta, Span("1 s", "1 h")]


@dataclass(frozen=True, slots=True)
class ClockRules:
    """A clock that is off by more than the tolerance, in so long a time, has jumped."""

    tolerance: Annotated[timedelta, Span("1 s", "5 min")]
    within: Annotated[timedelta, Span("10 min", "24 h")]
    back: Annotated[Jump, OneOf(Jump)]
    ahead: Annotated[Jump, OneOf(Jump)]


@dataclass(frozen=True, slots=True)
class Limit:
    """What may be withdrawn, in cents, on one day and in one window; None is unlimited."""

    day: Annotated[int | None, Money()]
    window: Annotated[int | None, Money()]

    @property
    def is_none(self) -> bool:
        """Whether any amount may be withdrawn."""
        return self.day is None and self.window is None


@dataclass(frozen=True, slots=True)
class WithdrawalRules:
    """Withdrawals (SECURE_LOGIN.md section 3): the window, the calendar of business days, the limits.

    `number_a_day` may be asked for by one user, allowed and refused; so many of the largest amount can be added up.
    """

    currency: Annotated[str, Text("[A-Z]{3}", "three capital letters, such as USD")]
    business_days: Annotated[int, Whole(1, 30)]
    number_a_day: Annotated[int, Whole(1, 10_000)]
    market: Annotated[str, Text("[A-Z0-9]{2,10}", "a market that the library `holidays` knows, such as NYSE")]
    also_closed: Annotated[frozenset[date], Days()]
    limits: Mapping[DeviceKind | None, Limit]

    def limit(self, kind: DeviceKind | None) -> Limit:
        """The limit of a request that such a device has authenticated; None is no device at all."""
        return self.limits[kind]


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that is in force at one time. `time_zone` is whose days are meant."""

    time_zone: ZoneInfo
    challenge: ChallengeRules
    failures: FailureRules
    code: CodeRules
    demand: DemandRules
    session: SessionRules
    help_desk: HelpDeskRules
    password: PasswordRules
    card: CardRules
    passcode: PasscodeRules
    sms: SmsRules
    clock: ClockRules
    withdrawals: WithdrawalRules
