"""A restore is no way around two operators, nor around what has counted."""

import pytest

from dsc.crypto.ocra import Suite, respond
from host_tools.inventory import Inventory, four_eyes, governing
from host_tools.inventory.asking import ask
from host_tools.inventory.backup import back_up
from host_tools.inventory.desk_errors import (
    DailyLimitError,
    LockedError,
    OperatorsLostError,
    OperatorsNeededError,
    UnlockNumberError,
    WrongResponseError,
)
from host_tools.inventory.four_eyes import KEY_EXPORT, RESTORE, UNLOCK
from host_tools.inventory.help_desk import authenticate, confirm, unlock
from host_tools.inventory.lifecycle import destroy
from host_tools.inventory.operators import operators
from host_tools.inventory.restoring import check_backup, restore
from host_tools.inventory.token_rows import token_row
from host_tools.inventory.verify import issue_challenge

LOGIN = Suite.parse("OCRA-1:HOTP-SHA256-8:QN06")
KEYS = {"alice": 11, "bob": 12, "carol": 13}


@pytest.fixture
def desk(location, clock, tmp_path):
    """Opens the inventory, for as long as it takes; backs it up; restores it."""
    return Desk(location, clock, tmp_path)


class Desk:
    def __init__(self, location, clock, folder):
        self.location, self.clock, self.folder = location, clock, folder

    def open(self):
        return Inventory.open(self.location, now=self.clock)

    def back_up(self, name="monday"):
        with self.open() as inventory:
            back_up(inventory, self.folder / name)

    def restore(self, name="monday", kept="kept"):
        return restore(self.location, self.folder / name, kept=self.folder / kept, now=self.clock)

    def agree(self, action, detail, by=("alice", "bob")):
        first, second = by
        with self.open() as inventory:
            given = self.response(inventory, first, four_eyes.asking_for(action, None, detail))
            asked = four_eyes.request(inventory, action, None, detail, first, given)
            given = self.response(inventory, second, four_eyes.approving(asked.id))
            four_eyes.approve(inventory, asked.id, second, given)

    def agree_on_restore(self, name="monday"):
        self.agree(RESTORE, check_backup(self.location, self.folder / name).detail)

    @staticmethod
    def response(inventory, name, purpose):
        number = KEYS[name]
        question = ask(inventory, f"OP-{number}", purpose=purpose).question
        return respond(LOGIN, bytes([number]) * 32, question)


def team(inventory, seal, *names):
    for name in names:
        seal(f"OP-{KEYS[name]}", KEYS[name])
        governing.add_operator(inventory, name, f"OP-{KEYS[name]}")


def test_who_is_alone_restores_no_inventory_from_before_the_rule(inventory, seal, desk):
    team(inventory, seal, "alice", "bob")
    desk.back_up()
    governing.turn_on(inventory, KEY_EXPORT)
    before = inventory.audit_head()
    with pytest.raises(OperatorsNeededError, match="restore needs two operators"):
        desk.restore()
    assert not (desk.folder / "kept").exists()
    assert inventory.audit_head() == before
    desk.agree_on_restore()
    desk.restore()
    with desk.open() as restored:
        assert four_eyes.policy(restored) == (KEY_EXPORT,)
        assert restored.history()[-1].detail["operators"] == "alice, bob"


def test_two_agree_on_one_backup_and_one_restore(inventory, seal, desk):
    team(inventory, seal, "alice", "bob")
    governing.turn_on(inventory, UNLOCK)
    desk.back_up()
    desk.back_up("tuesday")
    desk.agree_on_restore()
    with pytest.raises(OperatorsNeededError):
        desk.restore("tuesday")
    desk.restore()
    with pytest.raises(OperatorsNeededError):
        desk.restore(kept="again")


def test_what_two_had_agreed_on_before_a_backup_is_asked_for_anew(inventory, seal, desk):
    team(inventory, seal, "alice", "bob")
    governing.turn_on(inventory, KEY_EXPORT)
    desk.agree(KEY_EXPORT, {"file": "f"})
    desk.back_up()
    desk.agree_on_restore()
    desk.restore()
    with desk.open() as restored, pytest.raises(OperatorsNeededError):
        four_eyes.require(restored, KEY_EXPORT, None, {"file": "f"})


def test_operators_are_those_of_now_and_what_needed_two_then_or_now_does(inventory, seal, desk):
    team(inventory, seal, "alice", "bob", "carol")
    governing.turn_on(inventory, UNLOCK)
    desk.back_up()
    desk.agree(four_eyes.OPERATOR_REMOVE, {"name": "carol"})
    governing.remove_operator(inventory, "carol")
    governing.turn_on(inventory, KEY_EXPORT)
    desk.agree(four_eyes.POLICY_OFF, {"action": UNLOCK})
    governing.turn_off(inventory, UNLOCK)
    desk.agree_on_restore()
    assert desk.restore().operators_lost == ()
    with desk.open() as restored:
        assert [one.name for one in operators(restored)] == ["alice", "bob"]
        assert four_eyes.policy(restored) == (UNLOCK, KEY_EXPORT)


