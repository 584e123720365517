"""What a login asks of its database: few statements, which a server plans a few times and then no more."""

import pytest
from sqlalchemy import text

from fakes.login_house import House
from host_tools.inventory import Location

LOGINS = 20
# A plan for the parameters at hand is made five times; and each kind of number (16, 32, 64 bits) makes another one.
PLANS = 10


@pytest.fixture
def kept(anywhere, clock):
    """A login system in a database of either kind, with a user who has a token."""
    opened = House(anywhere, clock)
    opened.user()
    opened.token()
    yield opened
    opened.close()


def test_a_login_takes_no_more_statements_than_it_is_known_to(kept, statements):
    kept.login()
    with statements() as asking:
        asked = kept.begin()
    typed = kept.response(asked)
    with statements() as answering:
        kept.answer(asked, typed)
    assert len(asking) <= 9
    assert len(answering) <= 10


@pytest.fixture
def server(database, location, clock):
    """What the server has prepared after some logins, and a connection that knows it."""
    opened = House(Location(database, location.master_key), clock)
    opened.user()
    opened.token()
    for _ in range(LOGINS):
        opened.login()
    with opened.inventory.looking_up() as connection:
        rows = connection.execute(text("SELECT * FROM pg_prepared_statements")).all()
        often = [row for row in rows if row.custom_plans + row.generic_plans > PLANS]
        assert len(often) >= 10
        yield connection, often
    opened.close()


def test_no_statement_of_a_login_is_planned_anew_each_time(server):
    _, prepared = server
    assert [row.statement for row in prepared if row.custom_plans > PLANS] == []


def test_no_statement_of_a_login_goes_through_a_whole_table(server):
    connection, prepared = server
    # Tables as small as these are gone through anyway, unless that is made dear; with no other way it is done still.
    for setting in ("SET enable_seqscan = off", "SET plan_cache_mode = force_generic_plan", "DISCARD PLANS"):
        connection.execute(text(setting))
    for row in prepared:
        nothing = ", ".join(["NULL"] * len(row.parameter_types))
        values = f"({nothing})" if nothing else ""
        plan = connection.execute(text(f"EXPLAIN EXECUTE {row.name}{values}")).scalars().all()
        assert not any("Seq Scan" in line for line in plan), (row.statement, plan)
