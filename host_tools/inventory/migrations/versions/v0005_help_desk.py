"""The help desk's counts, and the operators of whom two have to agree."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Nothing was counted before, and nobody had to agree."""
    _table("attempts", _owner("credential_id", "credentials"), _text("kind", 16))
    _table("confirmations", _owner("credential_id", "credentials"))
    _table(
        "unlock_codes",
        _owner("secret_id", "token_secrets"),
        sa.Column("n", sa.LargeBinary(8), nullable=False),
    )
    op.create_index("ix_attempts_credential_id", "attempts", ["credential_id"])
    op.create_index("ix_confirmations_credential_id", "confirmations", ["credential_id"])
    op.create_index("ix_unlock_codes_secret_id", "unlock_codes", ["secret_id"])
    op.create_table(
        "operators",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("serial", sa.String(32), nullable=False, unique=True),
        sa.Column("credential_id", sa.LargeBinary(16), nullable=False, unique=True),
    )
    op.create_table("four_eyes", sa.Column("action", sa.String(32), primary_key=True))
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer, primary_key=True),
        _text("action", 32),
        sa.Column("serial", sa.String(32)),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        _text("requested_by", 64),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(64)),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("used_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_requests_digest", "requests", ["digest"])
    op.add_column("challenges", sa.Column("purpose", sa.String(80)))
    op.add_column(
        "credentials", sa.Column("proof_failed", sa.Boolean, nullable=False, server_default=sa.false())
    )


def _table(name: str, *columns: "sa.Column[Any]") -> None:
    """Something that happened, and when."""
    at = sa.Column("at", sa.DateTime(timezone=True), nullable=False)
    op.create_table(name, sa.Column("id", sa.Integer, primary_key=True), *columns, at)


def _owner(name: str, table: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False)


def _text(name: str, length: int) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length), nullable=False)
