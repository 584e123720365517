"""A database brought up to the present schema, by Alembic's migrations, in the transaction of whoever opens it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

NUMBERS: Final = "alembic_version"  # the table in which Alembic keeps its number
MIGRATIONS: Final = Path(__file__).with_name("migrations")


def upgrade(connection: Connection, unnumbered: int = 0, to: str = "head") -> None:
    """Take the migrations that are left, of an empty database all, up to the revision `to`; the caller commits.

    `unnumbered` is the schema version of a database from before Alembic kept its number.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    if unnumbered:
        command.stamp(config, revision(unnumbered))
    command.upgrade(config, to)


def revision(version: int) -> str:
    """What Alembic calls a schema version."""
    return f"{version:04d}"
