"""Older inventories brought up to the present schema, in the one transaction that their opening begins."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from host_tools.inventory.schema import SCHEMA_VERSION

# What leads from each version to the next. Once released, a step never changes: it has to end in the tables that a
# new inventory of its version has.
STEPS: Final[dict[int, tuple[str, ...]]] = {
    1: (
        "ALTER TABLE tokens ADD COLUMN mode VARCHAR(16) DEFAULT 'soft' NOT NULL",
        "ALTER TABLE credentials ADD COLUMN server_id BLOB",
        "ALTER TABLE credentials ADD COLUMN form TEXT",
        "ALTER TABLE credentials ADD COLUMN sign_index BIGINT DEFAULT '0' NOT NULL",
        "ALTER TABLE credentials ADD COLUMN last_step BIGINT",
        "CREATE UNIQUE INDEX ix_credentials_server_id ON credentials (server_id)",
        "ALTER TABLE challenges ADD COLUMN client_question VARCHAR(64)",
        """
        CREATE TABLE token_secrets (
            id INTEGER NOT NULL,
            token_id INTEGER NOT NULL,
            role VARCHAR(16) NOT NULL,
            key_version INTEGER NOT NULL,
            nonce BLOB NOT NULL,
            ciphertext BLOB NOT NULL,
            PRIMARY KEY (id),
            UNIQUE (token_id, role),
            FOREIGN KEY(token_id) REFERENCES tokens (id) ON DELETE CASCADE,
            FOREIGN KEY(key_version) REFERENCES master_keys (version)
        )
        """,
        """
        CREATE TABLE used_references (
            id INTEGER NOT NULL,
            credential_id INTEGER NOT NULL,
            reference VARCHAR(20) NOT NULL,
            used_at DATETIME NOT NULL,
            PRIMARY KEY (id),
            UNIQUE (credential_id, reference),
            FOREIGN KEY(credential_id) REFERENCES credentials (id) ON DELETE CASCADE
        )
        """,
    ),
}


def upgrade(connection: Connection) -> None:
    """Take the steps that are left, within the caller's transaction; another process may have taken them first."""
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    for step in range(version, SCHEMA_VERSION):
        for statement in STEPS[step]:
            connection.exec_driver_sql(statement)
    if version < SCHEMA_VERSION:
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
