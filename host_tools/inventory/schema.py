"""The inventory's tables (schema version 5), for SQLAlchemy's typed ORM."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION = 5
# In bytes' order, which PostgreSQL has to be told: so an index finds what begins alike.
SERIAL = String(32).with_variant(String(32, collation="C"), "postgresql")


class UtcTime(TypeDecorator[datetime]):
    """Times with a zone go in, UTC comes out, also where the database (SQLite) keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; a time without a zone is refused, because nobody can tell when it was."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone cannot be recorded")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """From UTC."""
        if value is None:
            return None
        stored: datetime = value
        return stored.replace(tzinfo=UTC) if stored.tzinfo is None else stored.astimezone(UTC)


class Unsigned64(TypeDecorator[int]):
    """OCRA and HOTP counters: 64 bits without sign, which SQL integers lack; 8 bytes sort the same."""

    impl = LargeBinary(8)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> bytes | None:
        """To 8 bytes, big-endian."""
        return None if value is None else value.to_bytes(8, "big")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> int | None:
        """From 8 bytes, big-endian."""
        return None if value is None else int.from_bytes(value, "big")


class Base(DeclarativeBase):
    """Base of all tables. Rows keep the plain default repr: no column of theirs ever lands in a log."""


class MasterKeyRow(Base):
    """Which master key the wrapped keys of a version are under; never the key."""

    __tablename__ = "master_keys"

    version: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16))


class TokenRow(Base):
    """One token."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(SERIAL, unique=True)
    board: Mapped[str] = mapped_column(String(64))
    uid: Mapped[bytes] = mapped_column(LargeBinary(64), index=True)
    firmware_version: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    sealed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    mode: Mapped[str] = mapped_column(String(16), server_default="soft")
    user: Mapped[str | None] = mapped_column(String(64), index=True)
    reference: Mapped[str | None] = mapped_column(String(64), index=True)
    manufacturer: Mapped[str] = mapped_column(String(64), server_default="picodsc")
    build: Mapped[str] = mapped_column(String(64), server_default="")

    secrets: Mapped[list[TokenSecretRow]] = relationship(back_populates="token", cascade="all, delete-orphan")
    credentials: Mapped[list[CredentialRow]] = relationship(
        back_populates="token", cascade="all, delete-orphan", order_by="CredentialRow.id"
    )


class CredentialRow(Base):
    """One credential of a token, and how far its counter and its challenge sequence have come.

    `challenges_due` and `references_due` are what `allowance` keeps. `spent_references` is not 0 after a restore: up to
    this one they are taken for used, and after it those count that were issued. `counter_unsure` says that the token
    may have counted on since the backup, `proof_failed` that it answered wrongly at the station and has to answer.
    """

    __tablename__ = "credentials"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("tokens.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    label: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(8))
    login_suite: Mapped[str] = mapped_column(String(80))
    sign_suite: Mapped[str | None] = mapped_column(String(80))
    server_suite: Mapped[str | None] = mapped_column(String(80))
    counter: Mapped[int] = mapped_column(Unsigned64)
    challenge_index: Mapped[int] = mapped_column(BigInteger)
    server_id: Mapped[bytes | None] = mapped_column(LargeBinary(16), unique=True, index=True)
    form: Mapped[str | None] = mapped_column(Text)
    sign_index: Mapped[int] = mapped_column(BigInteger, server_default="0")
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    possession_only: Mapped[bool | None]
    challenges_due: Mapped[datetime | None] = mapped_column(UtcTime)
    references_due: Mapped[datetime | None] = mapped_column(UtcTime)
    spent_references: Mapped[int] = mapped_column(BigInteger, server_default="0")
    counter_unsure: Mapped[bool] = mapped_column(server_default=false())
    proof_failed: Mapped[bool] = mapped_column(server_default=false())

    token: Mapped[TokenRow] = relationship(back_populates="credentials")
    keys: Mapped[list[WrappedKeyRow]] = relationship(
        back_populates="credential", cascade="all, delete-orphan"
    )
    challenges: Mapped[list[ChallengeRow]] = relationship(cascade="all, delete-orphan")
    references: Mapped[list[ReferenceRow]] = relationship(cascade="all, delete-orphan")


class WrappedKeyRow(Base):
    """One secret of a credential, under the master key; the role says what it is for."""

    __tablename__ = "wrapped_keys"
    __table_args__ = (UniqueConstraint("credential_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credentials.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(16))
    key_version: Mapped[int] = mapped_column(ForeignKey("master_keys.version"))
    nonce: Mapped[bytes] = mapped_column(LargeBinary(12))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)

    credential: Mapped[CredentialRow] = relationship(back_populates="keys")


class TokenSecretRow(Base):
    """One secret of a whole token, under the master key; the role says what it is for."""

    __tablename__ = "token_secrets"
    __table_args__ = (UniqueConstraint("token_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("tokens.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(16))
    key_version: Mapped[int] = mapped_column(ForeignKey("master_keys.version"))
    nonce: Mapped[bytes] = mapped_column(LargeBinary(12))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)

    token: Mapped[TokenRow] = relationship(back_populates="secrets")


class ReferenceRow(Base):
    """One reference of a signed transaction that was accepted, so that it is not accepted again."""

    __tablename__ = "used_references"
    __table_args__ = (UniqueConstraint("credential_id", "reference"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credentials.id", ondelete="CASCADE"))
    reference: Mapped[str] = mapped_column(String(20))
    used_at: Mapped[datetime] = mapped_column(UtcTime)


class ChallengeRow(Base):
    """One issued challenge; both constraints hold even if the code that issues them should not.

    `purpose` is what its answer is for (`asking`); None where answers are judged and not counted. `alarm` is None too
    unless the answer opened a session of the help desk, and says with which key.
    """

    __tablename__ = "challenges"
    __table_args__ = (
        UniqueConstraint("credential_id", "position"),
        UniqueConstraint("credential_id", "question"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credentials.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(BigInteger)
    question: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    accepted: Mapped[bool | None]
    client_question: Mapped[str | None] = mapped_column(String(64))
    alarm: Mapped[bool | None]
    purpose: Mapped[str | None] = mapped_column(String(80))


class AttemptRow(Base):
    """One thing that counts for or against a credential; `kind` is one of `failures.Kind`."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credentials.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcTime)


