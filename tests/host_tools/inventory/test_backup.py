"""Backups and restores: whole or not at all, between databases of any kind, and nothing issued or accepted twice."""

import hashlib
import io
import json
import os
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.plain import Method, code
from dsc.protocol.transaction import ACCOUNT, REFERENCE, Field
from fakes.restores import a_life_with_restores, as_schema
from host_tools.inventory import Inventory, Location
from host_tools.inventory import database as databases
from host_tools.inventory.allowance import AT_ONCE, EVERY
from host_tools.inventory.audit import Head
from host_tools.inventory.backup import back_up
from host_tools.inventory.backup_errors import (
    BackupChangedError,
    ClockBehindError,
    DamagedBackupError,
    FileInTheWayError,
    ForeignBackupError,
    InventoryExistsError,
    NewerBackupError,
    RotationUnfinishedError,
)
from host_tools.inventory.backup_file import Header, Table, Writer
from host_tools.inventory.custody import Place, WrappedKey
from host_tools.inventory.errors import (
    AllowanceSpentError,
    AuditError,
    BatchStoppedError,
    ChallengeNotOpenError,
    CounterUnsureError,
    FieldError,
    ForeignDatabaseError,
    MissingMasterKeyError,
    ReferenceNotIssuedError,
    SequenceExhaustedError,
    WrongMasterKeyError,
)
from host_tools.inventory.issuing import begin_batch, issue_serial
from host_tools.inventory.key_file import KeyFile
from host_tools.inventory.plain_codes import resynchronise, verify_code
from host_tools.inventory.restoring import check_backup, restore
from host_tools.inventory.rotation import rotate
from host_tools.inventory.schema import SCHEMA_VERSION, AttemptRow, CredentialRow, MasterKeyRow
from host_tools.inventory.serials import Batch
from host_tools.inventory.signing import expected_signature, issue_reference, verify_signature
from host_tools.inventory.token_rows import credential_row
from host_tools.inventory.verify import Verdict, answer, issue_challenge, verify_response
from host_tools.policy import Policy

LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"
COUNTING = "OCRA-1:HOTP-SHA256-8:C-QN06"
KEY = b"\1" * 32


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "copies" / "monday.picodsc"


@pytest.fixture
def elsewhere(location: Location, tmp_path: Path) -> Location:
    """An empty place under the same master key."""
    return Location(tmp_path / "elsewhere" / "inventory.db", location.master_key)


@pytest.fixture
def backed_up(anywhere, clock, record, file):
    """Makes an inventory with a token and a batch, and backs it up; where it is."""

    def backed_up(**options) -> Location:
        with Inventory.open(anywhere, now=clock) as inventory:
            record(into=inventory, **options)
            inventory.mark_sealed("DS-1001")
            begin_batch(inventory, Batch("PD"))
            back_up(inventory, file)
        return anywhere

    return backed_up


def content(location: Location, tmp_path: Path, clock) -> list[str]:
    """All rows but the audit log's, which tells of backups: without when and how they were written down."""
    path = tmp_path / f"content-{os.urandom(4).hex()}"
    with Inventory.open(location, now=clock) as inventory:
        back_up(inventory, path)
    rows, table = [], ""
    for line in path.read_text().splitlines()[1:-1]:
        table = json.loads(line)["table"] if line.startswith("{") else table
        if table != "audit_log":
            rows.append(line)
    return rows


def test_a_backup_has_everything_and_no_master_key(backed_up, location, file, clock):
    backed_up()
    assert file.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert lines[0]["picodsc backup"] == 1
    assert lines[-1]["rows"] == sum(isinstance(line, list) for line in lines)
    assert location.master_key.read_bytes()[-32:].hex() not in file.read_text()
    checked = check_backup(location, file)
    assert (checked.tokens, checked.header.at) == (1, clock.time)


