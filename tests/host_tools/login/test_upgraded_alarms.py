"""An inventory of schema version 8, with a session of the duress PIN: what was withdrawn in it is marked by now."""

from datetime import timedelta

from sqlalchemy import bindparam, select, text

from fakes.login_house import House
from fakes.old_inventories import make_old
from host_tools.inventory.schema import LoginSessionRow, UserRow, UtcTime
from host_tools.login.limits_of import withdrawals_of
from host_tools.login.overview import overview
from host_tools.login.withdrawals import limits, withdraw
from host_tools.policy.kinds import DeviceKind

QUIET, LOUD = 1, 2
CENTS = {None: 300, QUIET: 100, LOUD: 200}  # by the session; after a restore there is none


def fill(connection, now):
    """As version 8 wrote it."""
    at = {"at": now - timedelta(minutes=1), "until": now + timedelta(minutes=29)}
    for statement, values in (
        ("INSERT INTO users (id, name, language, created_at) VALUES (1, 'alice', 'en', :at)", {}),
        (
            "INSERT INTO devices (id, user_id, kind, state, added_at, activated_at) "
            "VALUES (1, 1, 'sms', 'active', :at, :at)",
            {},
        ),
        *(
            (
                "INSERT INTO login_sessions (id, digest, user_id, device_id, opened_at, expires_at, is_alarm, "
                "is_limited) VALUES (:id, :digest, 1, 1, :at, :until, :alarm, :limited)",
                {"id": number, "digest": bytes([number]) * 32, "alarm": number == LOUD, "limited": False},
            )
            for number in (QUIET, LOUD)
        ),
        *(
            (
                "INSERT INTO withdrawals (id, reference, user_id, session_id, device_kind, cents, at) "
                "VALUES (:id, :reference, 1, :session, 'sms', :cents, :at)",
                {"id": cents, "reference": bytes([cents % 251]) * 16, "session": session, "cents": cents},
            )
            for session, cents in CENTS.items()
        ),
    ):
        made = text(statement)
        named = {name: value for name, value in (at | values).items() if f":{name}" in statement}
        times = [bindparam(name, type_=UtcTime) for name in ("at", "until") if name in named]
        connection.execute(made.bindparams(*times), named)
    if connection.dialect.name == "postgresql":
        for table in ("users", "devices", "login_sessions", "withdrawals"):
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)"))


def test_its_alarms_are_those_of_sessions_and_what_counted_goes_on_to_count(anywhere, clock):
    make_old(anywhere, 8, lambda connection: fill(connection, clock()))
    for _ in range(2):  # it is upgraded once
        house = House(anywhere, clock)
        try:
            marks = {one.cents: one.is_alarm for one in withdrawals_of(house.system, "alice")}
            assert marks == {CENTS[None]: False, CENTS[QUIET]: False, CENTS[LOUD]: True}
            assert [one.is_alarm for one in overview(house.system, "alice").sessions] == [False, True]
            with house.system.reading() as work:
                found = work.session.scalars(select(LoginSessionRow).order_by(LoginSessionRow.id)).all()
                assert [one.answered_by_alarm for one in found] == [False, True]
                user = work.session.scalars(select(UserRow)).one()
                assert (user.withdrawals_from, user.withdrawals_asked) == (None, 0)
        finally:
            house.close()
    house = House(anywhere, clock)
    try:
        token = house.session_by(house.other_device(DeviceKind.SMS))
        assert limits(house.system, token).left == 20_000_000 - sum(CENTS.values())
        assert withdraw(house.system, token, 1).judged.allowed
    finally:
        house.close()
