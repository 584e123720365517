"""A token's clock that drifts is followed, one that has run away is found by two codes, and no step is used twice."""

import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete

from dsc.protocol.plain import Method, code
from host_tools.inventory import plain_codes
from host_tools.inventory.desk_errors import LockedError
from host_tools.inventory.errors import ResponseFormatError
from host_tools.inventory.plain_codes import resynchronise, verify_code
from host_tools.inventory.schema import AttemptRow
from host_tools.inventory.token_rows import credential_row
from host_tools.inventory.verify import Verdict

TOTP = "TOTP-SHA256-8-T30S"
KEY = bytes([1]) * 32
ALARM = bytes([2]) * 32
STEP = 30
GREATEST = 60  # steps of half a minute, in half an hour


class Token:
    """A token whose clock is so many steps ahead of ours."""

    def __init__(self, inventory, clock):
        self.inventory = inventory
        self.clock = clock
        self.ahead = 0

    def step(self):
        return int(self.clock.time.timestamp()) // STEP + self.ahead

    def code(self, off=0, key=KEY):
        return code(Method.parse(TOTP), key, (self.step() + off) * STEP)

    def login(self, off=0):
        return verify_code(self.inventory, "DS-1001", self.code(off))

    def resynchronise(self, first=-1, second=0, keys=(KEY, KEY)):
        """By the code of the step before, and the present one."""
        pair = self.code(first, keys[0]), self.code(second, keys[1])
        return resynchronise(self.inventory, "DS-1001", *pair)

    def stored(self):
        with self.inventory.reading() as session:
            row = credential_row(session, self.inventory.credential("DS-1001"))
            return row.last_step, row.drift


@pytest.fixture
def token(inventory, record, clock):
    record(login_suite=TOTP, alarm_key=bytearray(ALARM))
    return Token(inventory, clock)


@pytest.mark.parametrize("way", [-1, 1])
def test_a_clock_that_drifts_is_followed_from_code_to_code(token, clock, way):
    for _ in range(10):
        token.ahead += way
        for _ in range(2):
            clock.advance(days=15)
            assert token.login() is Verdict.ACCEPTED
    assert token.stored() == (token.step(), 10 * way)
    clock.advance(days=30)
    token.ahead = 0
    assert token.login() is Verdict.REJECTED


def test_a_code_that_was_typed_late_does_not_move_what_the_clock_is_taken_for(token, clock):
    for off in (-1, 1, -1, 0, -1, 1):
        clock.advance(days=1)
        assert token.login(off) is Verdict.ACCEPTED
        assert token.stored() == (token.step() + off, 0)


def test_two_codes_in_a_row_to_the_same_side_move_it(token, clock):
    for off, moved in ((-1, 0), (-1, -1), (-2, -1), (-1, -1), (-2, -1), (-2, -2)):
        clock.advance(days=1)
        assert token.login(off) is Verdict.ACCEPTED
        assert token.stored() == (token.step() + off, moved)


def test_a_clock_that_was_found_leans_to_no_side(token, clock):
    assert token.login(1) is Verdict.ACCEPTED
    token.ahead = 7
    assert token.resynchronise() is Verdict.ACCEPTED
    clock.advance(minutes=10)
    assert token.login(1) is Verdict.ACCEPTED
    assert token.stored() == (token.step() + 1, 7)


def test_a_code_may_be_one_step_beside_where_the_clock_was_found(token, clock):
    token.ahead = 7
    assert token.resynchronise() is Verdict.ACCEPTED
    clock.advance(minutes=10)
    assert [token.login(off) for off in (-2, 2)] == [Verdict.REJECTED] * 2
    assert [token.login(off) for off in (-1, 0, 1)] == [Verdict.ACCEPTED] * 3


def test_what_is_rejected_moves_nothing(token):
    token.ahead = 1
    assert token.login() is Verdict.ACCEPTED
    before = token.stored()
    assert token.login(5) is Verdict.REJECTED
    assert token.resynchronise(5, 7) is Verdict.REJECTED
    assert token.stored() == before


def test_a_clock_is_followed_no_further_than_the_greatest_drift(token, clock):
    token.ahead = GREATEST
    assert token.resynchronise() is Verdict.ACCEPTED
    clock.advance(minutes=5)
    assert token.login(1) is Verdict.REJECTED
    assert token.login() is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("ahead", "verdict"),
    [
        (1 - GREATEST, Verdict.ACCEPTED),
        (-GREATEST, Verdict.REJECTED),
        (-2, Verdict.ACCEPTED),
        (0, Verdict.ACCEPTED),
        (GREATEST, Verdict.ACCEPTED),
        (GREATEST + 1, Verdict.REJECTED),
    ],
)
def test_a_clock_that_ran_away_is_found_by_two_codes_in_a_row(token, clock, ahead, verdict):
    token.ahead = ahead
    assert token.resynchronise() is verdict
    assert token.stored() == ((token.step(), ahead) if verdict is Verdict.ACCEPTED else (None, 0))
    clock.advance(seconds=STEP)
    assert token.login() is verdict


