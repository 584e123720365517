"""Verified mode, mutual mode, transactions, codes by time: what they need to be judged."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Every token that is there is a soft one, and has none of the rest."""
    op.add_column("tokens", sa.Column("mode", sa.String(16), server_default="soft", nullable=False))
    op.add_column("credentials", sa.Column("server_id", sa.LargeBinary(16)))
    op.add_column("credentials", sa.Column("form", sa.Text))
    op.add_column("credentials", sa.Column("sign_index", sa.BigInteger, server_default="0", nullable=False))
    op.add_column("credentials", sa.Column("last_step", sa.BigInteger))
    op.create_index("ix_credentials_server_id", "credentials", ["server_id"], unique=True)
    op.add_column("challenges", sa.Column("client_question", sa.String(64)))
    op.create_table(
        "token_secrets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token_id", sa.Integer, sa.ForeignKey("tokens.id", ondelete="CASCADE"), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("key_version", sa.Integer, sa.ForeignKey("master_keys.version"), nullable=False),
        sa.Column("nonce", sa.LargeBinary(12), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("token_id", "role"),
    )
    op.create_table(
        "used_references",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "credential_id", sa.Integer, sa.ForeignKey("credentials.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("reference", sa.String(20), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("credential_id", "reference"),
    )
