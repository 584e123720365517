"""Whether a credential has an alarm key is told by no amount of work: without one, a decoy is computed with."""

from datetime import UTC, datetime

import pytest

from dsc.protocol.plain import Method, code
from host_tools.inventory import judging, plain_codes
from host_tools.inventory.judging import Keys, Verdict
from host_tools.policy import Policy

REACH = Policy.load().at(datetime(2026, 11, 23, tzinfo=UTC)).code
HOTP = "HOTP-SHA1-6"
REAL = b"login key, of 32 bytes as it is."


def keys(alarm=None):
    return Keys(bytearray(REAL), alarm, REACH)


def watching(used, gives=lambda key, factor: "1"):
    def compute(key, factor):
        used.append((bytes(key), factor, key))
        return gives(bytes(key), factor)

    return compute


@pytest.mark.parametrize("fits", [True, False])
def test_as_much_is_computed_without_an_alarm_key_as_with_one(fits):
    given = b"1" if fits else b"2"
    used = {True: [], False: []}
    for has_alarm in used:
        alarm = bytearray(b"?" * len(REAL)) if has_alarm else None
        judging.judged(keys(alarm), watching(used[has_alarm]), given, range(5))
    assert [factor for _, factor, _ in used[True]] == [factor for _, factor, _ in used[False]]
    assert len(used[False]) == 10
    assert {len(key) for key, _, _ in used[False]} == {len(REAL)}


def test_the_decoy_is_another_each_time_and_is_wiped():
    used = []
    for _ in range(2):
        judging.judged(keys(), watching(used), b"1", [0])
    decoys = [(key, held) for key, _, held in used if key != REAL]
    assert len({key for key, _ in decoys}) == 2
    assert [held for _, held in decoys] == [bytearray(len(REAL))] * 2


def test_a_decoy_that_fits_by_chance_does_not():
    by_decoy = lambda key, factor: "2" if key == REAL else "1"  # noqa: E731
    assert judging.judged(keys(), by_decoy, b"1", range(5)) == (Verdict.REJECTED, None)
    both = lambda key, factor: "1"  # noqa: E731
    assert judging.judged(keys(), both, b"1", range(5)) == (Verdict.ACCEPTED, 0)


def test_a_decoy_finds_no_counter_either(inventory, record, monkeypatch):
    record(login_suite=HOTP, key=bytearray(REAL))

    def of_the_decoy(method, key, counter):
        return f"{counter:06}" if bytes(key) != REAL else code(method, key, counter)

    monkeypatch.setattr(plain_codes, "code", of_the_decoy)
    resynchronise = plain_codes.resynchronise
    assert resynchronise(inventory, "DS-1001", "000300", "000301") is Verdict.REJECTED
    right = [code(Method.parse(HOTP), REAL, counter) for counter in (300, 301)]
    assert resynchronise(inventory, "DS-1001", *right) is Verdict.ACCEPTED