def test_the_format_stays_what_it_is(location):
    """Backups are kept for years."""
    custody = KeyFile.made_at_first_use(location.master_key)
    file = io.BytesIO()
    at = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    writer = Writer(file, Header(4, at, Head(7, bytes(32)), {1: b"\xab" * 16}))
    writer.table(
        Table("some", {"a": "integer", "b": "text", "c": "bytes", "d": "time", "e": "boolean", "f": "text"})
    )
    writer.row([1, "é", b"\x01\xff", at, True, None])
    digest = writer.end(custody, 1)
    *lines, last = file.getvalue().decode().splitlines(keepends=True)
    assert lines == [
        '{"picodsc backup":1,"schema":4,"at":"2026-11-29T12:00:00+00:00","head":"7 ' + "00" * 32 + '",'
        '"master_keys":{"1":"' + "ab" * 16 + '"}}\n',
        '{"table":"some","columns":{"a":"integer","b":"text","c":"bytes","d":"time","e":"boolean","f":"text"}}\n',
        '[1,"é","01ff","2026-11-29T12:00:00+00:00",true,null]\n',
    ]
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == digest == json.loads(last)["sha256"]
    seal = json.loads(last)["seal"]
    wrapped = WrappedKey(seal["version"], bytes.fromhex(seal["nonce"]), bytes.fromhex(seal["ciphertext"]))
    assert custody.unwrap(wrapped, Place("", b"", "backup")).hex() == digest
    custody.close()


def test_a_backup_is_in_the_log_and_says_its_head(backed_up, location, file, clock):
    where = backed_up()
    with Inventory.open(where, now=clock) as inventory:
        head = check_backup(where, file).header.head
        inventory.check_audit(head)
        (entry,) = [one for one in inventory.history() if one.event == "backed up"]
        assert entry.sequence == head.sequence + 1
        assert entry.detail["head"] == str(head)


def test_a_restored_inventory_judges_what_the_old_one_did(backed_up, elsewhere, file, clock):
    backed_up()
    restore(elsewhere, file, now=clock)
    clock.advance(minutes=3)
    with Inventory.open(elsewhere, now=clock) as inventory:
        question = issue_challenge(inventory, "DS-1001").question
        response = respond(Suite.parse(LOGIN), KEY, question)
        assert answer(inventory, "DS-1001", question, response) is Verdict.ACCEPTED
        assert inventory.token("DS-1001").state == "sealed"
        inventory.check_audit(check_backup(elsewhere, file).header.head)


def test_it_moves_to_the_other_kind_of_database_and_takes_new_rows_there(
    location, database, record, file, clock
):
    with Inventory.open(location, now=clock) as inventory:
        record(into=inventory)
        back_up(inventory, file)
    server = Location(database, location.master_key)
    restore(server, file, now=clock)
    with Inventory.open(server, now=clock) as inventory:
        record("DS-1002", 2, into=inventory)
        back = file.with_name("back")
        back_up(inventory, back)
    restore(location, back, kept=file.with_name("kept"), now=clock)
    with Inventory.open(location, now=clock) as inventory:
        record("DS-1003", 3, into=inventory)
        assert inventory.serials() == ["DS-1001", "DS-1002", "DS-1003"]
        assert inventory.key(inventory.credential("DS-1002")) == b"\2" * 32
        inventory.check_audit()


def test_what_was_there_is_kept_and_can_be_restored_again(backed_up, record, file, clock, tmp_path):
    where = backed_up()
    with Inventory.open(where, now=clock) as inventory:
        record("DS-1002", 2, into=inventory)
        begin_batch(inventory, Batch("AB"))
    kept = tmp_path / "kept"
    done = restore(where, file, kept=kept, now=clock)
    assert done.kept == kept
    with Inventory.open(where, now=clock) as inventory:
        assert inventory.serials() == ["DS-1001"]
    restore(where, kept, kept=tmp_path / "again", now=clock)
    with Inventory.open(where, now=clock) as inventory:
        assert inventory.serials() == ["DS-1001", "DS-1002"]


