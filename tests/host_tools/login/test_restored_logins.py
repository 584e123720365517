"""After a restore nobody knows who logged in since the backup: what may be stale is over, what counted still counts."""

import pytest
from sqlalchemy import func, select

from fakes.login_house import COUNTING, LOGIN, House
from host_tools.inventory import Location
from host_tools.inventory.backup import back_up
from host_tools.inventory.restoring import restore
from host_tools.inventory.rotation import rotate
from host_tools.inventory.schema import LoginSecretRow, OutboxRow, UserRow
from host_tools.login import accounts, device_life, devices, kept
from host_tools.login.api_keys import Scope, add_key, authenticate, revoke_key
from host_tools.login.caller_errors import CallerError
from host_tools.login.devices import DeviceState
from host_tools.login.errors import (
    ClosedUserError,
    DemandNotOpenError,
    LockedUserError,
    NoDeviceError,
    SessionError,
)
from host_tools.login.issuing import add_sms
from host_tools.login.limits_of import limits_of, withdrawals_of
from host_tools.login.overview import overview
from host_tools.login.sessions import session
from host_tools.login.use_errors import CancelledWithdrawalError, IdempotencyKeyUsedError
from host_tools.login.withdrawals import cancel, limits, none_since_backup, withdraw
from host_tools.policy.kinds import DeviceKind

THOUSAND = 100_000  # cents
KEYS = [f"order-000000000{number}" for number in range(4)]


@pytest.fixture
def life(location, clock, tmp_path):
    """A house that is backed up, and comes back from that in its place, or elsewhere."""
    opened = Life(location, clock, tmp_path)
    yield opened
    opened.house.close()


class Life:
    def __init__(self, location, clock, folder):
        self.location, self.clock, self.folder = location, clock, folder
        self.house = House(location, clock)

    @property
    def system(self):
        return self.house.system

    def back_up(self):
        back_up(self.house.inventory, self.folder / "backup")

    def restore(self, *, empty=False):
        """Over the inventory that is there, or into an empty place."""
        hands = self.house.hands
        self.house.close()
        if empty:
            self.location = Location(self.folder / "elsewhere" / "inventory.db", self.location.master_key)
        kept_in = None if empty else self.folder / "kept"
        done = restore(self.location, self.folder / "backup", kept=kept_in, now=self.clock)
        self.house = House(self.location, self.clock)
        self.house.hands = hands
        return done.open.logins

    def count(self, rows):
        with self.house.inventory.reading() as session:
            return session.scalar(select(func.count()).select_from(rows))


@pytest.mark.parametrize("empty", [False, True])
def test_sessions_and_what_waits_for_an_answer_are_over(life, empty):
    life.house.user()
    life.house.token()
    token = life.house.login().session
    asked = life.house.begin()
    response = life.house.response(asked)
    life.back_up()
    assert life.restore(empty=empty).sessions == 1
    with pytest.raises(SessionError):
        session(life.system, token)
    with pytest.raises(DemandNotOpenError):
        life.house.answer(asked, response)
    life.clock.advance(minutes=3)
    assert life.house.login().accepted


@pytest.mark.parametrize(
    "kind",
    [DeviceKind.SECURITY_CODE_CARD, DeviceKind.ONLINE_SECURITY_CODE_CARD, DeviceKind.TEMPORARY_PASSCODE],
)
def test_cards_and_passcodes_end_because_nobody_knows_what_was_asked(life, kind):
    life.house.user()
    device = life.house.other_device(kind)
    life.back_up()
    assert life.restore().devices == 1
    found = devices.devices(life.system, "alice")
    assert [(one.id, one.state, one.ended_at) for one in found] == [
        (device.id, DeviceState.ENDED, life.clock())
    ]
    with pytest.raises(NoDeviceError):
        life.house.begin()


