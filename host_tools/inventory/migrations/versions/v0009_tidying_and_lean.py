"""Indexes by which old challenges and sessions are removed quickly, to which side a token's clock leant last, alarms.

A session of the duress PIN stays an alarm whatever its token answers later, a withdrawal is marked as it is recorded,
and those that a user has asked for are counted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """In steps that have nothing to do with one another."""
    _removed_quickly()
    op.add_column("credentials", sa.Column("lean", sa.Integer, server_default="0", nullable=False))
    _alarms()
    _asked_for()


def _removed_quickly() -> None:
    """What refers to a row that is removed is found without a look at every other one."""
    for table, column in (("demands", "challenge_id"), ("withdrawals", "session_id")):
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=there, postgresql_where=there)
    op.create_index("ix_login_sessions_of_device", "login_sessions", ["device_id", "opened_at"])


def _alarms() -> None:
    """What is on record of older ones is the session's mark, which was that of its last answer."""
    for table, column in (("login_sessions", "answered_by_alarm"), ("withdrawals", "is_alarm")):
        op.add_column(table, sa.Column(column, sa.Boolean, server_default=sa.false(), nullable=False))
    op.execute("UPDATE login_sessions SET answered_by_alarm = is_alarm")
    op.execute(
        "UPDATE withdrawals SET is_alarm = (1 = 1) WHERE session_id IN (SELECT id FROM login_sessions WHERE is_alarm)"
    )


def _asked_for() -> None:
    """How many withdrawals a user has asked for, and those that count found by the index alone."""
    op.add_column("users", sa.Column("withdrawals_from", sa.DateTime(timezone=True)))
    op.add_column("users", sa.Column("withdrawals_asked", sa.Integer, server_default="0", nullable=False))
    op.drop_index("ix_withdrawals_user_id", "withdrawals")
    op.create_index("ix_withdrawals_counting", "withdrawals", ["user_id", "at", "cents"])
