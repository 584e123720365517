"""What keeps an inventory or its keys beside files: a PostgreSQL server, and PKCS#11 modules."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from fakes.postgres_server import MissingServerError, PostgresServer
from fakes.soft_hsm import MissingSoftHsmError, OddHsm, SoftHsm

os.umask(0o022)  # a service goes by no file that others can write


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


@pytest.fixture
def soft_hsm(tmp_path: Path) -> Iterator[SoftHsm]:
    """A PKCS#11 module with the token `station`."""
    try:
        module = SoftHsm(tmp_path / "softhsm")
    except MissingSoftHsmError as error:
        pytest.skip(str(error))
    with module:
        yield module


@pytest.fixture
def odd_hsm(tmp_path: Path) -> Iterator[OddHsm]:
    """A PKCS#11 module that misbehaves when it is told to."""
    try:
        module = OddHsm(tmp_path / "odd")
    except MissingSoftHsmError as error:
        pytest.skip(str(error))
    with module:
        yield module
