"""Tokens, credentials and keys: recorded before sealing, sealed once, never given twice."""

import os
import signal
import sqlite3
import unicodedata
from datetime import datetime

import pytest
from sqlalchemy.exc import StatementError

from host_tools.inventory import Inventory, NewCredential, TokenState
from host_tools.inventory.database import opened
from host_tools.inventory.errors import (
    AmbiguousCredentialError,
    CredentialInUseError,
    FieldError,
    ForgottenKeyError,
    SerialInUseError,
    TokenStateError,
    UnknownCredentialError,
    UnknownSerialError,
    UnwrapError,
)
from host_tools.inventory.key_file import KeyFile
from host_tools.inventory.schema import WrappedKeyRow
from host_tools.inventory.verify import issue_challenge

KEY = bytes([1]) * 32
OTHER_KEY = bytes(range(100, 132))


def change(location, statement, *values):
    """What somebody with write access to the database file can do."""
    connection = sqlite3.connect(location.database)
    with connection:
        changed = connection.execute(statement, values).rowcount
    connection.close()
    assert changed


def test_a_recorded_token_is_in_doubt(inventory, record, clock):
    token = record()
    assert token.state is TokenState.IN_DOUBT
    assert token.created_at == clock.time
    assert token.sealed_at is None
    assert (token.board, token.uid, token.firmware_version) == ("simulated", b"\xe6\x61" + bytes(6), "0.1.0")
    assert inventory.token("DS-1001") == token


def test_a_sealed_token_says_since_when(inventory, record, clock):
    record()
    clock.advance(seconds=5)
    assert inventory.mark_sealed("DS-1001").sealed_at == clock.time
    assert inventory.token("DS-1001").state is TokenState.SEALED


def test_a_token_is_sealed_once(inventory, record):
    record()
    inventory.mark_sealed("DS-1001")
    with pytest.raises(TokenStateError, match="must be in doubt") as refused:
        inventory.mark_sealed("DS-1001")
    assert refused.value.state == "sealed"


def test_a_token_in_doubt_can_be_dropped_and_its_serial_used_again(inventory, record):
    record()
    inventory.drop_in_doubt("DS-1001")
    assert inventory.serials() == []
    record()


def test_dropping_a_token_removes_its_keys_from_the_file(inventory, record, location):
    record()
    with inventory.reading() as session:
        ciphertexts = [row.ciphertext for row in session.query(WrappedKeyRow)]
    assert len(ciphertexts) == 2
    inventory.drop_in_doubt("DS-1001")
    inventory.close()
    content = location.database.read_bytes()
    assert not [one for one in ciphertexts if one in content]


@pytest.mark.parametrize("remove", ["drop_in_doubt", "forget"])
def test_the_keys_of_a_removed_token_are_in_no_file_of_the_open_inventory(
    inventory, record, location, remove
):
    record()
    with inventory.reading() as session:
        ciphertexts = [row.ciphertext for row in session.query(WrappedKeyRow)]
    files = [location.database, location.database.with_name("inventory.db-wal")]
    assert [one for one in ciphertexts if one in files[1].read_bytes()] == ciphertexts
    getattr(inventory, remove)("DS-1001")
    for file in files:
        content = file.read_bytes()
        assert not [one for one in ciphertexts if one in content]
    assert inventory.serials() == []


def test_a_reader_at_work_does_not_keep_a_token_from_being_removed(inventory, location, record):
    """It only keeps the log from being emptied now; the last one to close does that."""
    inventory.close()
    database = opened(location.database, busy_seconds=1)
    with Inventory(database, KeyFile(location.master_key)) as impatient:
        record(into=impatient)
        reader = sqlite3.connect(location.database)
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM tokens").fetchone() == (1,)
        impatient.forget("DS-1001")
        assert impatient.serials() == []
        reader.close()
        log = location.database.with_name("inventory.db-wal")
        assert log.stat().st_size > 0
    assert not log.exists()


