"""The files: private from the first moment, whole or absent, and recognised for what they are."""

import os
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from host_tools.inventory import Inventory, Location
from host_tools.inventory.errors import (
    DamagedMasterKeyError,
    ExposedFileError,
    ForeignDatabaseError,
    InventoryBusyError,
    MissingMasterKeyError,
    NewerInventoryError,
    NoInventoryError,
    UnusableFileError,
    WrongMasterKeyError,
)
from host_tools.inventory.private_files import create_private, refuse_exposed
from host_tools.inventory.schema import SCHEMA_VERSION


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def pragma(path: Path, statement: str) -> object:
    connection = sqlite3.connect(path)
    try:
        return (connection.execute(statement).fetchone() or [None])[0]
    finally:
        connection.close()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_files_and_folders_are_the_owners_alone_whatever_the_umask(location: Location, umask: int):
    before = os.umask(umask)
    try:
        Inventory.open(location).close()
    finally:
        os.umask(before)
    assert mode(location.database) == mode(location.master_key) == 0o600
    assert mode(location.database.parent) == mode(location.master_key.parent) == 0o700


def test_the_side_files_of_an_open_database_are_private_too(inventory: Inventory, location: Location, record):
    record()
    sides = [path for path in location.database.parent.iterdir() if path != location.database]
    assert {path.name for path in sides} == {"inventory.db-wal", "inventory.db-shm"}
    assert {mode(path) for path in sides} == {0o600}


def test_the_database_writes_ahead_and_carries_its_version(location: Location):
    Inventory.open(location).close()
    assert pragma(location.database, "PRAGMA journal_mode") == "wal"
    assert pragma(location.database, "PRAGMA user_version") == SCHEMA_VERSION
    assert pragma(location.database, "PRAGMA application_id") == 0x70647363


def test_nothing_else_is_left_in_the_folders(location: Location):
    Inventory.open(location).close()
    assert [path.name for path in location.database.parent.iterdir()] == ["inventory.db"]
    assert [path.name for path in location.master_key.parent.iterdir()] == ["master.key"]


def test_both_files_may_share_a_folder(tmp_path: Path, record):
    shared = Location.inside(tmp_path / "home")
    with Inventory.open(shared) as inventory:
        record(into=inventory)
    with Inventory.open(shared) as inventory:
        assert inventory.serials() == ["DS-1001"]


def test_a_path_with_spaces_and_signs_works(tmp_path: Path, record):
    odd = Location.inside(tmp_path / "a folder? 100% #1 é")
    with Inventory.open(odd) as inventory:
        record(into=inventory)
    assert odd.database.is_file()


