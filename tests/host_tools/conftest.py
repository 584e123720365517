"""A PostgreSQL server, for whatever keeps an inventory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from fakes.postgres_server import MissingServerError, PostgresServer


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server."""
    try:
        server = PostgresServer()
    except MissingServerError as error:
        pytest.skip(str(error))
    with server:
        yield server


@pytest.fixture
def database(postgres: PostgresServer) -> URL:
    """The address of an empty database in PostgreSQL."""
    return postgres.new_database()