def test_a_phone_for_messages_stays_and_messages_and_secrets_are_forgotten(life):
    life.house.user()
    with life.system.writing() as work:
        user = accounts.user_in(work, "alice")
        for role in (kept.CARD, kept.PASSCODE, kept.SMS_CODE, kept.MESSAGE):
            secret = kept.keep(work, role, bytearray(b"secret"))
        values = {"secret_id": secret, "made_at": work.now, "expires_at": work.now, "tries": 0, "phone": "+1"}
        work.session.add(OutboxRow(user_id=user.id, **values))
        device_life.insert_device(work, user, DeviceKind.SECURITY_CODE_CARD, secret=secret, active=True)
    life.house.other_device(DeviceKind.SMS)
    life.back_up()
    life.restore()
    assert (life.count(LoginSecretRow), life.count(OutboxRow), life.count(UserRow)) == (0, 0, 1)
    states = {one.kind: (one.state, one.secret) for one in devices.devices(life.system, "alice")}
    assert states[DeviceKind.SMS] == (DeviceState.ACTIVE, None)
    assert states[DeviceKind.SECURITY_CODE_CARD] == (DeviceState.ENDED, None)


def test_failures_of_a_user_since_the_backup_go_on_to_count_and_those_that_are_over_do_not(life):
    life.house.user()
    life.house.token()
    for _ in range(9):
        life.house.fail()
    life.back_up()
    assert life.house.login().accepted
    for _ in range(9):
        life.house.fail()
    life.restore()
    life.clock.advance(minutes=3)
    life.house.fail()
    with pytest.raises(LockedUserError) as error:
        life.house.begin()
    assert error.value.failures == 10


def test_failures_with_a_device_that_the_backup_does_not_know_count_for_the_user(life):
    life.house.user()
    first = life.house.token()
    life.back_up()
    life.clock.advance(minutes=1)
    life.house.token()
    for _ in range(9):
        life.house.fail()
    life.restore()
    life.clock.advance(minutes=3)
    assert [one.id for one in devices.devices(life.system, "alice")] == [first.id]
    life.house.fail()
    with pytest.raises(LockedUserError):
        life.house.begin()


def leave(life, times):
    """So many challenges that nobody answers."""
    for _ in range(times):
        life.house.begin()
        life.clock.advance(minutes=4)


@pytest.mark.parametrize("before", [0, 4, 10])
def test_challenges_left_unanswered_since_the_backup_lock_as_they_did(life, before):
    life.house.user()
    life.house.token()
    leave(life, before)
    life.back_up()
    leave(life, 10 - before)
    for _ in range(2):
        with pytest.raises(LockedUserError) as error:
            life.house.begin()
        assert error.value.failures == 10
        (life.folder / "kept").unlink(missing_ok=True)
        life.restore()
    life.clock.advance(hours=24)
    assert life.house.login().accepted


def test_a_lock_by_unanswered_challenges_is_carried_over_in_either_kind_of_database(
    anywhere, clock, tmp_path
):
    life = Life(anywhere, clock, tmp_path)
    try:
        life.house.user()
        life.house.token()
        life.back_up()
        leave(life, 10)
        life.restore()
        with pytest.raises(LockedUserError):
            life.house.begin()
    finally:
        life.house.close()


def test_fewer_of_them_go_on_to_count_and_no_more_after_a_success(life):
    life.house.user()
    life.house.token()
    life.back_up()
    leave(life, 9)
    life.restore()
    life.clock.advance(minutes=3)
    leave(life, 1)
    with pytest.raises(LockedUserError):
        life.house.begin()
    life.clock.advance(hours=24)
    assert life.house.login().accepted
    leave(life, 9)
    assert life.house.login().accepted


def test_what_a_success_has_ended_before_the_restore_counts_no_more(life):
    life.house.user()
    life.house.token()
    life.back_up()
    leave(life, 9)
    assert life.house.login().accepted
    leave(life, 9)
    waiting = life.house.begin()
    life.restore()
    life.clock.advance(minutes=4)
    # The one that waited was closed by the restore, and the first nine by the login.
    assert overview(life.system, "alice").standing.failures == 0
    assert life.house.begin().reference != waiting.reference