@pytest.mark.parametrize("pair", [(0, 0), (0, -1), (-1, 1), (-2, 0)])
def test_two_codes_that_do_not_follow_one_another_find_nothing(token, pair):
    token.ahead = 20
    assert token.resynchronise(*pair) is Verdict.REJECTED


def test_codes_that_resynchronised_are_not_accepted_again_nor_any_before_them(token):
    token.ahead = 20
    assert token.resynchronise() is Verdict.ACCEPTED
    assert [token.login(off) for off in (-1, 0)] == [Verdict.REJECTED] * 2
    assert token.resynchronise() is Verdict.REJECTED
    assert token.resynchronise(-20, -19) is Verdict.REJECTED
    assert token.login(1) is Verdict.ACCEPTED


def test_a_pair_that_begins_with_the_last_used_code_finds_nothing(token):
    assert token.login(-1) is Verdict.ACCEPTED
    assert token.resynchronise(-1, 0) is Verdict.REJECTED
    assert token.resynchronise(0, 1) is Verdict.ACCEPTED


def test_a_clock_of_ours_that_was_set_right_leaves_used_codes_used(token, clock):
    clock.advance(minutes=20)
    assert token.login() is Verdict.ACCEPTED
    used = token.step()
    clock.advance(minutes=-20)
    token.ahead = 40
    assert token.step() == used
    assert (token.login(), token.resynchronise()) == (Verdict.REJECTED, Verdict.REJECTED)
    token.ahead = 0
    assert (token.login(), token.resynchronise()) == (Verdict.REJECTED, Verdict.REJECTED)
    clock.advance(minutes=20, seconds=STEP)
    assert token.login() is Verdict.ACCEPTED


@pytest.mark.parametrize("seed", range(4))
def test_no_step_is_used_twice_whatever_clocks_and_people_do(token, clock, seed):
    chosen = random.Random(seed)
    used = []
    for _ in range(150):
        clock.advance(seconds=chosen.choice([0, 0, 1, 30, 60, 300, 1800, -30, -600]))
        token.ahead = chosen.choice([token.ahead] * 9 + [token.ahead + 1, token.ahead - 1, 0, 40, -40])
        off = chosen.choice([-1, 0, 0, 1])
        with token.inventory.writing() as session:
            session.execute(delete(AttemptRow))  # what locks is not the question here
        if chosen.random() < 0.6:
            verdict, steps = token.login(off), [token.step() + off]
        else:
            verdict, steps = token.resynchronise(off - 1, off), [token.step() + off - 1, token.step() + off]
        if verdict.accepted:
            used += steps
    assert len(used) > 20
    assert used == sorted(set(used))


def test_the_duress_pin_s_codes_find_the_clock_too_but_not_one_of_each(token, clock):
    token.ahead = 20
    assert token.resynchronise(keys=(KEY, ALARM)) is Verdict.REJECTED
    assert token.resynchronise(keys=(ALARM, KEY)) is Verdict.REJECTED
    assert token.resynchronise(keys=(ALARM, ALARM)) is Verdict.ALARM
    assert token.stored() == (token.step(), 20)
    clock.advance(seconds=STEP)
    assert token.login() is Verdict.ACCEPTED
    assert [entry.event for entry in token.inventory.history()[-3:]] == [
        "clock not found", "clock found", "alarm"
    ]  # fmt: skip


@pytest.mark.parametrize(("ahead", "key"), [(0, KEY), (59, KEY), (-30, ALARM), (500, KEY)])
def test_every_code_is_computed_for_both_keys_whether_a_pair_fits_or_none(token, monkeypatch, ahead, key):
    present, token.ahead = token.step(), ahead
    pair = token.code(-1, key), token.code(0, key)
    computed = []

    def watched(method, with_key, seconds):
        computed.append((bytes(with_key), seconds))
        return code(method, with_key, seconds)

    monkeypatch.setattr(plain_codes, "code", watched)
    resynchronise(token.inventory, "DS-1001", *pair)
    window = range(present - GREATEST, present + GREATEST + 1)
    assert computed == [(one, step * STEP) for one in (KEY, ALARM) for step in window]


def test_pairs_that_are_not_found_lock_the_credential(token):
    for _ in range(10):
        assert token.resynchronise(0, 0) is Verdict.REJECTED
    with pytest.raises(LockedError):
        token.resynchronise()


def test_codes_of_another_length_are_refused_and_count_for_nothing(token):
    for _ in range(11):
        with pytest.raises(ResponseFormatError, match="8 digits"):
            resynchronise(token.inventory, "DS-1001", token.code(-1), "123456")
    assert token.resynchronise() is Verdict.ACCEPTED


def test_processes_that_find_a_clock_at_once_find_it_once(token, race):
    token.ahead = 20
    token.clock.time = datetime.now(UTC)  # which the processes go by
    pair = token.code(-1), token.code()
    body = (
        "from host_tools.inventory.plain_codes import resynchronise\n"
        f"print(resynchronise(inventory, 'DS-1001', *{pair}).value)\n"
    )
    told = race(body, 4)
    assert sorted(output[0] for output in told) == ["accepted", *["rejected"] * 3]