@pytest.mark.parametrize("sealed", [False, True])
def test_a_token_in_any_state_can_be_forgotten_and_its_serial_used_again(inventory, record, sealed):
    record()
    record("DS-1002", number=2)
    if sealed:
        inventory.mark_sealed("DS-1001")
    issue_challenge(inventory, "DS-1001")
    inventory.forget("DS-1001")
    assert inventory.serials() == ["DS-1002"]
    assert bytes(inventory.key(inventory.credential("DS-1002"))) == bytes([2]) * 32
    record()


def test_an_unknown_token_is_not_forgotten(inventory, record):
    record()
    with pytest.raises(UnknownSerialError) as refused:
        inventory.forget("DS-1010")
    assert refused.value.nearest == ("DS-1001",)
    assert inventory.serials() == ["DS-1001"]


def test_a_sealed_token_is_not_dropped(inventory, record):
    record()
    inventory.mark_sealed("DS-1001")
    with pytest.raises(TokenStateError):
        inventory.drop_in_doubt("DS-1001")
    assert inventory.serials() == ["DS-1001"]


def test_a_serial_is_given_once(inventory, record):
    record()
    with pytest.raises(SerialInUseError) as refused:
        record(number=2)
    assert refused.value.serial == "DS-1001"
    assert [one.id for one in inventory.credentials("DS-1001")] == [bytes([1]) * 16]


def test_a_credential_id_is_given_once_and_a_refused_token_is_not_recorded(inventory, record):
    record()
    with pytest.raises(CredentialInUseError):
        record("DS-1002", number=1)
    assert inventory.serials() == ["DS-1001"]


def test_the_same_id_twice_in_one_token_is_refused(inventory):
    twin = NewCredential(id=bytes(16), label="Login", key=bytearray(32))
    with pytest.raises(CredentialInUseError):
        inventory.record_in_doubt("DS-1", board="b", uid=b"u", firmware_version="0", credentials=[twin, twin])
    assert inventory.serials() == []


def test_a_token_without_credentials_is_refused(inventory):
    with pytest.raises(FieldError, match="at least one"):
        inventory.record_in_doubt("DS-1", board="b", uid=b"u", firmware_version="0", credentials=[])


@pytest.mark.parametrize("serial", ["", "DS 1", "DS-1\n", "DS-é", "D" * 33])
def test_a_malformed_serial_is_refused(record, serial):
    with pytest.raises(FieldError, match="1 to 32"):
        record(serial)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("id", bytes(15), "16 bytes, not 15"),
        ("label", "", "1 to 64"),
        ("label", "a\nb", "printable"),
        ("login_suite", "HOTP-SHA1-5", "6 to 10"),
        ("login_suite", "TOTP-SHA1-6", "must be like"),
        ("alarm_key", bytearray(15), "16 to 128 bytes, not 15"),
        ("alarm_key", bytearray(KEY), "no alarm could be told"),
        ("server_key", bytearray(32), "has an id"),
        ("server_id", bytes(16), "has an id"),
        ("server_id", bytes(15), "16 bytes, not 15"),
        ("key", bytearray(15), "16 to 128 bytes, not 15"),
        ("counter", -1, "64 bits"),
        ("counter", 2**64, "64 bits"),
        ("login_suite", "OCRA-1:HOTP-SHA256-8:QN03", "QN03"),
        ("sign_suite", "OCRA-1:HOTP-SHA256-8:QN06", "must differ"),
    ],
)
def test_a_credential_that_could_not_be_used_is_refused(record, field, value, message):
    with pytest.raises(FieldError, match=message):
        record(**{field: value})


def test_an_unknown_serial_names_the_nearest(inventory, record):
    for number, serial in enumerate(("DS-1001", "DS-1010", "XY-9"), 1):
        record(serial, number)
    with pytest.raises(UnknownSerialError, match="did you mean") as refused:
        inventory.token("DS-1002")
    assert refused.value.nearest[0] == "DS-1001"
    assert "XY-9" not in refused.value.nearest


def test_serials_are_told_apart_by_case(inventory, record):
    record("ds-1")
    record("DS-1", 2)
    assert inventory.credential("DS-1").id == bytes([2]) * 16


