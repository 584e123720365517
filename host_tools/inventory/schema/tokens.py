"""Tokens, their credentials and wrapped keys, and the challenges and references that were issued to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from host_tools.inventory.schema.base import SERIAL, Base, Unsigned64, UtcTime


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
    `last_step` is the last step of time whose code was accepted, `drift` how many steps the token is taken to be ahead,
    and `lean` how many more (or fewer, if it is negative) the last code had.
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
    drift: Mapped[int] = mapped_column(server_default="0")
    lean: Mapped[int] = mapped_column(server_default="0")

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
