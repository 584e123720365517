"""The bodies of what is done in a session. Times are UTC (RFC 3339), amounts whole cents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from host_tools.login.rules.limits import LARGEST, Reason
from host_tools.login.service.api.texts import PRINTABLE, WHOLE, Given, Taken, Typed
from host_tools.login.sessions import LoginSession
from host_tools.login.withdrawal_answers import KEY, Withdrawn
from host_tools.login.withdrawals import Left
from host_tools.policy.kinds import DeviceKind


class Session(Given):
    """An open session."""

    user: str
    device: int
    kind: DeviceKind
    opened_at: datetime
    expires_at: datetime
    limited: bool

    @classmethod
    def of(cls, found: LoginSession) -> Session:
        """From the core's."""
        return cls(
            user=found.user.name,
            device=found.device.id,
            kind=found.device.kind,
            opened_at=found.opened_at,
            expires_at=found.expires_at,
            limited=found.is_limited,
        )


class Limits(Given):
    """What may be withdrawn with a device of this kind (null: with none); a null amount is unlimited.

    `more_at` is when more than now will be possible; null if the limits are untouched. `unknown_since_backup`: the
    inventory was restored, and what was withdrawn since its backup counts as if the limits were used up.
    """

    kind: DeviceKind | None
    day_cents: int | None
    window_cents: int | None
    left_today_cents: int | None
    left_in_window_cents: int | None
    left_cents: int | None
    more_at: datetime | None
    unknown_since_backup: bool

    @classmethod
    def of(cls, left: Left) -> Limits:
        """From the core's."""
        return cls(
            kind=left.kind,
            day_cents=left.limit.day,
            window_cents=left.limit.window,
            left_today_cents=left.left_today,
            left_in_window_cents=left.left_in_window,
            left_cents=left.left,
            more_at=left.more_at,
            unknown_since_backup=left.unknown_since_backup,
        )


class NewWithdrawal(Taken):
    """A withdrawal to be judged. Whoever asks again gives the same key; another withdrawal has another key."""

    cents: Annotated[int, Field(ge=1, le=LARGEST, examples=[250_000]), WHOLE]
    idempotency_key: Annotated[
        str,
        Field(
            pattern=KEY,
            description="Chosen by the caller for this withdrawal alone, at random: a UUID, for example.",
            examples=["6f1d0a52-9c3e-4b7a-8f60-2d5e7b91c084"],
        ),
    ]


class WithdrawalVerdict(Given):
    """Whether it is allowed, and then recorded under this number; if not, beyond which limit it is.

    `possible_at` is when the amount will be possible, null if it is now or never is. A null amount is unlimited.
    What is left is what is left after it.
    """

    allowed: bool
    reference: str | None
    reason: Reason | None
    left_today_cents: int | None
    left_in_window_cents: int | None
    possible_at: datetime | None
    more_at: datetime | None

    @classmethod
    def of(cls, withdrawn: Withdrawn) -> WithdrawalVerdict:
        """From the core's."""
        judged = withdrawn.judged
        return cls(
            allowed=judged.allowed,
            reference=withdrawn.reference,
            reason=judged.reason,
            left_today_cents=judged.left_today,
            left_in_window_cents=judged.left_in_window,
            possible_at=judged.possible_at,
            more_at=judged.more_at,
        )


class ChangeNumber(Taken):
    """The 8 digits that a token shows when its PIN is to be changed; spaces and dashes are ignored."""

    number: Typed


class Confirmation(Given):
    """The 8 digits that are typed into the token."""

    confirmation: str


class Reference(Given):
    """The next reference for a transaction of the token: six digits or more, each once."""

    reference: str


class Signature(Taken):
    """A transaction's values in the order of the token's form, amounts in cents, and what the token shows for them."""

    values: Annotated[
        list[Annotated[str, Field(max_length=64, pattern=PRINTABLE)]],
        Field(min_length=1, max_length=16, examples=[["4466818", "250000", "000001"]]),
    ]
    signature: Typed


class Judged(Given):
    """Whether it was right. It does not tell by which PIN."""

    accepted: bool
