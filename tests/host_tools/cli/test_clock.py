"""`picodsc clock`: a record from the future is told, and the clock is believed by the operator's word."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from fakes.login_house import House
from host_tools.inventory import Location


@pytest.fixture
def ahead(home):
    """An inventory whose newest entry is a year ahead, by a service whose clock was; alice's token is in order."""
    moved = timedelta()
    house = House(Location.inside(home), lambda: datetime.now(UTC) + moved)
    house.user()
    house.token()
    moved = timedelta(days=365)
    house.user("bob")
    moved = timedelta()
    yield house
    house.close()


def test_a_clock_that_is_fine_is_left_alone(picodsc, house):
    house.user()
    ended = picodsc("clock", "show")
    assert (ended.err, ended.code) == ("", 0)
    assert "behind          no" in ended.out.splitlines()
    assert json.loads(picodsc("clock", "show", "--json").out)["behind_seconds"] is None
    before = house.inventory.audit_head()
    assert (
        picodsc("clock", "accept", "--yes").out
        == "the clock is not behind what is on record; nothing was done\n"
    )
    assert house.inventory.audit_head() == before


def test_a_record_from_the_future_is_told_by_every_command_and_goes_away_when_the_clock_is_accepted(
    picodsc, ahead
):
    ended = picodsc("clock", "show", "--json")
    assert ended.code == 1
    assert abs(json.loads(ended.out)["behind_seconds"] - 365 * 24 * 60 * 60) < 600
    assert "the clock is behind what is on record, by 36" in picodsc("user", "list").err
    asked = json.loads(picodsc("challenge", "alice", "--begin", "--json").out)
    assert datetime.fromisoformat(asked["expires_at"]) > datetime.now(UTC) + timedelta(days=364)
    ended = picodsc("clock", "accept", stdin=f"{datetime.now(UTC):%Y-%m-%d}\n")
    assert ended.code == 0
    assert "start the login service anew" in ended.out
    assert picodsc("clock", "show").code == 0
    asked = json.loads(picodsc("challenge", "alice", "--begin", "--json").out)
    assert datetime.fromisoformat(asked["expires_at"]) < datetime.now(UTC) + timedelta(minutes=4)
    response = ahead.hands["DS-1"].shows(asked["challenge"], ahead.now())
    ended = picodsc("challenge", "alice", "--answer", asked["reference"], stdin=response)
    assert (ended.out, ended.code) == ("accepted\n", 0)


def test_it_is_not_accepted_without_the_date(picodsc, ahead):
    before = ahead.inventory.audit_head()
    for typed in ("", "yes\n", f"{datetime.now(UTC) + timedelta(days=365):%Y-%m-%d}\n"):
        ended = picodsc("clock", "accept", stdin=typed)
        assert (ended.out, ended.code) == ("", 1)
    assert ahead.inventory.audit_head() == before


def test_where_the_policy_refuses_commands_say_what_to_do(picodsc, ahead, tmp_path, monkeypatch):
    file = tmp_path / "policy.toml"
    file.write_text('[[policy]]\neffective = 2020-01-01\n[policy.clock]\nback = "refuse"\n')
    monkeypatch.setenv("PICODSC_POLICY", str(file))
    ended = picodsc("user", "list")
    assert (ended.out, ended.code) == ("", 1)
    assert "'picodsc clock show' tells more" in ended.err
    assert "policy          refuse" in picodsc("clock", "show").out
    assert picodsc("clock", "accept", "--yes").code == 0
    assert picodsc("user", "list").code == 0
