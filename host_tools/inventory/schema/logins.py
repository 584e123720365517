"""The login system's records: users, their devices, what they are asked, sessions, withdrawals, and who may call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from host_tools.inventory.schema.base import USER_NAME, Base, UtcTime


def _by(table: str, column: str) -> Index:
    """So that what it refers to is removed without a look at every row; rows where it is empty are not in it."""
    there = text(f"{column} IS NOT NULL")
    return Index(f"ix_{table}_{column}", column, sqlite_where=there, postgresql_where=there)


class UserRow(Base):
    """One user name; `password` is Argon2's own text, None where another system checks the first factor.

    `withdrawals_asked` is how many withdrawals were asked for on the day that begins at `withdrawals_from`.
    """

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(USER_NAME, unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    phone: Mapped[str | None] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(2), server_default="en")
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    withdrawals_from: Mapped[datetime | None] = mapped_column(UtcTime)
    withdrawals_asked: Mapped[int] = mapped_column(server_default="0")


class LoginSecretRow(Base):
    """One secret of the login system, under the master key: a card's, a passcode, a text message.

    `place` is 16 random bytes, which the ciphertext is bound to together with the role.
    """

    __tablename__ = "login_secrets"

    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    key_version: Mapped[int] = mapped_column(ForeignKey("master_keys.version"))
    nonce: Mapped[bytes] = mapped_column(LargeBinary(12))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class DeviceRow(Base):
    """One thing that a user answers with; `kind` is a DeviceKind, `state` one of `login.devices.DeviceState`.

    A token's device has a credential, a card's or passcode's a secret. One whose credential is gone answers no more.
    """

    __tablename__ = "devices"
    __table_args__ = (UniqueConstraint("user_id", "credential_id"), _by("devices", "secret_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    credential_id: Mapped[int | None] = mapped_column(
        ForeignKey("credentials.id", ondelete="SET NULL"), index=True
    )
    secret_id: Mapped[int | None] = mapped_column(ForeignKey("login_secrets.id", ondelete="SET NULL"))
    added_at: Mapped[datetime] = mapped_column(UtcTime)
    activated_at: Mapped[datetime | None] = mapped_column(UtcTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class DemandRow(Base):
    """One second factor that was asked for, and its one answer; `reference` is what the caller knows it by.

    `challenge_id` is the token's challenge, `first` and `second` a card's indexes, `secret_id` a sent code. The
    constraint holds even if the code that chooses pairs should not.
    """

    __tablename__ = "demands"
    __table_args__ = (
        UniqueConstraint("device_id", "first", "second"),
        Index("ix_demands_waiting", "user_id", "used_at", "expires_at"),
        _by("demands", "secret_id"),
        _by("demands", "challenge_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(16))
    challenge_id: Mapped[int | None] = mapped_column(ForeignKey("challenges.id", ondelete="SET NULL"))
    first: Mapped[int | None]
    second: Mapped[int | None]
    secret_id: Mapped[int | None] = mapped_column(ForeignKey("login_secrets.id", ondelete="SET NULL"))
    issued_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    accepted: Mapped[bool | None]


class LoginSessionRow(Base):
    """One accepted login; `digest` is SHA-256 of what the caller knows it by. Outside, an alarm's looks as any.

    `is_alarm` once the duress PIN was used in it, for ever; `answered_by_alarm` is of the token's last answer only.
    """

    __tablename__ = "login_sessions"
    __table_args__ = (Index("ix_login_sessions_of_device", "device_id", "opened_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    is_alarm: Mapped[bool]
    is_limited: Mapped[bool]
    answered_by_alarm: Mapped[bool] = mapped_column(server_default=false())


class WithdrawalRow(Base):
    """One withdrawal that was allowed, in cents, and the kind of device that authenticated it.

    After a restore one without an amount stands for all that the user may have withdrawn since the backup. `reference`
    is what the caller knows it by: rows of what was cancelled are numbered anew, and after a restore, too. `is_alarm`
    is its session's mark when it was recorded.
    """

    __tablename__ = "withdrawals"
    __table_args__ = (
        Index("ix_withdrawals_counting", "user_id", "at", "cents"),
        _by("withdrawals", "session_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("login_sessions.id", ondelete="SET NULL"))
    device_kind: Mapped[str | None] = mapped_column(String(32))
    cents: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcTime)
    is_alarm: Mapped[bool] = mapped_column(server_default=false())


class WithdrawalAnswerRow(Base):
    """What a withdrawal with an idempotency key was answered, allowed or not; amounts are in cents, None is unlimited.

    `reference` is the withdrawal's, None if it was refused. One that has none any more was cancelled.
    """

    __tablename__ = "withdrawal_answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    cents: Mapped[int] = mapped_column(BigInteger)
    reference: Mapped[bytes | None] = mapped_column(LargeBinary(16), unique=True)
    reason: Mapped[str | None] = mapped_column(String(16))
    left_today: Mapped[int | None] = mapped_column(BigInteger)
    left_in_window: Mapped[int | None] = mapped_column(BigInteger)
    possible_at: Mapped[datetime | None] = mapped_column(UtcTime)
    more_at: Mapped[datetime | None] = mapped_column(UtcTime)


class OutboxRow(Base):
    """One text message to be sent; its text is a secret until it is sent or has expired.

    `due_at` is when it may be tried next, None if it is not tried any more.
    """

    __tablename__ = "outbox"
    __table_args__ = (_by("outbox", "secret_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    phone: Mapped[str] = mapped_column(String(16))
    secret_id: Mapped[int | None] = mapped_column(ForeignKey("login_secrets.id", ondelete="SET NULL"))
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcTime, index=True)
    sent_at: Mapped[datetime | None] = mapped_column(UtcTime)
    refused_at: Mapped[datetime | None] = mapped_column(UtcTime)
    tries: Mapped[int]


class ApiKeyRow(Base):
    """One caller of the service: `digest` is SHA-256 of its secret, `scopes` what it may do, by commas."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(USER_NAME, unique=True)
    scopes: Mapped[str] = mapped_column(String(100))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
