"""Indexes by which old challenges and sessions are removed quickly, and to which side a token's clock leant last."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """What refers to a row that is removed is found without a look at every other one."""
    for table, column in (("demands", "challenge_id"), ("withdrawals", "session_id")):
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=there, postgresql_where=there)
    op.create_index("ix_login_sessions_of_device", "login_sessions", ["device_id", "opened_at"])
    op.add_column("credentials", sa.Column("lean", sa.Integer, server_default="0", nullable=False))