def test_the_log_tells_of_the_restore_and_a_later_head_is_no_part_of_it(
    backed_up, record, file, clock, tmp_path
):
    where = backed_up()
    with Inventory.open(where, now=clock) as inventory:
        record("DS-1002", 2, into=inventory)
        later = inventory.audit_head()
    restore(where, file, kept=tmp_path / "kept", now=clock)
    with Inventory.open(where, now=clock) as inventory:
        entry = inventory.history()[-1]
        assert entry.event == "restored"
        assert entry.detail["head"] == str(check_backup(where, file).header.head)
        assert entry.detail["instead_of"] == str(later)
        with pytest.raises(AuditError):
            inventory.check_audit(later)


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        (lambda text: "no backup\n", ForeignBackupError, "is not a picodsc backup"),
        (lambda text: "", ForeignBackupError, "is not a picodsc backup"),
        (lambda text: text.replace('"picodsc backup":1', '"picodsc backup":2', 1), NewerBackupError, "later"),
        (lambda text: text.replace(f'"schema":{SCHEMA_VERSION}', '"schema":99', 1), NewerBackupError, "later"),
        (lambda text: text.replace('"sealed"', '"shipped"', 1), DamagedBackupError, "other content"),
        (lambda text: text[: len(text) // 2], DamagedBackupError, "cut off"),
        (lambda text: text[: text.rindex('{"rows"')], DamagedBackupError, "cut off, or missing"),
        (lambda text: text + "more", DamagedBackupError, "followed by something"),
        (lambda text: text.replace('"sealed",', "7,", 1), DamagedBackupError, "none of a backup's"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_was_written_is_refused_and_nothing_replaced(
    backed_up, file, clock, tmp_path, change, error, told
):
    where = backed_up()
    before = content(where, tmp_path, clock)
    file.write_text(change(file.read_text()))
    with pytest.raises(error, match=told):
        restore(where, file, kept=tmp_path / "kept", now=clock)
    assert not (tmp_path / "kept").exists()
    assert content(where, tmp_path, clock) == before


def test_a_change_that_fits_its_digest_is_noticed_for_want_of_the_master_key(
    backed_up, file, clock, tmp_path
):
    where = backed_up()
    lines = file.read_text().replace('"sealed"', '"shipped"').splitlines(keepends=True)
    last = json.loads(lines[-1])
    last["sha256"] = hashlib.sha256("".join(lines[:-1]).encode()).hexdigest()
    file.write_text("".join(lines[:-1]) + json.dumps(last) + "\n")
    with pytest.raises(BackupChangedError, match="does not vouch"):
        restore(where, file, kept=tmp_path / "kept", now=clock)


def test_the_master_key_must_be_the_one_from_then(backed_up, elsewhere, file, clock, location):
    where = backed_up()
    with Inventory.open(where, now=clock) as inventory:
        rotate(inventory)
    with pytest.raises(WrongMasterKeyError):
        restore(elsewhere, file, now=clock)
    location.master_key.unlink()
    with pytest.raises(MissingMasterKeyError):
        restore(elsewhere, file, now=clock)
    KeyFile.made_at_first_use(location.master_key).close()
    with pytest.raises(WrongMasterKeyError):
        restore(elsewhere, file, now=clock)
    assert not databases.is_there(elsewhere.database)


def test_an_inventory_under_another_master_key_is_not_replaced(backed_up, file, clock, tmp_path):
    where = backed_up()
    other = Inventory.open(where, now=clock)
    with other.writing() as session:
        session.query(MasterKeyRow).one().fingerprint = bytes(16)
    other.close()
    with pytest.raises(WrongMasterKeyError):
        restore(where, file, kept=tmp_path / "kept", now=clock)


def test_while_the_master_key_is_replaced_there_are_no_backups(inventory, record, file):
    record()
    with inventory.writing() as session:
        version = inventory.custody.add_version()
        session.add(MasterKeyRow(version=version, fingerprint=inventory.custody.fingerprint(version)))
    with pytest.raises(RotationUnfinishedError, match="station rotate"):
        back_up(inventory, file)
    rotate(inventory)
    back_up(inventory, file)


def test_no_file_is_written_over(inventory, file):
    back_up(inventory, file)
    with pytest.raises(FileInTheWayError):
        back_up(inventory, file)


def test_an_inventory_is_not_replaced_unless_it_is_kept(backed_up, file, clock):
    where = backed_up()
    with pytest.raises(InventoryExistsError):
        restore(where, file, now=clock)


def test_a_database_that_is_no_inventory_is_left_as_it_is(backed_up, elsewhere, file, clock, tmp_path):
    backed_up()
    elsewhere.database.parent.mkdir()
    elsewhere.database.write_bytes(b"something else")
    with pytest.raises(ForeignDatabaseError):
        restore(elsewhere, file, kept=tmp_path / "kept", now=clock)
    assert elsewhere.database.read_bytes() == b"something else"


def test_a_clock_that_went_back_is_refused(backed_up, elsewhere, file, clock, tmp_path):
    where = backed_up()
    clock.advance(hours=2)
    with Inventory.open(where, now=clock) as inventory:
        begin_batch(inventory, Batch("AB"))
    clock.advance(hours=-1)
    with pytest.raises(ClockBehindError, match="it was 2026-11-23 14:00:00 already"):
        restore(where, file, kept=tmp_path / "kept", now=clock)
    clock.advance(hours=-2)
    with pytest.raises(ClockBehindError, match="set it right"):
        restore(elsewhere, file, now=clock)


def test_a_backup_of_an_older_schema_is_brought_up_to_date(backed_up, elsewhere, file, clock, location):
    """There is none of version 3; the rows of one are those of today without the columns that came later."""
    backed_up()
    custody = KeyFile(location.master_key)
    as_schema(file, 3, custody)
    custody.close()
    restore(elsewhere, file, now=clock)
    with Inventory.open(elsewhere, now=clock) as inventory:
        assert inventory.token("DS-1001").manufacturer == "picodsc"
        assert inventory.key(inventory.credential("DS-1001")) == KEY


def test_challenges_go_on_past_all_that_can_have_been_issued_and_open_ones_are_closed(
    anywhere, clock, record, file, tmp_path
):
    with Inventory.open(anywhere, now=clock) as inventory:
        record(into=inventory)
        waiting = issue_challenge(inventory, "DS-1001", lifetime=timedelta(days=9)).question
        back_up(inventory, file)
        since = {issue_challenge(inventory, "DS-1001").question for _ in range(AT_ONCE - 1)}
        with pytest.raises(AllowanceSpentError, match="the next can be had at 2026-11-23 12:03:00"):
            issue_challenge(inventory, "DS-1001")
        clock.advance(minutes=30)
        since |= {issue_challenge(inventory, "DS-1001").question for _ in range(10)}
    done = restore(anywhere, file, kept=tmp_path / "kept", now=clock)
    assert done.open.closed == 1
    with Inventory.open(anywhere, now=clock) as inventory:
        assert inventory.credential("DS-1001").challenge_index == AT_ONCE + 10
        with pytest.raises(AllowanceSpentError):
            issue_challenge(inventory, "DS-1001")
        with pytest.raises(ChallengeNotOpenError, match="answered already"):
            answer(inventory, "DS-1001", waiting, "00000000")
        clock.advance(minutes=3)
        assert issue_challenge(inventory, "DS-1001").question not in since


def test_a_device_with_no_challenge_left_is_named(anywhere, clock, record, file, tmp_path):
    with Inventory.open(anywhere, now=clock) as inventory:
        record(into=inventory, login_suite="OCRA-1:HOTP-SHA1-6:QN04")
        record("DS-1002", 2, into=inventory)
        with inventory.writing() as session:
            credential_row(session, inventory.credential("DS-1001")).challenge_index = 9000
        back_up(inventory, file)
    done = restore(anywhere, file, kept=tmp_path / "kept", now=clock)
    assert done.open.exhausted == ("DS-1001",)
    clock.advance(minutes=3)
    with Inventory.open(anywhere, now=clock) as inventory, pytest.raises(SequenceExhaustedError):
        issue_challenge(inventory, "DS-1001")


def test_a_code_by_counter_is_not_judged_before_the_counter_was_found_again(backed_up, file, clock, tmp_path):
    where = backed_up(login_suite="HOTP-SHA1-6")
    codes = [code(Method.parse("HOTP-SHA1-6"), KEY, counter) for counter in range(40)]
    with Inventory.open(where, now=clock) as inventory:
        for one in codes[:30]:
            assert verify_code(inventory, "DS-1001", one).accepted
    done = restore(where, file, kept=tmp_path / "kept", now=clock)
    assert done.open.unsure == 1
    with Inventory.open(where, now=clock) as inventory:
        for one in (codes[3], codes[30]):
            with pytest.raises(CounterUnsureError, match="picodsc resync DS-1001"):
                verify_code(inventory, "DS-1001", one)
        assert resynchronise(inventory, "DS-1001", codes[31], codes[32]).accepted
        assert not verify_code(inventory, "DS-1001", codes[3]).accepted
        assert verify_code(inventory, "DS-1001", codes[33]).accepted


def test_a_counting_credential_finds_its_counter_by_a_fresh_challenge_only(backed_up, file, clock, tmp_path):
    where = backed_up(login_suite=COUNTING)
    restore(where, file, kept=tmp_path / "kept", now=clock)
    clock.advance(minutes=9)
    with Inventory.open(where, now=clock) as inventory:
        response = respond(Suite.parse(COUNTING), KEY, "123457", counter=500)
        with pytest.raises(CounterUnsureError, match="challenge that the inventory issues"):
            verify_response(inventory, "DS-1001", "123457", response)
        question = issue_challenge(inventory, "DS-1001").question
        assert answer(inventory, "DS-1001", question, "00000000") is Verdict.REJECTED
        question = issue_challenge(inventory, "DS-1001").question
        response = respond(Suite.parse(COUNTING), KEY, question, counter=900)
        assert answer(inventory, "DS-1001", question, response) is Verdict.ACCEPTED
        assert inventory.credential("DS-1001").counter == 901
        response = respond(Suite.parse(COUNTING), KEY, "123457", counter=901)
        assert verify_response(inventory, "DS-1001", "123457", response) is Verdict.ACCEPTED


def test_short_responses_are_looked_for_less_far(backed_up, file, clock, tmp_path):
    suite = "OCRA-1:HOTP-SHA256-6:C-QN06"
    where = backed_up(login_suite=suite)
    restore(where, file, kept=tmp_path / "kept", now=clock)
    clock.advance(minutes=9)
    with Inventory.open(where, now=clock) as inventory:
        for counter, verdict in ((21, Verdict.REJECTED), (20, Verdict.ACCEPTED)):
            question = issue_challenge(inventory, "DS-1001").question
            response = respond(Suite.parse(suite), KEY, question, counter=counter)
            assert answer(inventory, "DS-1001", question, response) is verdict


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


def test_a_transaction_needs_a_reference_from_after_the_restore(backed_up, file, clock, tmp_path):
    form = (Field(ACCOUNT, "To"), Field(REFERENCE, "Ref"))
    where = backed_up(form=form, sign_suite="OCRA-1:HOTP-SHA256-8:QH64")
    with Inventory.open(where, now=clock) as inventory:
        used = [["12", issue_reference(inventory, "DS-1001")], ["12", "999999"]]
        signed = [expected_signature(inventory, "DS-1001", values) for values in used]
        for values, signature in zip(used, signed, strict=True):
            assert verify_signature(inventory, "DS-1001", values, signature).accepted
    restore(where, file, kept=tmp_path / "kept", now=clock)
    clock.advance(minutes=3)
    with Inventory.open(where, now=clock) as inventory:
        for values, signature in zip(used, signed, strict=True):
            with pytest.raises(ReferenceNotIssuedError, match="was not issued since"):
                verify_signature(inventory, "DS-1001", values, signature)
        reference = issue_reference(inventory, "DS-1001")
        assert int(reference) == AT_ONCE + 1
        signature = expected_signature(inventory, "DS-1001", ["12", reference])
        assert verify_signature(inventory, "DS-1001", ["12", reference], signature).accepted


def test_serials_are_issued_again_when_somebody_said_from_where(backed_up, file, clock, tmp_path):
    where = backed_up()
    with Inventory.open(where, now=clock) as inventory:
        taken = issue_serial(inventory, "PD")
    done = restore(where, file, kept=tmp_path / "kept", now=clock)
    assert done.open.batches == ("PD",)
    with Inventory.open(where, now=clock) as inventory:
        with pytest.raises(BatchStoppedError, match="station batch PD --first N"):
            issue_serial(inventory, "PD")
        with pytest.raises(FieldError, match="6 digits"):
            begin_batch(inventory, Batch("PD", 4), 2)
        begin_batch(inventory, Batch("PD"), 2)
        assert issue_serial(inventory, "PD") == Batch("PD").serial(2) != taken
    with Inventory.open(where, now=clock) as inventory, inventory.writing() as session:
        assert session.query(CredentialRow).one().counter_unsure is False


def test_a_batch_never_goes_back(backed_up, file, clock, tmp_path):
    where = backed_up()
    with Inventory.open(where, now=clock) as inventory:
        for _ in range(3):
            issue_serial(inventory, "PD")
        later = file.with_name("later")
        back_up(inventory, later)
    restore(where, later, kept=tmp_path / "kept", now=clock)
    with Inventory.open(where, now=clock) as inventory, pytest.raises(FieldError, match="up to the number 3"):
        begin_batch(inventory, Batch("PD"), 3)


KILLED = """
import os, signal
from pathlib import Path
from sqlalchemy import Engine, event
from host_tools.inventory.restoring import restore
location = Location(Path(sys.argv[1]), Path(sys.argv[2]))
inventory.close()
left = [int(sys.stdin.readline())]
def at(*_):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(Engine, "after_cursor_execute", at)
restore(location, Path({file!r}), kept=Path({kept!r}))
"""


def test_killed_at_any_moment_it_leaves_the_old_inventory_or_the_new_one(
    location: Location, record, file, tmp_path, start: Callable[[str], subprocess.Popen[str]]
):
    with Inventory.open(location) as inventory:
        record(into=inventory)
        back_up(inventory, file)
        record("DS-1002", 2, into=inventory)
    ends = set()
    for number in (3, 12, 25, 40, 60, 75, 10_000):
        kept = tmp_path / f"kept-{number}"
        process = start(KILLED.format(file=str(file), kept=str(kept)))
        process.communicate(f"{number}\n", timeout=60)
        with Inventory.open(location) as inventory:
            inventory.check_audit()
            ends.add((process.returncode, *inventory.serials()))
            assert inventory.key(inventory.credential("DS-1001")) == KEY
    assert ends == {(-signal.SIGKILL, "DS-1001", "DS-1002"), (0, "DS-1001")}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 10)),
        st.tuples(st.just("issue"), st.integers(1, 4)),
        st.tuples(st.just("back up"), st.just(0)),
        st.tuples(st.just("restore"), st.integers(0, 5)),
    ),
    min_size=4,
    max_size=12,
)


@settings(max_examples=15)
@given(STEPS)
def test_no_challenge_comes_twice_whatever_is_restored(tmp_path_factory, steps):
    questions = a_life_with_restores(tmp_path_factory.mktemp("life"), steps, at_once=3)
    assert len(questions) == len(set(questions))


def test_such_a_life_does_issue_challenges_after_restores(tmp_path):
    steps = [
        ("back up", 0),
        ("issue", 4),
        ("restore", 0),
        ("wait", 5),
        ("issue", 4),
        ("restore", 0),
        ("wait", 7),
    ]
    questions = a_life_with_restores(tmp_path, [*steps, ("issue", 4)], at_once=3)
    assert len(questions) == len(set(questions)) == 3 + 1 + 2
    assert timedelta(minutes=3) == EVERY