def test_those_of_a_device_that_the_backup_does_not_know_count_for_the_user(life):
    life.house.user()
    first = life.house.token()
    life.back_up()
    life.clock.advance(minutes=1)
    last = life.house.token()
    leave(life, 10)
    assert last.id != first.id
    life.restore()
    with pytest.raises(LockedUserError):
        life.house.begin()


def test_what_was_withdrawn_since_the_backup_is_carried_over_where_it_is_known(life):
    life.house.user()
    card = life.house.other_device(DeviceKind.SMS)
    first = withdraw(life.system, life.house.session_by(card), 50 * THOUSAND).reference
    life.back_up()
    second = withdraw(life.system, life.house.session_by(card), 60 * THOUSAND).reference
    assert life.restore().withdrawals == 0
    made = [(one.reference, one.cents, one.kind) for one in withdrawals_of(life.system, "alice")]
    assert made == [(first, 50 * THOUSAND, card.kind), (second, 60 * THOUSAND, card.kind)]
    assert limits(life.system, life.house.session_by(card)).left == 90 * THOUSAND


@pytest.mark.parametrize("is_before", [False, True])
def test_a_withdrawal_s_alarm_comes_back_with_it(life, is_before):
    life.house.user()
    device = life.house.token(alarm=True)
    if not is_before:
        life.back_up()
    for alarm in (False, True):
        withdraw(life.system, life.house.session_by(device, alarm=alarm), 100)
    if is_before:
        life.back_up()
    life.restore(empty=is_before)
    made = [one.is_alarm for one in withdrawals_of(life.system, "alice") if one.cents is not None]
    assert made == [False, True]


@pytest.mark.parametrize("is_before", [False, True])
def test_who_asks_again_after_a_restore_is_told_the_same_and_it_counts_once(life, is_before):
    life.house.user()
    life.house.user("bob")
    sms = life.house.other_device(DeviceKind.SMS)
    if not is_before:
        life.back_up()
    token = life.house.session_by(sms)
    allowed, cancelled = (withdraw(life.system, token, 50 * THOUSAND, key) for key in KEYS[:2])
    refused = withdraw(life.system, token, 999 * THOUSAND, KEYS[2])
    if is_before:
        life.back_up()
    cancel(life.system, cancelled.reference)
    life.restore()
    token = life.house.session_by(sms)
    assert withdraw(life.system, token, 50 * THOUSAND, KEYS[0]) == allowed
    assert withdraw(life.system, token, 999 * THOUSAND, KEYS[2]) == refused
    with pytest.raises(CancelledWithdrawalError):
        withdraw(life.system, token, 50 * THOUSAND, KEYS[1])
    bobs = life.house.session_by(life.house.other_device(DeviceKind.SMS, "bob"), "bob")
    with pytest.raises(IdempotencyKeyUsedError):
        withdraw(life.system, bobs, 50 * THOUSAND, KEYS[0])
    assert limits(life.system, token).left == 150 * THOUSAND


@pytest.mark.parametrize("key", [None, KEYS[0]])
def test_what_was_cancelled_since_the_backup_stays_cancelled_however_often_it_is_restored(life, key):
    life.house.user()
    sms = life.house.other_device(DeviceKind.SMS)
    token = life.house.session_by(sms)
    gone, stays = withdraw(life.system, token, 50 * THOUSAND, key), withdraw(life.system, token, THOUSAND)
    life.back_up()
    cancel(life.system, gone.reference)
    for _ in range(2):
        life.restore()
        assert [one.reference for one in withdrawals_of(life.system, "alice")] == [stays.reference]
        *_, told, last = life.house.inventory.history()
        assert (told.event, last.event) == ("withdrawal cancelled", "restored")
        assert told.detail == {"user": "alice", "cents": 50 * THOUSAND, "withdrawal": gone.reference}
        (life.folder / "kept").unlink()


