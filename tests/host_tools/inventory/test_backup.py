"""Backups and restores: whole or not at all, between databases of any kind."""

import hashlib
import io
import json
import os
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dsc.crypto.ocra import Suite, respond
from fakes.restores import as_schema
from host_tools.inventory import Inventory, Location
from host_tools.inventory import database as databases
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
    AuditError,
    ForeignDatabaseError,
    MissingMasterKeyError,
    WrongMasterKeyError,
)
from host_tools.inventory.issuing import begin_batch
from host_tools.inventory.key_file import KeyFile
from host_tools.inventory.restoring import check_backup, restore
from host_tools.inventory.rotation import rotate
from host_tools.inventory.schema import SCHEMA_VERSION, MasterKeyRow
from host_tools.inventory.serials import Batch
from host_tools.inventory.verify import Verdict, answer, issue_challenge

LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"
KEY = b"\1" * 32


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
