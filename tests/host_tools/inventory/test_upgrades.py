"""An inventory that an older picodsc made: brought up to date when it is opened, whole or not at all."""

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from dsc.crypto.ocra import Suite, respond
from host_tools.inventory import Inventory, Location, NewCredential, TokenState
from host_tools.inventory.custody import Place
from host_tools.inventory.errors import InventoryBusyError
from host_tools.inventory.key_file import KeyFile
from host_tools.inventory.verify import Verdict, answer, issue_challenge

KEY = bytes(range(32))

# What version 1 wrote, taken from a file of its making.
VERSION_1 = """
CREATE TABLE master_keys (version INTEGER NOT NULL, fingerprint BLOB NOT NULL, PRIMARY KEY (version));
CREATE TABLE tokens (
    id INTEGER NOT NULL, serial VARCHAR(32) NOT NULL, board VARCHAR(64) NOT NULL, uid BLOB NOT NULL,
    firmware_version VARCHAR(64) NOT NULL, state VARCHAR(16) NOT NULL, created_at DATETIME NOT NULL,
    sealed_at DATETIME, PRIMARY KEY (id), UNIQUE (serial)
);
CREATE TABLE credentials (
    id INTEGER NOT NULL, token_id INTEGER NOT NULL, credential_id BLOB NOT NULL, label VARCHAR(64) NOT NULL,
    kind VARCHAR(8) NOT NULL, login_suite VARCHAR(80) NOT NULL, sign_suite VARCHAR(80), server_suite VARCHAR(80),
    counter BLOB NOT NULL, challenge_index BIGINT NOT NULL, PRIMARY KEY (id),
    FOREIGN KEY(token_id) REFERENCES tokens (id) ON DELETE CASCADE, UNIQUE (credential_id)
);
CREATE INDEX ix_credentials_token_id ON credentials (token_id);
CREATE TABLE wrapped_keys (
    id INTEGER NOT NULL, credential_id INTEGER NOT NULL, role VARCHAR(16) NOT NULL, key_version INTEGER NOT NULL,
    nonce BLOB NOT NULL, ciphertext BLOB NOT NULL, PRIMARY KEY (id), UNIQUE (credential_id, role),
    FOREIGN KEY(credential_id) REFERENCES credentials (id) ON DELETE CASCADE,
    FOREIGN KEY(key_version) REFERENCES master_keys (version)
);
CREATE TABLE challenges (
    id INTEGER NOT NULL, credential_id INTEGER NOT NULL, position BIGINT NOT NULL, question VARCHAR(64) NOT NULL,
    issued_at DATETIME NOT NULL, expires_at DATETIME NOT NULL, used_at DATETIME, accepted BOOLEAN, PRIMARY KEY (id),
    UNIQUE (credential_id, position), UNIQUE (credential_id, question),
    FOREIGN KEY(credential_id) REFERENCES credentials (id) ON DELETE CASCADE
);
PRAGMA journal_mode = WAL;
PRAGMA application_id = 0x70647363;
PRAGMA user_version = 1;
INSERT INTO tokens VALUES (1, 'DS-1001', 'simulated', X'e661', '0.1.0', 'sealed', '2026-01-02 03:04:05.000000', NULL);
INSERT INTO credentials VALUES
    (1, 1, X'00112233445566778899aabbccddeeff', 'Login', 'ocra', 'OCRA-1:HOTP-SHA256-8:QN06', NULL, NULL,
     X'0000000000000007', 3);
INSERT INTO challenges VALUES
    (1, 1, 2, '000001', '2026-01-02 03:04:05.000000', '2026-01-02 03:07:05.000000', NULL, NULL);
"""
ID = bytes.fromhex("00112233445566778899aabbccddeeff")


@pytest.fixture
def old(location: Location) -> Location:
    """An inventory of version 1, with one token."""
    location.database.parent.mkdir()
    custody = KeyFile.made_at_first_use(location.master_key)
    connection = sqlite3.connect(location.database)
    connection.executescript(VERSION_1)
    connection.execute("INSERT INTO master_keys VALUES (1, ?)", [custody.fingerprint(1)])
    for number, (role, secret) in enumerate((("login", KEY), ("challenges", bytes(32))), 1):
        wrapped = custody.wrap(secret, Place("DS-1001", ID, role), 1)
        row = [number, role, wrapped.nonce, wrapped.ciphertext]
        connection.execute("INSERT INTO wrapped_keys VALUES (?, 1, ?, 1, ?, ?)", row)
    connection.commit()
    connection.close()
    custody.close()
    location.database.chmod(0o600)
    return location