def test_the_key_comes_back_equal_and_wipeable(inventory, record):
    record()
    key = inventory.key(inventory.credential("DS-1001"))
    assert isinstance(key, bytearray)
    assert key == KEY


def test_a_credential_comes_back_as_it_was_recorded(inventory, record):
    suites = {"sign_suite": "OCRA-1:HOTP-SHA256-8:QH64", "server_suite": "OCRA-1:HOTP-SHA256-8:QN06-T1M"}
    record(label=unicodedata.normalize("NFD", "Bücher"), counter=2**64 - 1, **suites)
    [found] = inventory.credentials("DS-1001")
    assert found.label == unicodedata.normalize("NFC", "Bücher")
    assert found.counter == 2**64 - 1
    assert found.challenge_index == 0
    assert (found.kind, found.serial, found.login_suite) == ("ocra", "DS-1001", "OCRA-1:HOTP-SHA256-8:QN06")
    assert (found.sign_suite, found.server_suite) == (suites["sign_suite"], suites["server_suite"])


def test_a_credential_is_found_by_id_hex_and_label(inventory):
    many = [
        NewCredential(id=bytes([n]) * 16, label=label, key=bytearray(32))
        for n, label in enumerate(["Bank", "Mail", "Mail"], 1)
    ]
    inventory.record_in_doubt("DS-1", board="b", uid=b"u", firmware_version="0", credentials=many)
    assert inventory.credential("DS-1", bytes([2]) * 16).id == bytes([2]) * 16
    assert inventory.credential("DS-1", "03" * 16).id == bytes([3]) * 16
    assert inventory.credential("DS-1", "Bank").id == bytes([1]) * 16
    for unclear in (None, "Mail"):
        with pytest.raises(AmbiguousCredentialError, match="name one of"):
            inventory.credential("DS-1", unclear)
    with pytest.raises(UnknownCredentialError) as refused:
        inventory.credential("DS-1", "Shop")
    assert len(refused.value.choices) == 3


def test_no_repr_shows_a_key(inventory, record):
    record(key=bytearray(OTHER_KEY))
    new = NewCredential(id=bytes(16), label="Login", key=bytearray(OTHER_KEY))
    with inventory.reading() as session:
        rows = [repr(row) for row in session.query(WrappedKeyRow)]
        wrapped = session.query(WrappedKeyRow).first()
        assert wrapped is not None
        ciphertext = wrapped.ciphertext
    shown = " ".join([repr(new), *rows, repr(inventory), repr(inventory.credentials("DS-1001"))])
    assert OTHER_KEY.hex() not in shown
    assert repr(OTHER_KEY)[2:20] not in shown
    assert repr(ciphertext)[2:20] not in shown
    assert "key=" not in shown


def test_no_key_is_in_the_files_of_the_database(inventory, record, location):
    key = os.urandom(32)
    record(key=bytearray(key))
    files = list(location.database.parent.iterdir())
    assert len(files) == 3
    for path in files:
        assert key not in path.read_bytes()
        assert key.hex().encode() not in path.read_bytes().lower()


