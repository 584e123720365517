"""A login system in a folder of its own, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from fakes.hand_clock import HandClock
from fakes.login_house import House
from host_tools.inventory import Location


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def location(tmp_path: Path) -> Location:
    return Location(tmp_path / "data" / "inventory.db", tmp_path / "config" / "master.key")


@pytest.fixture
def house(location: Location, clock: HandClock) -> Iterator[House]:
    opened = House(location, clock)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request: pytest.FixtureRequest, location: Location) -> Location:
    """A place for an inventory in a database of either kind."""
    if request.param == "sqlite":
        return location
    return Location(request.getfixturevalue("database"), location.master_key)


@pytest.fixture
def anywhere_house(anywhere: Location, clock: HandClock) -> Iterator[House]:
    """A login system in a database of either kind."""
    opened = House(anywhere, clock)
    yield opened
    opened.close()


@pytest.fixture
def housed(anywhere_house: House) -> House:
    """The same with a user, alice."""
    anywhere_house.user()
    return anywhere_house


@pytest.fixture
def statements() -> Callable[[], AbstractContextManager[list[str]]]:
    """The SQL that runs meanwhile, in order, without what was bound to it."""

    @contextmanager
    def statements() -> Iterator[list[str]]:
        ran: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            ran.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield ran
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    return statements
