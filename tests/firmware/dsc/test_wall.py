"""A clock that knows the time once it was told, until power goes."""

from dsc.wall import WallClock


def test_nobody_has_told_it_the_time():
    assert WallClock(lambda: 5000).read() is None


def test_it_goes_on_from_what_it_was_told():
    now = [7_300]
    clock = WallClock(lambda: now[0])
    clock.set(1_111_111_109)
    assert clock.read() == 1_111_111_109
    now[0] += 999
    assert clock.read() == 1_111_111_109
    now[0] += 1
    assert clock.read() == 1_111_111_110


def test_the_last_telling_counts():
    clock = WallClock(lambda: 0, seconds=59)
    assert clock.read() == 59
    clock.set(0)
    assert clock.read() == 0
