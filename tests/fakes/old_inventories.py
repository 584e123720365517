"""Inventories as an older picodsc would have made them, in either kind of database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

from sqlalchemy import URL, Connection, create_engine, text

from host_tools.inventory import Inventory, Location
from host_tools.inventory.upgrades import revision, upgrade


def make_old(where: Location, version: int, fill: Callable[[Connection], None]) -> None:
    """Make one of the schema version, with what `fill` writes into it as that version wrote it."""
    Inventory.open(where).close()  # the master key, and what says that the database is ours
    address = where.database
    is_server = isinstance(address, URL)
    if is_server:
        engine = create_engine(address.set(drivername="postgresql+psycopg"))
    else:
        with closing(sqlite3.connect(address)) as database:
            application = database.execute("PRAGMA application_id").fetchone()[0]
        engine = create_engine(f"sqlite:///{address}")
    with engine.connect() as connection:
        known = connection.execute(text("SELECT version, fingerprint FROM master_keys")).one()
    if is_server:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    else:
        engine.dispose()
        address.unlink()
        for more in ("-wal", "-shm"):
            address.with_name(address.name + more).unlink(missing_ok=True)
    with engine.begin() as connection:
        upgrade(connection, to=revision(version))
        connection.execute(
            text("INSERT INTO master_keys VALUES (:version, :fingerprint)"), dict(known._mapping)
        )
        fill(connection)
        if not is_server:
            connection.exec_driver_sql(f"PRAGMA application_id = {application}")
            connection.exec_driver_sql(f"PRAGMA user_version = {version}")
    engine.dispose()
    if not is_server:
        address.chmod(0o600)
