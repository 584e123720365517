"""Temporary passcodes: made by chance, full, limited and over, and never two in a row."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from fakes.chance import most
from host_tools.login.rules.code_errors import PasscodeTwiceError, ShapeError
from host_tools.login.rules.passcodes import Event, Happening, Phase, check_may_issue, new_passcode, phase
from host_tools.login.rules.reading import is_same
from host_tools.policy.kinds import DeviceKind

CLEAR = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
ISSUED = datetime(2026, 3, 7, 15, 30, tzinfo=UTC)
FULL, LIMITED = timedelta(days=2), timedelta(days=10)
SECOND = timedelta(seconds=1)


def test_a_passcode_has_characters_of_the_alphabet_by_chance():
    made = [new_passcode(8, CLEAR) for _ in range(2000)]
    assert {len(one) for one in made} == {8}
    counts = Counter(b"".join(made).decode())
    assert set(counts) == set(CLEAR)
    assert max(counts.values()) <= most(16000, 1 / 32)
    assert len(set(map(bytes, made))) == 2000


def test_a_passcode_is_recognised_as_it_is_typed():
    passcode = new_passcode(8, CLEAR)
    text = passcode.decode().lower()
    assert is_same(passcode, f"{text[:4]}-{text[4:]}", CLEAR)


@pytest.mark.parametrize("length", [0, 3, 33])
def test_a_passcode_that_is_too_short_or_too_long_is_not_made(length):
    with pytest.raises(ShapeError, match="the length of codes must be 4 to 32"):
        new_passcode(length, CLEAR)


def test_an_alphabet_that_cannot_be_makes_no_passcode():
    with pytest.raises(ShapeError):
        new_passcode(8, "abc")


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (-SECOND, Phase.FULL),
        (timedelta(0), Phase.FULL),
        (FULL - SECOND, Phase.FULL),
        (FULL, Phase.LIMITED),
        (FULL + LIMITED - SECOND, Phase.LIMITED),
        (FULL + LIMITED, Phase.OVER),
        (timedelta(days=4000), Phase.OVER),
    ],
)
def test_two_days_of_full_access_then_ten_of_limited(age, expected):
    assert phase(ISSUED, ISSUED + age, FULL, LIMITED) is expected


def event(what, device=DeviceKind.TEMPORARY_PASSCODE, days=0):
    return Event(what, device, ISSUED + timedelta(days=days))


PASSCODE = event(Happening.PASSCODE_ISSUED)


def test_a_first_passcode_may_be_issued():
    check_may_issue([])
    check_may_issue([event(Happening.LOGIN_ANSWERED, DeviceKind.DSC_PLUS)])


@pytest.mark.parametrize(
    "since",
    [
        [],
        [event(Happening.DEVICE_ACTIVATED), event(Happening.LOGIN_ANSWERED, days=1)],
        [event(Happening.LOGIN_ANSWERED, days=400)],
    ],
    ids=["nothing", "its own use", "its own use, long ago"],
)
def test_a_second_passcode_in_a_row_is_not_issued(since):
    device_before = event(Happening.LOGIN_ANSWERED, DeviceKind.DSC_PLUS, -1)
    with pytest.raises(PasscodeTwiceError, match="issued at 2026-03-07 15:30 UTC") as raised:
        check_may_issue([device_before, PASSCODE, *since])
    assert raised.value.issued_at == ISSUED


@pytest.mark.parametrize("what", [Happening.DEVICE_ACTIVATED, Happening.LOGIN_ANSWERED])
@pytest.mark.parametrize("device", sorted(set(DeviceKind) - {DeviceKind.TEMPORARY_PASSCODE}))
def test_any_other_device_that_was_activated_or_answered_comes_in_between(what, device):
    in_between = event(what, device, 3)
    check_may_issue([PASSCODE, in_between])
    check_may_issue([PASSCODE, event(Happening.LOGIN_ANSWERED, days=1), in_between])
    with pytest.raises(PasscodeTwiceError):
        check_may_issue([PASSCODE, in_between, PASSCODE])


def test_the_order_of_the_record_counts_and_not_the_clock():
    """A clock that was set back makes no device come before the passcode."""
    check_may_issue([PASSCODE, event(Happening.DEVICE_ACTIVATED, DeviceKind.DSC_PLUS, -30)])
