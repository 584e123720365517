"""After a restore no code by time is accepted twice, and clocks that are off are known as before."""

from datetime import timedelta

import pytest
from sqlalchemy import delete

from dsc.protocol.plain import Method, code
from host_tools.inventory import Inventory
from host_tools.inventory.backup import back_up
from host_tools.inventory.plain_codes import resynchronise, verify_code
from host_tools.inventory.restoring import restore
from host_tools.inventory.schema import AttemptRow
from host_tools.policy import Policy

KEY = b"\1" * 32


def test_a_code_by_time_that_may_have_been_used_is_refused(backed_up, file, clock, tmp_path):
    where = backed_up(login_suite="TOTP-SHA1-6-T30S")
    method = Method.parse("TOTP-SHA1-6-T30S")

    def now(steps=0):
        return code(method, KEY, int(clock.time.timestamp()) + 30 * steps)

    used = now(1)
    with Inventory.open(where, now=clock) as inventory:
        assert verify_code(inventory, "DS-1001", used).accepted
    done = restore(where, file, kept=tmp_path / "kept", now=clock)
    with Inventory.open(where, now=clock) as inventory:
        assert not verify_code(inventory, "DS-1001", used).accepted
        clock.advance(minutes=30)
        assert not verify_code(inventory, "DS-1001", now()).accepted
        clock.advance(seconds=30)
        assert done.open.timed_until == clock()
        assert verify_code(inventory, "DS-1001", now()).accepted


@pytest.mark.parametrize("empty", [True, False])
def test_codes_of_a_clock_that_was_found_since_are_refused(
    backed_up, elsewhere, file, clock, tmp_path, empty
):
    where = backed_up(login_suite="TOTP-SHA1-6-T30S")
    method = Method.parse("TOTP-SHA1-6-T30S")

    def ahead(steps):
        return code(method, KEY, int(clock.time.timestamp()) + 30 * steps)

    used = ahead(59), ahead(60)
    with Inventory.open(where, now=clock) as inventory:
        assert resynchronise(inventory, "DS-1001", *used).accepted
    where, kept = (elsewhere, None) if empty else (where, tmp_path / "kept")
    restore(where, file, kept=kept, now=clock)
    with Inventory.open(where, now=clock) as inventory:
        for _ in range(12):
            assert not resynchronise(inventory, "DS-1001", *used).accepted
            assert not verify_code(inventory, "DS-1001", used[1]).accepted
            with inventory.writing() as session:
                session.execute(delete(AttemptRow))
            clock.advance(minutes=5)
        # What the inventory knows that was replaced is not lost.
        assert verify_code(inventory, "DS-1001", ahead(60)).accepted is not empty
        clock.advance(seconds=30)
        assert resynchronise(inventory, "DS-1001", ahead(59), ahead(60)).accepted is empty


def test_steps_that_were_used_long_before_their_time_stay_used(backed_up, file, clock, tmp_path):
    where = backed_up(login_suite="TOTP-SHA1-6-T30S")
    clock.advance(days=365)
    with Inventory.open(where, now=clock) as inventory:
        used = code(Method.parse("TOTP-SHA1-6-T30S"), KEY, int(clock.time.timestamp()))
        assert verify_code(inventory, "DS-1001", used).accepted
    clock.advance(days=-365)
    restore(where, file, kept=tmp_path / "kept", now=clock)
    clock.advance(days=365)
    with Inventory.open(where, now=clock) as inventory:
        assert not verify_code(inventory, "DS-1001", used).accepted


def test_a_restore_carries_over_to_which_side_a_clock_leant(backed_up, file, clock, tmp_path):
    where = backed_up(login_suite="TOTP-SHA1-6-T30S")
    method = Method.parse("TOTP-SHA1-6-T30S")

    def ahead(steps):
        return code(method, KEY, int(clock.time.timestamp()) + 30 * steps)

    with Inventory.open(where, now=clock) as inventory:
        assert verify_code(inventory, "DS-1001", ahead(1)).accepted
    restore(where, file, kept=tmp_path / "kept", now=clock)
    with Inventory.open(where, now=clock) as inventory:
        for steps in (1, 2):
            clock.advance(hours=1)
            assert verify_code(inventory, "DS-1001", ahead(steps)).accepted


def test_a_backup_knows_how_far_clocks_are_off(anywhere, elsewhere, clock, record, file):
    method = Method.parse("TOTP-SHA1-6-T30S")
    pair = [code(method, KEY, int(clock.time.timestamp()) - 30 * steps) for steps in (21, 20)]
    with Inventory.open(anywhere, now=clock) as inventory:
        record(into=inventory, login_suite=method.text)
        assert resynchronise(inventory, "DS-1001", *pair).accepted
        back_up(inventory, file)
    restore(elsewhere, file, now=clock)
    clock.advance(hours=1)
    with Inventory.open(elsewhere, now=clock) as inventory:
        late = code(method, KEY, int(clock.time.timestamp()) - 30 * 20)
        assert verify_code(inventory, "DS-1001", late).accepted


def test_codes_of_a_slow_clock_are_refused_for_longer_and_until_when_is_said(
    anywhere, elsewhere, clock, record, file
):
    method = Method.parse("TOTP-SHA1-6-T30S")

    def late():
        return code(method, KEY, int(clock.time.timestamp()) - 30 * 20)

    with Inventory.open(anywhere, now=clock) as inventory:
        record(into=inventory, login_suite=method.text)
        before = code(method, KEY, int(clock.time.timestamp()) - 30 * 21)
        assert resynchronise(inventory, "DS-1001", before, late()).accepted
        back_up(inventory, file)
    until = restore(elsewhere, file, now=clock).open.timed_until
    with Inventory.open(elsewhere, now=clock) as inventory:
        clock.time = until - timedelta(seconds=30)
        assert not verify_code(inventory, "DS-1001", late()).accepted
        clock.time = until
        assert verify_code(inventory, "DS-1001", late()).accepted


def test_codes_by_time_wait_as_long_as_the_operator_s_policy_says(backed_up, file, clock, tmp_path):
    where = backed_up(login_suite="TOTP-SHA1-6-T30S")
    ours = tmp_path / "policy.toml"
    ours.write_text('[[policy]]\neffective = 2026-01-01\n[policy.code]\ngreatest_drift = "2 min"\n', "utf-8")
    restore(where, file, kept=tmp_path / "kept", now=clock, policy=Policy.load(ours))
    with Inventory.open(where, now=clock) as inventory:
        for minutes, accepted in ((2, False), (2.5, True)):
            clock.advance(minutes=minutes)
            now = code(Method.parse("TOTP-SHA1-6-T30S"), KEY, int(clock.time.timestamp()))
            assert verify_code(inventory, "DS-1001", now).accepted is accepted
