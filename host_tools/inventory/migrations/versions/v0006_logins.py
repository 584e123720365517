"""The login system: users, devices, demands, sessions, withdrawals, messages and callers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

USER_NAME = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")


def upgrade() -> None:
    """Nobody logged in before; failures that were counted for a credential stay."""
    _users()
    _demands()
    _sessions()
    _table("outbox", _owner("user_id", "users"), _text("phone", 16), _link("secret_id", "login_secrets"),
           _time("made_at"), _time("expires_at"), _time("due_at", nullable=True), _time("sent_at", nullable=True),
           _time("refused_at", nullable=True), _count("tries"))  # fmt: skip
    op.create_index("ix_outbox_user_id", "outbox", ["user_id"])
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"])
    there = sa.text("secret_id IS NOT NULL")
    for table in ("devices", "demands", "outbox"):
        op.create_index(
            f"ix_{table}_secret_id", table, ["secret_id"], sqlite_where=there, postgresql_where=there
        )
    _table("api_keys", sa.Column("name", USER_NAME, nullable=False, unique=True), _text("scopes", 100),
           sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
           _time("created_at"), _time("revoked_at", nullable=True))  # fmt: skip
    with op.batch_alter_table("attempts") as attempts:
        attempts.alter_column("credential_id", existing_type=sa.Integer, nullable=True)
        for name, other in (("user_id", "users"), ("device_id", "devices")):
            attempts.add_column(sa.Column(name, sa.Integer))
            attempts.create_foreign_key(f"attempts_{name}_fkey", other, [name], ["id"], ondelete="CASCADE")
    op.create_index("ix_attempts_user_id", "attempts", ["user_id"])


def _users() -> None:
    _table("users", sa.Column("name", USER_NAME, nullable=False, unique=True), sa.Column("password", sa.String(255)),
           sa.Column("phone", sa.String(16)), sa.Column("language", sa.String(2), nullable=False, server_default="en"),
           _time("created_at"), _time("closed_at", nullable=True))  # fmt: skip
    _table("login_secrets", sa.Column("place", sa.LargeBinary(16), nullable=False, unique=True), _text("role", 16),
           sa.Column("key_version", sa.Integer, sa.ForeignKey("master_keys.version"), nullable=False),
           sa.Column("nonce", sa.LargeBinary(12), nullable=False),
           sa.Column("ciphertext", sa.LargeBinary, nullable=False))  # fmt: skip
    _table("devices", _owner("user_id", "users"), _text("kind", 32), _text("state", 16),
           _link("credential_id", "credentials"), _link("secret_id", "login_secrets"), _time("added_at"),
           _time("activated_at", nullable=True), _time("expires_at", nullable=True), _time("ended_at", nullable=True),
           sa.UniqueConstraint("user_id", "credential_id"))  # fmt: skip
    op.create_index("ix_devices_user_id", "devices", ["user_id"])
    op.create_index("ix_devices_credential_id", "devices", ["credential_id"])


def _demands() -> None:
    _table("demands", sa.Column("reference", sa.LargeBinary(16), nullable=False, unique=True),
           _owner("user_id", "users"), _owner("device_id", "devices"), _text("purpose", 16),
           _link("challenge_id", "challenges"), sa.Column("first", sa.Integer), sa.Column("second", sa.Integer),
           _link("secret_id", "login_secrets"), _time("issued_at"), _time("expires_at"),
           _time("used_at", nullable=True), sa.Column("accepted", sa.Boolean),
           sa.UniqueConstraint("device_id", "first", "second"))  # fmt: skip
    op.create_index("ix_demands_waiting", "demands", ["user_id", "used_at", "expires_at"])


def _sessions() -> None:
    _table("login_sessions", sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
           _owner("user_id", "users"), _owner("device_id", "devices"), _time("opened_at"), _time("expires_at"),
           _time("ended_at", nullable=True), sa.Column("is_alarm", sa.Boolean, nullable=False),
           sa.Column("is_limited", sa.Boolean, nullable=False))  # fmt: skip
    op.create_index("ix_login_sessions_user_id", "login_sessions", ["user_id"])
    _table("withdrawals", sa.Column("reference", sa.LargeBinary(16), nullable=False, unique=True),
           _owner("user_id", "users"), _link("session_id", "login_sessions"),
           sa.Column("device_kind", sa.String(32)), sa.Column("cents", sa.BigInteger),
           _time("at"))  # fmt: skip
    op.create_index("ix_withdrawals_user_id", "withdrawals", ["user_id"])


def _table(name: str, *parts: "sa.Column[Any] | sa.UniqueConstraint") -> None:
    op.create_table(name, sa.Column("id", sa.Integer, primary_key=True), *parts)


def _owner(name: str, table: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False)


def _link(name: str, table: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, sa.ForeignKey(f"{table}.id", ondelete="SET NULL"))


def _text(name: str, length: int) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length), nullable=False)


def _count(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, nullable=False)


def _time(name: str, *, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