def test_a_flipped_ciphertext_is_refused(inventory, record, location):
    record()
    [[ciphertext]] = sqlite3.connect(location.database).execute(
        "SELECT ciphertext FROM wrapped_keys WHERE role = 'login'"
    )
    change(
        location,
        "UPDATE wrapped_keys SET ciphertext = ? WHERE role = 'login'",
        bytes([ciphertext[0] ^ 1]) + ciphertext[1:],
    )
    with pytest.raises(UnwrapError):
        inventory.key(inventory.credential("DS-1001"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wrapped_keys SET credential_id = 3 - credential_id + 0 * ?",
        "UPDATE wrapped_keys SET role = CASE role WHEN 'login' THEN 'challenges' ELSE 'login' END WHERE ?",
        "UPDATE wrapped_keys SET key_version = key_version + ?",
        "UPDATE credentials SET token_id = 3 - token_id + 0 * ?",
        "UPDATE tokens SET serial = 'DS-1003' WHERE id = ?",
    ],
    ids=["keys swapped", "roles swapped", "version changed", "credentials swapped", "serial changed"],
)
def test_a_swapped_row_is_refused(inventory, record, location, statement):
    record("DS-1001", 1)
    record("DS-1002", 2)
    connection = sqlite3.connect(location.database)
    with connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("DROP TABLE IF EXISTS moved")
        if "role = CASE" in statement or "credential_id = 3" in statement:
            # SQLite checks uniqueness row by row, so the swap goes by way of a table without constraints.
            connection.execute("CREATE TABLE moved AS SELECT * FROM wrapped_keys")
            connection.execute("DELETE FROM wrapped_keys")
            connection.execute(statement.replace("wrapped_keys", "moved"), [1])
            connection.execute("INSERT INTO wrapped_keys SELECT * FROM moved")
        else:
            connection.execute(statement, [1])
    connection.close()
    for serial in inventory.serials():
        if serial == "DS-1002" and statement.startswith("UPDATE tokens"):
            continue
        with pytest.raises((UnwrapError, ForgottenKeyError)):
            inventory.key(inventory.credential(serial))


def test_a_credential_whose_key_row_is_gone_is_refused(inventory, record, location):
    record()
    change(location, "DELETE FROM wrapped_keys WHERE role = ?", "login")
    with pytest.raises(UnwrapError):
        inventory.key(inventory.credential("DS-1001"))


def test_a_time_without_a_zone_is_not_recorded(inventory, record):
    inventory.now = lambda: datetime(2026, 11, 23)
    with pytest.raises(StatementError, match="without a zone"):
        record()
    assert inventory.serials() == []


def test_a_token_dropped_meanwhile_is_noticed(inventory, record):
    record()
    credential = inventory.credential("DS-1001")
    inventory.drop_in_doubt("DS-1001")
    with pytest.raises(UnknownCredentialError):
        inventory.key(credential)


def test_what_was_recorded_outlives_the_process(inventory, record, location):
    record()
    inventory.close()
    with Inventory.open(location) as again:
        assert again.key(again.credential("DS-1001")) == KEY


def test_a_process_killed_before_sealing_leaves_the_token_in_doubt(location, start):
    process = start(
        "record('DS-1001', bytes([1]) * 16)\n"
        "print('recorded', flush=True)\n"
        "time.sleep(60)\n"
        "inventory.mark_sealed('DS-1001')\n"
    )
    assert process.stdout.readline() == "recorded\n"
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    with Inventory.open(location) as inventory:
        assert inventory.token("DS-1001").state is TokenState.IN_DOUBT
        assert inventory.key(inventory.credential("DS-1001")) == KEY


def test_a_process_killed_while_it_records_leaves_nothing(location, start):
    code = (
        "from host_tools.inventory.schema import TokenRow\n"
        "with inventory.writing() as session:\n"
        "    session.add(TokenRow(serial='DS-1001', board='b', uid=b'u', firmware_version='0',\n"
        "                         state='in_doubt', created_at=inventory.now()))\n"
        "    session.flush()\n"
        "    print('written', flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = start(code)
    assert process.stdout.readline() == "written\n"
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    with Inventory.open(location) as inventory:
        assert inventory.serials() == []


def test_two_processes_never_get_the_same_serial(location, start):
    code = (
        "print('ready', flush=True); number = int(sys.stdin.readline()); won = 0\n"
        "from host_tools.inventory.errors import SerialInUseError\n"
        "for turn in range(20):\n"
        "    try:\n"
        "        record(f'DS-{turn}', bytes([number, turn]) * 8)\n"
        "        won += 1\n"
        "    except SerialInUseError:\n"
        "        pass\n"
        "print(won)\n"
    )
    processes = [start(code) for _ in range(2)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for number, process in enumerate(processes):
        process.stdin.write(f"{number}\n")
        process.stdin.flush()
    assert sum(int(process.communicate(timeout=60)[0]) for process in processes) == 20
    with Inventory.open(location) as inventory:
        assert len(inventory.serials()) == 20
