"""The inventory in PostgreSQL: made once, the same tables, one writer at a time, and errors by name."""

from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, Engine, Executable, column, create_engine, event, table, text, update

from fakes.at_once import at_once
from host_tools.inventory import Inventory, Location
from host_tools.inventory.database import opened
from host_tools.inventory.errors import (
    ForeignDatabaseError,
    InventoryBusyError,
    NewerInventoryError,
    NoInventoryError,
    SerialInUseError,
    UnusableDatabaseError,
)
from host_tools.inventory.postgresql import CONNECTIONS, NAME
from host_tools.inventory.schema import SCHEMA_VERSION, Base
from host_tools.inventory.upgrades import revision
from host_tools.inventory.verify import issue_challenge


@pytest.fixture
def at_server(database: URL, location: Location) -> Location:
    """A place for an inventory in an empty database."""
    return Location(database, location.master_key)


def execute(address: URL, statement: str | Executable) -> list:
    engine = create_engine(address.set(drivername="postgresql+psycopg"))
    try:
        with engine.begin() as connection:
            result = connection.execute(text(statement) if isinstance(statement, str) else statement)
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


def test_a_token_that_was_recorded_is_there_for_the_next_to_open_it(at_server, record):
    with Inventory.open(at_server) as inventory:
        record(into=inventory)
        question = issue_challenge(inventory, "DS-1001").question
    with Inventory.open(at_server) as inventory:
        credential = inventory.credential("DS-1001")
        assert inventory.key(credential) == b"\1" * 32
        assert credential.challenge_index == 1
        assert issue_challenge(inventory, "DS-1001").question != question


