"""Tokens, their credentials and keys, and the challenges issued to them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """From an empty database."""
    op.create_table(
        "master_keys",
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(16), nullable=False),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("serial", sa.String(32), nullable=False, unique=True),
        sa.Column("board", sa.String(64), nullable=False),
        sa.Column("uid", sa.LargeBinary(64), nullable=False),
        sa.Column("firmware_version", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "credentials",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token_id", sa.Integer, sa.ForeignKey("tokens.id", ondelete="CASCADE"), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("login_suite", sa.String(80), nullable=False),
        sa.Column("sign_suite", sa.String(80)),
        sa.Column("server_suite", sa.String(80)),
        sa.Column("counter", sa.LargeBinary(8), nullable=False),
        sa.Column("challenge_index", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_credentials_token_id", "credentials", ["token_id"])
    op.create_table(
        "wrapped_keys",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_a_credential(),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("key_version", sa.Integer, sa.ForeignKey("master_keys.version"), nullable=False),
        sa.Column("nonce", sa.LargeBinary(12), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("credential_id", "role"),
    )
    op.create_table(
        "challenges",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_a_credential(),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("question", sa.String(64), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("accepted", sa.Boolean),
        sa.UniqueConstraint("credential_id", "position"),
        sa.UniqueConstraint("credential_id", "question"),
    )


def _of_a_credential() -> "sa.Column[int]":
    return sa.Column(
        "credential_id", sa.Integer, sa.ForeignKey("credentials.id", ondelete="CASCADE"), nullable=False
    )
