"""What shells complete is read from the inventory's file, without its key, and nothing else happens to it."""

import pytest

from host_tools.login import accounts, device_life
from host_tools.login.completions import device_numbers, serials, user_names


def test_users_are_those_that_begin_so_and_are_not_closed(house, location):
    for name in ("alice", "alan", "al_n", "bob"):
        house.user(name)
    accounts.close_user(house.system, "alan")
    assert user_names(location.database, "AL") == ["al_n", "alice"]
    assert user_names(location.database, "al_") == ["al_n"]
    assert user_names(location.database, "") == ["al_n", "alice", "bob"]


def test_devices_are_the_user_s_that_have_not_ended(house, location):
    house.user()
    house.user("bob")
    first, second = house.token(), house.token()
    house.token("bob")
    device_life.end_device(house.system, "alice", first.id)
    assert device_numbers(location.database, "Alice") == [(second.id, "dsc+")]
    assert device_numbers(location.database, "nobody") == []


def test_serials_are_those_that_begin_so(house, location):
    house.user()
    house.token()
    assert serials(location.database, "ds-") == ["DS-1"]
    assert serials(location.database, "X") == []


@pytest.mark.parametrize("content", [None, b"", b"no database"])
def test_what_is_no_inventory_gives_nothing_and_is_left_as_it_is(tmp_path, content):
    place = tmp_path / "inventory.db"
    if content is not None:
        place.write_bytes(content)
    assert user_names(place, "") == []
    assert (place.read_bytes() if place.exists() else None) == content
    assert [one.name for one in tmp_path.iterdir()] == ([] if content is None else ["inventory.db"])
