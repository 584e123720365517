"""How far the clocks of tokens are off whose codes follow the time."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """A code may be of a step beside the present one, as before, until one was accepted."""
    op.add_column("credentials", sa.Column("drift", sa.Integer, server_default="0", nullable=False))