def test_the_migrations_end_in_the_tables_that_the_program_has(at_server, database):
    Inventory.open(at_server).close()
    engine = create_engine(database.set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()
    assert execute(database, "SELECT version_num FROM alembic_version") == [(revision(SCHEMA_VERSION),)]


def test_an_inventory_that_is_not_there_is_not_made_for_a_reader(at_server, database):
    with pytest.raises(NoInventoryError, match=database.database):
        Inventory.open(at_server, create=False)
    assert execute(database, "SELECT * FROM information_schema.tables WHERE table_schema = 'public'") == []


def test_of_several_that_make_it_at_once_one_does_and_all_use_it(at_server, record):
    def work(number: int) -> None:
        with Inventory.open(at_server) as inventory:
            record(f"DS-{number}", number, into=inventory)

    at_once(work, range(1, 7))
    with Inventory.open(at_server) as inventory:
        assert inventory.serials() == [f"DS-{number}" for number in range(1, 7)]


def test_one_serial_is_recorded_once_however_many_try(at_server, record):
    Inventory.open(at_server).close()
    refused = []

    def work(number: int) -> None:
        with Inventory.open(at_server) as inventory:
            try:
                record("DS-1", number, into=inventory)
            except SerialInUseError:
                refused.append(number)

    at_once(work, range(1, 6))
    assert len(refused) == 4


def test_readers_see_what_was_committed_when_they_first_looked_and_wait_for_nobody(at_server, record):
    with Inventory.open(at_server) as inventory, Inventory.open(at_server) as other:
        with other.writing() as session, inventory.reading() as view:
            session.connection()
            assert view.execute(text("SELECT count(*) FROM tokens")).scalar_one() == 0
        with inventory.reading() as view:
            assert view.execute(text("SELECT count(*) FROM tokens")).scalar_one() == 0
            record(into=other)
            assert view.execute(text("SELECT count(*) FROM tokens")).scalar_one() == 0
        with inventory.reading() as view:
            assert view.execute(text("SELECT count(*) FROM tokens")).scalar_one() == 1


def test_writers_see_what_was_written_before_whatever_isolation_the_server_would_have(
    at_server, database, record
):
    Inventory.open(at_server).close()
    execute(
        database, f"ALTER DATABASE {database.database} SET default_transaction_isolation = 'serializable'"
    )
    with Inventory.open(at_server) as inventory:
        record(into=inventory)
    questions = []

    def work(_: int) -> None:
        with Inventory.open(at_server) as inventory:
            questions.append(issue_challenge(inventory, "DS-1001").question)

    at_once(work, range(4))
    assert len(set(questions)) == 4


def test_what_is_read_again_and_again_is_planned_a_few_times_only(at_server):
    with Inventory.open(at_server) as inventory:
        for _ in range(20):
            inventory.audit_head()
        assert plans(inventory, "FROM audit_log") <= 10


def test_what_is_written_again_and_again_is_planned_a_few_times_only_though_others_read_meanwhile(
    at_server, record
):
    with Inventory.open(at_server) as inventory:
        record(into=inventory)
        for _ in range(20):
            issue_challenge(inventory, "DS-1001")
            inventory.serials()
        assert plans(inventory, "INSERT INTO challenges") <= 10


def plans(inventory: Inventory, part: str) -> int:
    """How often the server has planned the statement with this in it, which the driver has prepared there."""
    query = text("SELECT custom_plans FROM pg_prepared_statements WHERE position(:part in statement) > 0")
    with inventory.looking_up() as connection:
        return connection.execute(query, {"part": part}).scalar_one()


def test_as_many_readers_as_there_may_be_at_once_open_their_connections_once(at_server):
    together = Barrier(CONNECTIONS)

    def read(_: int) -> None:
        with inventory.reading() as session:
            session.connection()
            together.wait(timeout=30)

    with Inventory.open(at_server) as inventory:
        at_once(read, range(CONNECTIONS))
        before = backends(inventory)
        at_once(read, range(CONNECTIONS))
        assert len(before) == CONNECTIONS
        assert backends(inventory) == before


def backends(inventory: Inventory) -> set[int]:
    """The server's processes for our connections."""
    query = text(
        "SELECT pid FROM pg_stat_activity WHERE application_name = :name AND datname = current_database()"
    )
    with inventory.looking_up() as connection:
        return set(connection.execute(query, {"name": NAME}).scalars())


def test_a_writer_that_waits_too_long_says_that_it_is_busy(at_server, database):
    with Inventory.open(at_server) as holder, holder.writing() as session:
        session.connection()
        impatient = opened(database, busy_seconds=0)
        with pytest.raises(InventoryBusyError), impatient.writing() as other:
            other.connection()
        impatient.close()


def test_nothing_can_be_written_while_reading(at_server):
    with (
        Inventory.open(at_server) as inventory,
        pytest.raises(UnusableDatabaseError, match="read-only"),
        inventory.reading() as session,
    ):
        session.execute(text("DELETE FROM tokens"))


def test_an_upgrade_that_fails_at_any_statement_leaves_an_empty_database(at_server, database):
    class Failing:
        seen = 0
        fails_at = 0

        def __call__(self, connection: object, cursor: object, statement: str, *_: object) -> None:
            self.seen += 1
            if self.seen == self.fails_at:
                raise OSError(5, "the disk fails")

    failing = Failing()
    event.listen(Engine, "before_cursor_execute", failing)
    try:
        empty = 0
        while True:
            failing.seen, failing.fails_at = 0, failing.fails_at + 1
            try:
                Inventory.open(at_server).close()
            except OSError:
                failing.fails_at, kept = 0, failing.fails_at
                empty += not execute(database, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
                failing.fails_at = kept
            else:
                break
    finally:
        event.remove(Engine, "before_cursor_execute", failing)
    assert empty > 10
    Inventory.open(at_server, create=False).close()


def test_a_newer_schema_is_refused_and_left_alone(at_server, database):
    Inventory.open(at_server).close()
    newer = update(table("alembic_version", column("version_num")))
    execute(database, newer.values(version_num=revision(SCHEMA_VERSION + 1)))
    with pytest.raises(NewerInventoryError) as refused:
        Inventory.open(at_server)
    assert (refused.value.found, refused.value.supported) == (SCHEMA_VERSION + 1, SCHEMA_VERSION)


@pytest.mark.parametrize(
    "tables",
    [
        "CREATE TABLE tokens (id int)",
        "CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('0001')",
        "CREATE TABLE alembic_version (version_num text); CREATE TABLE master_keys (version int)",
        "CREATE TABLE alembic_version (version_num text); CREATE TABLE master_keys (version int);"
        "INSERT INTO alembic_version VALUES ('9c3f1a')",
    ],
    ids=["another program", "another that uses Alembic", "no version", "an odd version"],
)
def test_a_database_of_another_program_is_refused(at_server, database, tables):
    execute(database, tables)
    with pytest.raises(ForeignDatabaseError):
        Inventory.open(at_server)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda address: address.set(database="nowhere"), "nowhere"),
        (lambda address: address.update_query_dict({"host": "/nowhere"}), "No such file"),
        (lambda address: address.set(username="stranger"), "stranger"),
    ],
    ids=["no database", "no server", "no role"],
)
def test_a_server_that_cannot_be_used_is_named_without_the_password(at_server, database, change, words):
    address = change(database).set(password="hunter2")
    with pytest.raises(UnusableDatabaseError, match=words) as refused:
        Inventory.open(Location(address, at_server.master_key))
    assert "hunter2" not in str(refused.value) + repr(refused.value.place)