def test_what_the_backup_knows_to_be_cancelled_does_not_come_from_the_inventory_that_is_there(life):
    life.house.user()
    token = life.house.session_by(life.house.other_device(DeviceKind.SMS))
    gone = withdraw(life.system, token, 50 * THOUSAND)
    life.back_up()
    (life.folder / "backup").rename(life.folder / "early")
    cancel(life.system, gone.reference)
    life.back_up()
    (life.folder / "backup").rename(life.folder / "late")
    # Into an empty place nothing is carried over: there it counts again.
    (life.folder / "early").rename(life.folder / "backup")
    life.restore(empty=True)
    assert gone.reference in [one.reference for one in withdrawals_of(life.system, "alice")]
    (life.folder / "backup").unlink()
    (life.folder / "late").rename(life.folder / "backup")
    life.restore()
    assert gone.reference not in [one.reference for one in withdrawals_of(life.system, "alice")]


def test_into_an_empty_place_limits_count_as_used_up_until_the_window_is_over(life):
    life.house.user()
    life.house.token()
    sms = life.house.other_device(DeviceKind.SMS)
    life.back_up()
    withdraw(life.system, life.house.session_by(sms), 200 * THOUSAND)
    assert life.restore(empty=True).withdrawals == 1
    assert [(one.kind, one.left) for one in limits_of(life.system, "alice")] == [
        (None, 0), (DeviceKind.DSC_PLUS, None), (DeviceKind.SMS, 0),
    ]  # fmt: skip
    assert all(one.unknown_since_backup for one in limits_of(life.system, "alice"))
    life.clock.advance(days=6)  # Sunday
    left = limits(life.system, life.house.session_by(sms))
    assert (left.left, left.unknown_since_backup) == (0, True)
    life.clock.advance(days=2)  # Tuesday, with a holiday since
    left = limits(life.system, life.house.session_by(sms))
    assert (left.left, left.unknown_since_backup) == (200 * THOUSAND, False)


def test_a_counter_that_is_unsure_is_told_until_it_is_found(life):
    life.house.user()
    life.house.token(suite=COUNTING)
    life.house.token()
    life.back_up()
    life.restore()

    def unsure():
        return [one.token.counter_unsure for one in devices.devices(life.system, "alice")]

    assert unsure() == [True, False]
    life.clock.advance(minutes=3)
    assert life.house.answer(life.house.begin(device=1)).accepted
    assert unsure() == [False, False]


def test_the_operator_says_that_withdrawals_are_known(life):
    life.house.user()
    life.house.user("bob")
    sms = life.house.other_device(DeviceKind.SMS)
    life.house.user("carol")
    accounts.close_user(life.system, "carol")
    life.back_up()
    assert life.restore(empty=True).withdrawals == 2
    unknown = withdrawals_of(life.system, "alice")
    assert [(one.cents, one.kind) for one in unknown] == [(None, None)]
    assert none_since_backup(life.system, "alice") == 1
    assert limits(life.system, life.house.session_by(sms)).left == 200 * THOUSAND
    cancel(life.system, withdrawals_of(life.system, "bob")[0].reference)
    assert none_since_backup(life.system) == 0
    assert [entry.event for entry in life.house.inventory.history()][-3:] == [
        "withdrawals known", "withdrawal cancelled", "withdrawals known",
    ]  # fmt: skip


def test_a_user_whom_the_replaced_inventory_did_not_know_has_withdrawn_nobody_knows_what(life):
    life.house.user()
    life.back_up()
    life.house.close()
    life.location = Location(life.folder / "new" / "inventory.db", life.location.master_key.with_name("k"))
    life.location.master_key.write_bytes((life.folder / "config" / "master.key").read_bytes())
    life.location.master_key.chmod(0o600)
    restore(life.location, life.folder / "backup", now=life.clock)
    life.house = House(life.location, life.clock)
    none_since_backup(life.system)
    life.house.user("bob")
    (life.folder / "backup").unlink()
    life.back_up()
    with life.house.inventory.writing() as work:
        work.delete(work.scalars(select(UserRow).where(UserRow.name == "bob")).one())
    assert life.restore().withdrawals == 1
    assert withdrawals_of(life.system, "alice") == []
    assert withdrawals_of(life.system, "bob")[0].cents is None