def test_of_many_creators_one_wins(tmp_path: Path):
    path = tmp_path / "file"
    assert create_private(path, lambda draft: draft.write_text("first") and None)
    assert not create_private(path, lambda draft: draft.write_text("second") and None)
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_creator_that_fails_leaves_nothing(tmp_path: Path):
    def fail(draft: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(UnusableFileError, match="No space left"):
        create_private(tmp_path / "file", fail)
    assert list(tmp_path.iterdir()) == []


def test_processes_that_open_a_new_inventory_at_once_share_it(
    location: Location, start: Callable[[str], subprocess.Popen[str]]
):
    code = "number = int(sys.stdin.readline())\nrecord(f'DS-{number}', bytes([number]) * 16)\n"
    processes = [start(code) for _ in range(6)]
    for number, process in enumerate(processes, 1):
        process.communicate(f"{number}\n", timeout=60)
        assert process.returncode == 0
    with Inventory.open(location) as inventory:
        assert inventory.serials() == [f"DS-{number}" for number in range(1, 7)]


def test_an_inventory_that_is_not_there_is_not_made_for_a_reader(location: Location):
    with pytest.raises(NoInventoryError, match="picodsc token new"):
        Inventory.open(location, create=False)
    assert not location.database.exists()
    assert not location.master_key.exists()


def test_a_newer_schema_is_refused_and_left_alone(location: Location):
    Inventory.open(location).close()
    pragma(location.database, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(NewerInventoryError) as refused:
        Inventory.open(location)
    assert (refused.value.found, refused.value.supported) == (SCHEMA_VERSION + 1, SCHEMA_VERSION)
    assert pragma(location.database, "PRAGMA user_version") == SCHEMA_VERSION + 1


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be looked at" * 50])
def test_another_file_is_refused_and_left_alone(location: Location, content: bytes):
    location.database.parent.mkdir()
    location.database.write_bytes(content)
    with pytest.raises(ForeignDatabaseError):
        Inventory.open(location)
    assert location.database.read_bytes() == content


def test_a_database_of_another_program_is_refused(location: Location):
    location.database.parent.mkdir()
    pragma(location.database, "CREATE TABLE tokens (id)")
    pragma(location.database, "PRAGMA user_version = 1")
    with pytest.raises(ForeignDatabaseError):
        Inventory.open(location)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusableFileError) as refused:
        Inventory.open(Location.inside(tmp_path / "file"))
    assert refused.value.place.parent == tmp_path / "file"


@pytest.mark.parametrize("name", ["inventory.db", "master.key"])
def test_a_folder_in_a_files_place_is_named(tmp_path: Path, name: str):
    (tmp_path / name).mkdir()
    with pytest.raises((UnusableFileError, ExposedFileError)) as refused:
        Inventory.open(Location.inside(tmp_path))
    assert refused.value.place == tmp_path / name


def test_mistakes_of_our_own_keep_their_name(inventory: Inventory):
    with pytest.raises(OperationalError, match="no such table"), inventory.reading() as session:
        session.execute(text("SELECT * FROM nowhere"))


def test_a_database_held_by_another_process_is_named_busy(location: Location):
    from host_tools.inventory.database import opened

    Inventory.open(location).close()
    holder = sqlite3.connect(location.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    impatient = opened(location.database, busy_seconds=0)
    with impatient.reading():
        pass
    with pytest.raises(InventoryBusyError), impatient.writing() as session:
        session.connection()
    impatient.close()
    holder.close()


def test_keys_without_their_master_key_are_unreadable_and_no_new_one_is_made(
    location: Location, inventory, record
):
    record()
    location.master_key.unlink()
    with pytest.raises(MissingMasterKeyError) as refused:
        Inventory.open(location)
    assert refused.value.path == location.master_key
    assert not location.master_key.exists()


def test_another_inventorys_master_key_is_refused(location: Location, tmp_path: Path, inventory, record):
    record()
    Inventory.open(Location.inside(tmp_path / "other")).close()
    stolen = Location(location.database, tmp_path / "other" / "master.key")
    with pytest.raises(WrongMasterKeyError):
        Inventory.open(stolen)


@pytest.mark.parametrize(
    "change", [lambda old: b"", lambda old: old[:-1], lambda old: old + b"\n", lambda old: old[21:]]
)
def test_a_damaged_master_key_is_refused(location: Location, change: Callable[[bytes], bytes]):
    Inventory.open(location).close()
    location.master_key.write_bytes(change(location.master_key.read_bytes()))
    with pytest.raises(DamagedMasterKeyError):
        Inventory.open(location)


@pytest.mark.parametrize("open_mode", [0o640, 0o604, 0o620])
def test_a_master_key_that_others_can_reach_is_refused(location: Location, open_mode: int):
    Inventory.open(location).close()
    location.master_key.chmod(open_mode)
    with pytest.raises(ExposedFileError, match="chmod 600"):
        Inventory.open(location)


def test_a_master_key_of_another_user_is_refused_and_roots_is_not(location: Location, monkeypatch):
    Inventory.open(location).close()
    other = os.geteuid() + 1
    if os.geteuid() == 0:
        os.chown(location.master_key, other, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: other)
    with pytest.raises(ExposedFileError, match="another user's") as refused:
        Inventory.open(location)
    assert refused.value.owner == location.master_key.stat().st_uid
    if os.geteuid() == 0:
        os.chown(location.master_key, 0, -1)
        monkeypatch.setattr(os, "geteuid", lambda: other)
        Inventory.open(location).close()


def test_the_file_that_was_opened_is_looked_at_and_not_the_one_that_has_its_name_now(tmp_path: Path):
    path = tmp_path / "words"
    path.touch(mode=0o600)
    path.chmod(0o644)
    with path.open("rb") as file:
        path.rename(tmp_path / "away")
        path.touch(mode=0o600)
        with pytest.raises(ExposedFileError, match="0644"):
            refuse_exposed(path, file)


def test_an_existing_master_key_serves_a_new_database(location: Location):
    Inventory.open(location).close()
    before = location.master_key.read_bytes()
    location.database.unlink()
    Inventory.open(location).close()
    assert location.master_key.read_bytes() == before


def test_the_master_key_file_has_its_documented_form(location: Location):
    Inventory.open(location).close()
    content = location.master_key.read_bytes()
    assert content.startswith(b"picodsc master key 1\n")
    assert len(content) == 21 + 32
