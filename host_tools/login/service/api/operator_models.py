"""The bodies of what the operator does. Times are UTC (RFC 3339), amounts whole cents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from host_tools.inventory.audit import Head
from host_tools.login.api_keys import ApiKey, Scope
from host_tools.login.limits_of import Withdrawal
from host_tools.login.outbox import Message, MessageState
from host_tools.login.overview import Overview
from host_tools.login.service.api.models import UserShown
from host_tools.login.service.api.texts import PRINTABLE, WHOLE, Given, Name, Taken
from host_tools.policy.kinds import DeviceKind

MOST: Final = 1000  # users of one page


class WhichUsers(Taken):
    """Which page of the users: so many, after the last page's `next`."""

    after: Annotated[str, Field(max_length=64, pattern=PRINTABLE)] = ""
    most: Annotated[int, Field(ge=1, le=MOST)] = 100


class WhichMessages(Taken):
    """Which messages: only those that are not sent yet, or all."""

    waiting: bool = False


class UserPage(Given):
    """Some users by name, and the name to go on after; null after the last of them."""

    users: list[UserShown]
    next: str | None


class UserWithStanding(UserShown):
    """A user, and how his login stands: failures since the last success, and what they have come to.

    `locked_until` is null if the login is not locked. `blocked` is until the user was identified, with any device, or
    with `blocked_devices`.
    """

    failures: int
    locked_until: datetime | None
    blocked: bool
    blocked_devices: list[int]
    open_sessions: int

    @classmethod
    def of_overview(cls, found: Overview) -> UserWithStanding:
        """From the core's."""
        now = found.standing
        return cls(
            **UserShown.of(found.user).model_dump(),
            failures=now.failures,
            locked_until=now.locked_until,
            blocked=now.blocked,
            blocked_devices=found.blocked,
            open_sessions=len(found.sessions),
        )


class WithdrawalShown(Given):
    """A withdrawal that counts; `cents` is null for all that may have been withdrawn between backup and restore.

    `alarm`: its session was opened with the duress PIN. `idempotency_key` is null where the caller chose none.
    """

    reference: str
    idempotency_key: str | None
    cents: int | None
    at: datetime
    kind: DeviceKind | None
    alarm: bool

    @classmethod
    def of(cls, made: Withdrawal) -> WithdrawalShown:
        """From the core's."""
        return cls(
            reference=made.reference,
            idempotency_key=made.idempotency_key,
            cents=made.cents,
            at=made.at,
            kind=made.kind,
            alarm=made.is_alarm,
        )


class WhoseAreKnown(Taken):
    """Whose withdrawals since the backup are known; null: everybody's."""

    user: Name | None


class Known(Given):
    """For how many users that was lifted."""

    users: int


class NewKey(Taken):
    """A key to be added."""

    name: Annotated[
        str,
        Field(
            min_length=1, max_length=32, pattern="^[a-z0-9][a-z0-9.-]{0,31}$", examples=["login-page.example"]
        ),
    ]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope), examples=[["login"]])]


class KeyMade(Given):
    """The key, which nobody can be told again."""

    key: str


class KeyShown(Given):
    """A key as it is on record."""

    name: str
    scopes: list[Scope]
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> KeyShown:
        """From the core's."""
        return cls(
            name=key.name,
            scopes=[scope for scope in Scope if scope in key.scopes],
            created_at=key.created_at,
            revoked_at=key.revoked_at,
        )


class MessageShown(Given):
    """A text message, without its text."""

    id: int
    user: str
    phone: str
    state: MessageState
    made_at: datetime
    expires_at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    tries: int

    @classmethod
    def of(cls, message: Message) -> MessageShown:
        """From the core's."""
        return cls(
            id=message.id,
            user=message.user,
            phone=message.phone,
            state=message.state,
            made_at=message.made_at,
            expires_at=message.expires_at,
            due_at=message.due_at,
            sent_at=message.sent_at,
            tries=message.tries,
        )


class MessageText(Given):
    """The text of a message that waits."""

    text: str


class AuditHead(Given):
    """Place and hash of the audit log's last entry, to be kept elsewhere; place 0 before the first one."""

    sequence: int
    hash: str

    @classmethod
    def of(cls, head: Head) -> AuditHead:
        """From the inventory's."""
        return cls(sequence=head.sequence, hash=head.hash.hex())


class OutsideHead(Taken):
    """A head that was kept elsewhere, through which the log has to lead."""

    sequence: Annotated[int, Field(ge=0, lt=2**63), WHOLE]
    hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class AuditCheck(Taken):
    """Null: the chain alone is checked."""

    outside: OutsideHead | None = None
