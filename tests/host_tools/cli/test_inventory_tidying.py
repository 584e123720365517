"""`picodsc inventory tidy`: what logins need no more is removed, and how much it was is said."""

from datetime import UTC, datetime, timedelta

from fakes.login_house import House
from host_tools.inventory import Location


def test_what_was_asked_long_ago_is_removed(picodsc, home):
    moved = timedelta(days=-40)
    house = House(Location.inside(home), lambda: datetime.now(UTC) + moved)
    house.user()
    house.token()
    house.login()
    house.login()
    house.passcode()
    house.close()
    ended = picodsc("inventory", "tidy")
    assert (ended.err, ended.code) == ("", 0)
    assert ended.out == "2 demands, 2 challenges, 1 session and 0 messages removed, 0 devices ended\n"
    again = picodsc("inventory", "tidy").out
    assert again == "0 demands, 0 challenges, 0 sessions and 0 messages removed, 0 devices ended\n"
    assert picodsc("inventory", "audit").code == 0
