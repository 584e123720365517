"""Batches of serials, of which each number is issued once; and a log in which every entry binds the one before."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """What was done before is in no log, and serials that were given by hand are in no batch."""
    op.create_table(
        "serial_batches",
        sa.Column("prefix", sa.String(8), primary_key=True),
        sa.Column("digits", sa.Integer, nullable=False),
        sa.Column("next_number", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "audit_log",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("serial", sa.String(32)),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )
    op.create_index("ix_audit_log_serial", "audit_log", ["serial"])
