"""A token's whole life: its user, who made it, the build of its firmware; which challenge told of an alarm; PINs."""

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
    op.create_index("ix_tokens_state", "tokens", ["state"])
    op.create_index("ix_tokens_user", "tokens", ["user"])
    op.create_index("ix_tokens_uid", "tokens", ["uid"])
    op.create_index("ix_tokens_reference", "tokens", ["reference"])