def test_an_operator_whose_token_the_backup_does_not_know_is_none_and_is_named(inventory, seal, desk):
    team(inventory, seal, "alice", "bob")
    desk.back_up()
    team(inventory, seal, "carol")
    governing.turn_on(inventory, UNLOCK)
    desk.agree_on_restore()
    assert desk.restore().operators_lost == ("carol",)
    with desk.open() as restored:
        assert [one.name for one in operators(restored)] == ["alice", "bob"]


def test_a_backup_with_which_nobody_could_agree_on_anything_is_not_restored(inventory, seal, desk):
    team(inventory, seal, "alice")
    desk.back_up()
    team(inventory, seal, "bob")
    governing.turn_on(inventory, UNLOCK)
    desk.agree_on_restore()
    with pytest.raises(OperatorsLostError, match=r"fewer than two could answer \(alice\)"):
        desk.restore()
    assert inventory.serials() == ["OP-11", "OP-12"]
    desk.agree(four_eyes.POLICY_OFF, {"action": UNLOCK})
    governing.turn_off(inventory, UNLOCK)
    desk.restore(kept="again")


def test_a_token_that_was_not_in_use_then_is_no_operator_s(inventory, seal, desk):
    team(inventory, seal, "alice", "bob")
    with inventory.writing() as session:
        token_row(session, "OP-12").state = "in_doubt"
    desk.back_up()
    inventory.mark_sealed("OP-12")
    governing.turn_on(inventory, UNLOCK)
    desk.agree_on_restore()
    with pytest.raises(OperatorsLostError):
        desk.restore()


def wrong(inventory, times):
    for _ in range(times):
        question = ask(inventory, "DS-1001").question
        with pytest.raises(WrongResponseError):
            authenticate(inventory, "DS-1001", respond(LOGIN, b"?" * 32, question))


def right(inventory):
    question = ask(inventory, "DS-1001").question
    authenticate(inventory, "DS-1001", respond(LOGIN, bytes([1]) * 32, question))


def test_failures_since_the_backup_go_on_to_count_and_those_that_are_over_do_not(
    inventory, seal, desk, clock
):
    seal()
    wrong(inventory, 9)
    desk.back_up()
    right(inventory)
    wrong(inventory, 9)
    desk.restore()
    clock.advance(minutes=3)
    with desk.open() as restored:
        wrong(restored, 1)
        with pytest.raises(LockedError, match="10 failures"):
            ask(restored, "DS-1001")


def test_what_was_given_since_the_backup_was_given_in_either_kind_of_database(
    anywhere, seal, clock, tmp_path
):
    desk = Desk(anywhere, clock, tmp_path)
    with desk.open() as inventory:
        seal(mode="verified", unlock_secret=bytearray(range(32)), into=inventory)
        for name, number in KEYS.items():
            seal(f"OP-{number}", number, into=inventory)
            governing.add_operator(inventory, name, f"OP-{number}")
        desk.back_up()
        governing.turn_on(inventory, KEY_EXPORT)
        right(inventory)
        for _ in range(3):
            confirm(inventory, "DS-1001", "12345679")
        unlock(inventory, "DS-1001", 1, "known voice")
        wrong(inventory, 1)
    desk.agree_on_restore()
    desk.restore()
    clock.advance(minutes=3)
    with desk.open() as restored:
        assert [one.name for one in operators(restored)] == ["alice", "bob", "carol"]
        assert four_eyes.policy(restored) == (KEY_EXPORT,)
        right(restored)
        with pytest.raises(DailyLimitError):
            confirm(restored, "DS-1001", "12345679")
        with pytest.raises(UnlockNumberError):
            unlock(restored, "DS-1001", 1, "known voice")
        unlock(restored, "DS-1001", 2, "known voice")


def test_what_a_token_of_the_same_serial_did_that_was_made_anew_is_not_counted(inventory, seal, desk, clock):
    seal(mode="verified", unlock_secret=bytearray(range(32)))
    unlock(inventory, "DS-1001", 1, "known voice")
    desk.back_up()
    inventory.forget("DS-1001")
    clock.advance(minutes=1)
    seal(number=2, mode="verified", unlock_secret=bytearray(range(32)))
    desk.restore()
    with desk.open() as restored:
        unlock(restored, "DS-1001", 2, "known voice")


def test_challenges_that_expired_unanswered_lock_after_a_restore_too(inventory, seal, desk, clock):
    seal()
    for _ in range(10):
        issue_challenge(inventory, "DS-1001")
    clock.advance(minutes=3)
    with pytest.raises(LockedError):
        ask(inventory, "DS-1001")
    desk.back_up()
    assert desk.restore().open.closed == 0
    with desk.open() as restored, pytest.raises(LockedError):
        ask(restored, "DS-1001")


def test_a_file_that_changes_while_it_is_restored_is_refused(inventory, seal, desk, monkeypatch):
    from host_tools.inventory import restoring

    seal()
    desk.back_up()
    checked = check_backup(desk.location, desk.folder / "monday")
    destroy(inventory, "DS-1001")
    (desk.folder / "monday").unlink()
    desk.back_up()
    monkeypatch.setattr(restoring, "check_backup", lambda *_: checked)
    with pytest.raises(restoring.DamagedBackupError, match="another one than was checked"):
        desk.restore()
