"""The station's and the help desk's records: what counts, who has to agree, batches of serials, the audit log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from host_tools.inventory.schema.base import Base, Unsigned64, UtcTime


class AttemptRow(Base):
    """One thing that counts for or against a credential, a user, and his device; `kind` is one of `failures.Kind`."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[int | None] = mapped_column(
        ForeignKey("credentials.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcTime)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))


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