def test_what_was_ended_for_good_since_the_backup_is_not_alive_again(life):
    life.house.user()
    life.house.user("bob")
    ended, device = life.house.token(), life.house.token()
    text = add_key(life.system, "pam", [Scope.VOUCH])
    life.back_up()
    device_life.end_device(life.system, "alice", ended.id)
    accounts.close_user(life.system, "bob")
    revoke_key(life.system, "pam")
    life.clock.advance(days=1)
    life.restore()
    life.clock.advance(minutes=3)
    states = {one.id: one.state for one in devices.devices(life.system, "alice")}
    assert states == {ended.id: DeviceState.ENDED, device.id: DeviceState.ACTIVE}
    with pytest.raises(ClosedUserError):
        life.house.begin("bob")
    with pytest.raises(CallerError):
        authenticate(life.system, text)


def test_all_of_that_in_either_kind_of_database(anywhere, clock, tmp_path):
    life = Life(anywhere, clock, tmp_path)
    try:
        life.house.user()
        life.house.user("bob")
        life.house.other_device(DeviceKind.SECURITY_CODE_CARD)
        life.clock.advance(minutes=1)
        life.house.token()
        gone = life.house.other_device(DeviceKind.SMS)
        text = add_key(life.system, "pam", [Scope.VOUCH])
        cancelled = withdraw(life.system, life.house.session_by(gone), THOUSAND, KEYS[1])
        life.back_up()
        withdraw(life.system, life.house.session_by(gone), 60 * THOUSAND, KEYS[0])
        cancel(life.system, cancelled.reference)
        device_life.end_device(life.system, "alice", gone.id)
        accounts.close_user(life.system, "bob")
        revoke_key(life.system, "pam")
        for _ in range(9):
            life.house.fail()
        found = life.restore()
        assert (found.devices, found.withdrawals) == (1, 0)
        life.clock.advance(minutes=3)
        states = [one.state for one in devices.devices(life.system, "alice")]
        assert states == [DeviceState.ENDED, DeviceState.ACTIVE, DeviceState.ENDED]
        made = [(one.cents, one.idempotency_key) for one in withdrawals_of(life.system, "alice")]
        assert made == [(60 * THOUSAND, KEYS[0])]
        with pytest.raises(CallerError):
            authenticate(life.system, text)
        life.house.fail()
        with pytest.raises(LockedUserError):
            life.house.begin()
        life.house.inventory.check_audit()
    finally:
        life.house.close()


def test_secrets_of_logins_go_under_a_new_master_key_with_all_others(house):
    house.user()
    house.token(suite=LOGIN)
    with house.system.writing() as work:
        numbers = [kept.keep(work, kept.CARD, bytearray([n]) * 20) for n in range(3)]
    version = rotate(house.inventory)
    with house.system.reading() as work:
        rows = work.session.scalars(select(LoginSecretRow)).all()
        assert {row.key_version for row in rows} == {version}
        assert [kept.opened(work, number, kept.CARD) for number in numbers] == [
            bytearray([n]) * 20 for n in range(3)
        ]
    assert house.login().accepted


def test_codes_by_message_go_on_with_a_new_code(life):
    life.house.user(phone="+442079460000")
    add_sms(life.system, "alice")
    asked = life.house.begin()
    (code,) = life.house.sent()
    life.back_up()
    life.restore()
    with pytest.raises(DemandNotOpenError):
        life.house.answer(asked, code)
    again = life.house.begin()
    assert life.house.answer(again, life.house.sent()[0]).accepted
