"""The tables of inventory and login system (schema version 6), for SQLAlchemy's typed ORM; none is missed here."""

from host_tools.inventory.schema.base import SCHEMA_VERSION, Base, Unsigned64, UtcTime, table_of
from host_tools.inventory.schema.desk import (
    AttemptRow,
    AuditRow,
    BatchRow,
    ConfirmationRow,
    OperatorRow,
    PolicyRow,
    RequestRow,
    UnlockRow,
)
from host_tools.inventory.schema.logins import (
    ApiKeyRow,
    DemandRow,
    DeviceRow,
    LoginSecretRow,
    LoginSessionRow,
    OutboxRow,
    UserRow,
    WithdrawalRow,
)
from host_tools.inventory.schema.tokens import (
    ChallengeRow,
    CredentialRow,
    MasterKeyRow,
    ReferenceRow,
    TokenRow,
    TokenSecretRow,
    WrappedKeyRow,
)

__all__ = [
    "SCHEMA_VERSION",
    "ApiKeyRow",
    "AttemptRow",
    "AuditRow",
    "Base",
    "BatchRow",
    "ChallengeRow",
    "ConfirmationRow",
    "CredentialRow",
    "DemandRow",
    "DeviceRow",
    "LoginSecretRow",
    "LoginSessionRow",
    "MasterKeyRow",
    "OperatorRow",
    "OutboxRow",
    "PolicyRow",
    "ReferenceRow",
    "RequestRow",
    "TokenRow",
    "TokenSecretRow",
    "UnlockRow",
    "Unsigned64",
    "UserRow",
    "UtcTime",
    "WithdrawalRow",
    "WrappedKeyRow",
    "table_of",
]
