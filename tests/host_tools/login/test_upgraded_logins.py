"""An inventory of schema version 6, with users who have withdrawn: brought up to date, and worth as much as before."""

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, text

from fakes.login_house import House
from fakes.old_inventories import make_old
from host_tools.inventory.schema import UtcTime
from host_tools.login.limits_of import withdrawals_of
from host_tools.login.use_errors import CancelledWithdrawalError
from host_tools.login.withdrawals import cancel, limits, withdraw
from host_tools.policy.kinds import DeviceKind

THOUSAND = 100_000  # cents
KEY = "order-0000000001"
FIRST, SECOND = b"1" * 16, b"2" * 16


@pytest.fixture
def old(anywhere, clock):
    """Version 6: alice has withdrawn 60,000 by text message, and nobody knows what else since a restore."""
    make_old(anywhere, 6, lambda connection: fill(connection, clock()))
    return anywhere


def fill(connection, now):
    """As version 6 wrote it."""
    row = "INSERT INTO withdrawals (id, reference, user_id, device_kind, cents, at) VALUES "
    for statement, values in (
        ("INSERT INTO users (id, name, language, created_at) VALUES (1, 'alice', 'en', :at)", {"at": now}),
        (
            "INSERT INTO devices (id, user_id, kind, state, added_at, activated_at) "
            "VALUES (1, 1, 'sms', 'active', :at, :at)",
            {"at": now},
        ),
        (
            row + "(1, :reference, 1, 'sms', 6000000, :at)",
            {"reference": FIRST, "at": now - timedelta(hours=1)},
        ),
        (
            row + "(2, :reference, 1, NULL, NULL, :at)",
            {"reference": SECOND, "at": now - timedelta(days=30)},
        ),
    ):
        connection.execute(text(statement).bindparams(bindparam("at", type_=UtcTime)), values)
    if connection.dialect.name == "postgresql":
        for table in ("users", "devices", "withdrawals"):
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 2)"))


def test_withdrawals_of_before_go_on_to_count_and_new_ones_have_keys(old, clock):
    house = House(old, clock)
    try:
        made = withdrawals_of(house.system, "alice")
        assert [(one.reference, one.cents, one.kind, one.idempotency_key) for one in made] == [
            (SECOND.hex(), None, None, None),
            (FIRST.hex(), 60 * THOUSAND, DeviceKind.SMS, None),
        ]
        token = house.session_by(house.other_device(DeviceKind.SMS))
        assert limits(house.system, token).left == 140 * THOUSAND
        first = withdraw(house.system, token, 140 * THOUSAND, KEY)
        assert first.judged.allowed
        assert withdraw(house.system, token, 140 * THOUSAND, KEY) == first
        assert limits(house.system, token).left == 0
        cancel(house.system, FIRST.hex())
        cancel(house.system, first.reference)
        with pytest.raises(CancelledWithdrawalError):
            withdraw(house.system, token, 140 * THOUSAND, KEY)
        assert limits(house.system, token).left == 200 * THOUSAND
        house.inventory.check_audit()
    finally:
        house.close()


def test_it_is_upgraded_once(old, clock):
    for _ in range(2):
        house = House(old, clock)
        assert len(withdrawals_of(house.system, "alice")) == 2
        house.close()