class ConfirmationRow(Base):
    """One PIN change that was confirmed; neither number nor answer."""

    __tablename__ = "confirmations"

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credentials.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcTime)


class UnlockRow(Base):
    """One unlock code that was told, by its number; of the secret that it was made of."""

    __tablename__ = "unlock_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_id: Mapped[int] = mapped_column(ForeignKey("token_secrets.id", ondelete="CASCADE"), index=True)
    n: Mapped[int] = mapped_column(Unsigned64)
    at: Mapped[datetime] = mapped_column(UtcTime)


class OperatorRow(Base):
    """One operator, and the credential that he answers with: `taken` keeps its token and its id."""

    __tablename__ = "operators"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    serial: Mapped[str] = mapped_column(String(32), unique=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)


class PolicyRow(Base):
    """One action that needs two operators."""

    __tablename__ = "four_eyes"

    action: Mapped[str] = mapped_column(String(32), primary_key=True)


class RequestRow(Base):
    """One action that an operator asked for; `detail` is JSON of all that it is, `digest` what is compared."""

    __tablename__ = "requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(String(32))
    serial: Mapped[str | None] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    requested_by: Mapped[str] = mapped_column(String(64))
    requested_at: Mapped[datetime] = mapped_column(UtcTime)
    approved_by: Mapped[str | None] = mapped_column(String(64))
    approved_at: Mapped[datetime | None] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class BatchRow(Base):
    """One batch of serials, and the first running number that was not issued; `stopped` until somebody says which."""

    __tablename__ = "serial_batches"

    prefix: Mapped[str] = mapped_column(String(8), primary_key=True)
    digits: Mapped[int]
    next_number: Mapped[int] = mapped_column(BigInteger)
    stopped: Mapped[bool] = mapped_column(server_default=false())


class AuditRow(Base):
    """One entry of the audit log; `detail` is JSON, `hash` covers all of it and the hash before."""

    __tablename__ = "audit_log"

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcTime)
    actor: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(32))
    serial: Mapped[str | None] = mapped_column(String(32), index=True)
    detail: Mapped[str] = mapped_column(Text)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
