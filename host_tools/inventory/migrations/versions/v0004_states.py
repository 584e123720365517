"""A token's user, maker and build; which challenge told of an alarm; imported PINs; what a restore leaves open."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Every token that is there was made here, and is nobody's."""
    op.add_column("tokens", sa.Column("user", sa.String(64)))
    op.add_column("tokens", sa.Column("reference", sa.String(64)))
    op.add_column(
        "tokens", sa.Column("manufacturer", sa.String(64), server_default="picodsc", nullable=False)
    )
    op.add_column("tokens", sa.Column("build", sa.String(64), server_default="", nullable=False))
    op.add_column("challenges", sa.Column("alarm", sa.Boolean))
    op.add_column("credentials", sa.Column("possession_only", sa.Boolean))
    op.add_column("credentials", sa.Column("challenges_due", sa.DateTime(timezone=True)))
    op.add_column("credentials", sa.Column("references_due", sa.DateTime(timezone=True)))
    op.add_column(
        "credentials", sa.Column("spent_references", sa.BigInteger, server_default="0", nullable=False)
    )
    op.add_column(
        "credentials", sa.Column("counter_unsure", sa.Boolean, server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "serial_batches", sa.Column("stopped", sa.Boolean, server_default=sa.false(), nullable=False)
    )
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("tokens", "serial", type_=sa.String(32, collation="C"))
    op.create_index("ix_tokens_state", "tokens", ["state"])
    op.create_index("ix_tokens_user", "tokens", ["user"])
    op.create_index("ix_tokens_uid", "tokens", ["uid"])
    op.create_index("ix_tokens_reference", "tokens", ["reference"])