def schema(path: Path) -> dict[str, object]:
    """All that makes tables alike: columns with their types, keys, and indexes."""
    connection = sqlite3.connect(path)
    found: dict[str, object] = {"version": connection.execute("PRAGMA user_version").fetchone()}
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        indexes = connection.execute(f"PRAGMA index_list({table})").fetchall()
        found[table] = (
            connection.execute(f"PRAGMA table_info({table})").fetchall(),
            sorted(row[2:] for row in connection.execute(f"PRAGMA foreign_key_list({table})")),
            sorted(
                (index[2:], [row[2] for row in connection.execute(f"PRAGMA index_info({index[1]})")])
                for index in indexes
            ),
        )
    connection.close()
    return found


def test_an_old_inventory_is_worth_as_much_as_before(old: Location):
    with Inventory.open(old) as inventory:
        token = inventory.token("DS-1001")
        assert (token.state, token.mode, token.uid) == (TokenState.SEALED, "soft", b"\xe6\x61")
        credential = inventory.credential("DS-1001")
        assert (credential.counter, credential.challenge_index) == (7, 3)
        assert (credential.form, credential.server_id, credential.sign_index) == ((), None, 0)
        assert inventory.key(credential) == KEY
        assert inventory.alarm_key(credential) is None
        question = issue_challenge(inventory, "DS-1001").question
        response = respond(Suite.parse(credential.login_suite), KEY, question)
        assert answer(inventory, "DS-1001", question, response) is Verdict.ACCEPTED


def test_it_ends_with_the_tables_of_a_new_one(old: Location, tmp_path: Path):
    fresh = Location.inside(tmp_path / "fresh")
    Inventory.open(fresh).close()
    Inventory.open(old).close()
    assert schema(old.database) == schema(fresh.database)


def test_it_takes_in_what_only_the_new_tables_hold(old: Location):
    with Inventory.open(old) as inventory:
        new = NewCredential(
            id=bytes(16), label="Login", key=bytearray(KEY), alarm_key=bytearray(32), server_id=b"s" * 16,
            server_key=bytearray(32), server_suite="OCRA-1:HOTP-SHA256-6:QN06",
        )  # fmt: skip
        inventory.record_in_doubt("DS-2", board="b", uid=b"u", firmware_version="0", credentials=[new])
        assert inventory.credential("DS-2").server_id == b"s" * 16


def test_opening_it_again_changes_nothing(old: Location):
    Inventory.open(old).close()
    before = schema(old.database)
    Inventory.open(old).close()
    assert schema(old.database) == before


class Statements:
    """Counts the statements of an upgrade, and fails at the one with the number `fails_at`."""

    def __init__(self) -> None:
        self.seen = 0
        self.fails_at = 0

    def __call__(self, connection: object, cursor: object, statement: str, *_: object) -> None:
        self.seen += 1
        if self.seen == self.fails_at:
            raise OSError(5, "the disk fails")


@pytest.fixture
def statements() -> Iterator[Statements]:
    counter = Statements()
    event.listen(Engine, "before_cursor_execute", counter)
    yield counter
    event.remove(Engine, "before_cursor_execute", counter)


def test_an_upgrade_that_fails_at_any_statement_leaves_the_old_file_or_is_complete(
    old: Location, statements: Statements, tmp_path: Path
):
    fresh = Location.inside(tmp_path / "fresh")
    Inventory.open(fresh).close()
    before, after = schema(old.database), schema(fresh.database)
    left = []
    while True:
        statements.seen, statements.fails_at = 0, statements.fails_at + 1
        try:
            Inventory.open(old).close()
        except OSError:
            left.append(schema(old.database))
        else:
            break
    assert schema(old.database) == after
    assert left.count(before) > 10
    assert left == sorted(left, key=[before, after].index)


def test_an_upgrade_waits_for_whoever_writes_and_says_so_in_the_end(old: Location):
    from host_tools.inventory.database import opened

    holder = sqlite3.connect(old.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(InventoryBusyError):
        opened(old.database, busy_seconds=0)
    holder.close()
    opened(old.database, busy_seconds=0).close()


def test_processes_that_open_an_old_inventory_at_once_upgrade_it_once(
    old: Location, tmp_path: Path, start: Callable[[str], subprocess.Popen[str]]
):
    fresh = Location.inside(tmp_path / "fresh")
    Inventory.open(fresh).close()
    for _ in range(3):
        kept = shutil.copy(old.database, tmp_path / "kept.db")
        processes = [start("print(inventory.credential('DS-1001').counter)\n") for _ in range(4)]
        assert [process.communicate(timeout=60)[0] for process in processes] == ["7\n"] * 4
        assert schema(old.database) == schema(fresh.database)
        shutil.copy(kept, old.database)
