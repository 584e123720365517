"""An operator's policy in the inventory: lifetimes, counts and windows are its own, on the dates that it names."""

from datetime import timedelta

import pytest

from dsc.crypto.ocra import respond
from dsc.protocol.plain import Method, code
from host_tools.inventory import Inventory, asking, failures, help_desk
from host_tools.inventory.desk_errors import BlockedError, DailyLimitError, LockedError, SessionNeededError
from host_tools.inventory.plain_codes import resynchronise, verify_code
from host_tools.inventory.token_rows import credential_row
from host_tools.inventory.verify import Verdict, issue_challenge, login_suite
from host_tools.policy import Policy

KEY = bytes([1]) * 32
HOTP = "HOTP-SHA1-6"
TOTP = "TOTP-SHA256-8-T30S"
OURS = """
[[policy]]
effective = 2026-11-23
[policy.challenge]
lifetime = "1 min"
[policy.failures]
in_a_row = 3
within = "2 h"
locked_for = "30 min"
unanswered = 4
without_success = 5
[policy.code]
look_ahead = 2
resynchronise_within = 100
drift_steps = 3
greatest_drift = "5 min"
[policy.session]
help_desk = "90 s"
[policy.help_desk]
confirmations = 1
within = "2 h"
"""


@pytest.fixture
def inventory(location, clock, tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text(OURS, encoding="utf-8")
    with Inventory.open(location, now=clock, policy=Policy.load(path)) as opened:
        yield opened


def count(inventory, wrong):
    for _ in range(wrong):
        with inventory.writing() as session:
            row = credential_row(session, inventory.credential("DS-1001"))
            failures.refuse(inventory, session, row, inventory.now())
            failures.count(session, row, inventory.now(), success=False)


def refuse(inventory):
    with inventory.reading() as session:
        row = credential_row(session, inventory.credential("DS-1001"))
        failures.refuse(inventory, session, row, inventory.now())


def test_challenges_live_as_long_as_the_policy_of_their_day_says(inventory, seal, clock):
    seal()
    clock.advance(days=-2)
    assert issue_challenge(inventory, "DS-1001").expires_at == clock() + timedelta(minutes=3)
    clock.advance(days=2)
    assert issue_challenge(inventory, "DS-1001").expires_at == clock() + timedelta(minutes=1)


def test_so_many_failures_lock_for_so_long(inventory, seal, clock):
    seal()
    count(inventory, 3)
    with pytest.raises(LockedError) as error:
        refuse(inventory)
    assert error.value.until == clock() + timedelta(minutes=30)
    clock.advance(minutes=30)
    refuse(inventory)


def test_so_many_failures_without_a_success_block(inventory, seal, clock):
    seal()
    for _ in range(4):
        count(inventory, 1)
        clock.advance(hours=3)
    refuse(inventory)
    count(inventory, 1)
    with pytest.raises(BlockedError):
        refuse(inventory)


def test_so_many_unanswered_challenges_count(inventory, seal, clock):
    seal()
    for _ in range(4):
        refuse(inventory)
        asking.ask(inventory, "DS-1001")
        clock.advance(minutes=1)
    with pytest.raises(LockedError):
        refuse(inventory)


def test_counters_are_looked_for_as_far_as_the_policy_says(inventory, seal):
    seal(login_suite=HOTP)
    at = lambda counter: code(Method.parse(HOTP), bytearray(KEY), counter)  # noqa: E731
    assert verify_code(inventory, "DS-1001", at(3)) is Verdict.REJECTED
    assert verify_code(inventory, "DS-1001", at(2)) is Verdict.ACCEPTED
    assert resynchronise(inventory, "DS-1001", at(103), at(104)) is Verdict.REJECTED
    assert resynchronise(inventory, "DS-1001", at(102), at(103)) is Verdict.ACCEPTED


@pytest.mark.parametrize("way", [-1, 1])
def test_time_steps_are_looked_for_as_far_as_the_policy_says(inventory, seal, clock, way):
    seal(login_suite=TOTP)
    now = int(clock().timestamp())
    at = lambda steps: code(Method.parse(TOTP), bytearray(KEY), now + 30 * steps)  # noqa: E731
    assert verify_code(inventory, "DS-1001", at(4 * way)) is Verdict.REJECTED
    assert verify_code(inventory, "DS-1001", at(3 * way)) is Verdict.ACCEPTED


def test_clocks_are_looked_for_as_far_as_the_policy_says(inventory, seal, clock):
    seal(login_suite=TOTP)
    now = int(clock().timestamp())
    at = lambda steps: code(Method.parse(TOTP), bytearray(KEY), now + 30 * steps)  # noqa: E731
    assert resynchronise(inventory, "DS-1001", at(-11), at(-10)) is Verdict.REJECTED
    assert resynchronise(inventory, "DS-1001", at(10), at(11)) is Verdict.REJECTED
    assert resynchronise(inventory, "DS-1001", at(-10), at(-9)) is Verdict.ACCEPTED
    assert resynchronise(inventory, "DS-1001", at(9), at(10)) is Verdict.ACCEPTED


def test_a_drift_that_the_policy_allows_no_more_is_looked_for_where_it_ends(inventory, seal, clock):
    seal(login_suite=TOTP)
    with inventory.writing() as session:
        credential_row(session, inventory.credential("DS-1001")).drift = 40
    at = lambda steps: code(Method.parse(TOTP), bytearray(KEY), int(clock().timestamp()) + 30 * steps)  # noqa: E731
    assert [verify_code(inventory, "DS-1001", at(steps)) for steps in (40, 11, 6)] == [Verdict.REJECTED] * 3
    assert verify_code(inventory, "DS-1001", at(7)) is Verdict.ACCEPTED


def test_a_long_step_may_always_be_as_far_off_as_one_code(inventory, seal, clock):
    suite = "TOTP-SHA256-8-T59M"
    seal(login_suite=suite)
    now = int(clock().timestamp())
    at = lambda steps: code(Method.parse(suite), bytearray(KEY), now + 59 * 60 * steps)  # noqa: E731
    assert resynchronise(inventory, "DS-1001", at(3), at(4)) is Verdict.REJECTED
    assert resynchronise(inventory, "DS-1001", at(2), at(3)) is Verdict.ACCEPTED


def test_the_help_desk_gives_as_much_as_the_policy_says(inventory, seal, clock):
    token = seal()

    def call():
        asked = asking.ask(inventory, token.serial)
        suite = login_suite(inventory.credential(token.serial))
        help_desk.authenticate(inventory, token.serial, respond(suite, bytearray(KEY), asked.question))

    call()
    clock.advance(seconds=91)
    with pytest.raises(SessionNeededError, match="within 90 seconds"):
        help_desk.confirm(inventory, token.serial, "12345678")
    call()
    help_desk.confirm(inventory, token.serial, "12345678")
    with pytest.raises(DailyLimitError, match="1 confirmations were given within 2 hours") as error:
        help_desk.confirm(inventory, token.serial, "12345678")
    assert error.value.again == clock() + timedelta(hours=2)
