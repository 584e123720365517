"""What withdrawals that have an idempotency key were answered."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Withdrawals that were made before have no key, and go on to count."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "withdrawal_answers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("idempotency_key", sa.String(64), nullable=False, unique=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("cents", sa.BigInteger, nullable=False),
        sa.Column("reference", sa.LargeBinary(16), unique=True),
        sa.Column("reason", sa.String(16)),
        sa.Column("left_today", sa.BigInteger),
        sa.Column("left_in_window", sa.BigInteger),
        sa.Column("possible_at", time),
        sa.Column("more_at", time),
    )
    op.create_index("ix_withdrawal_answers_user_id", "withdrawal_answers", ["user_id"])
