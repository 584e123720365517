"""`picodsc inventory`: lists, searches, steps and copies, as an operator uses them."""

import csv
import json
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.plain import Method, code
from host_tools.cli import inventory as group
from host_tools.inventory import Inventory, Location, TokenState
from host_tools.inventory.states import TokenState as State
from host_tools.login.errors import RefusedError

LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"


@pytest.fixture
def kept(picodsc, home):
    """An inventory without a passphrase."""
    assert picodsc("station", "init", "--clear").code == 0
    return home


@pytest.fixture
def stock(kept, record):
    """DS-1001 and DS-1002 sealed, DS-1003 in doubt."""
    for number in (1, 2, 3):
        record(f"DS-100{number}", id=bytes([number]) * 16)
    with Inventory.open(Location.inside(kept)) as inventory:
        inventory.mark_sealed("DS-1001")
        inventory.mark_sealed("DS-1002")
    return kept


def first_words(text):
    return [line.split()[0] for line in text.splitlines()]


def test_the_options_name_every_state_there_is():
    assert list(group.STATES) == [state.value for state in State]


def test_tokens_are_listed_and_filtered(picodsc, stock):
    assert first_words(picodsc("inventory", "list").out) == ["DS-1001", "DS-1002", "DS-1003"]
    assert first_words(picodsc("inventory", "list", "--state", "in doubt").out) == ["DS-1003"]
    assert picodsc("inventory", "list", "--user", "alice").out == ""
    assert first_words(picodsc("inventory", "list", "--batch", "ds").out) == ["DS-1001", "DS-1002", "DS-1003"]
    assert picodsc("inventory", "list", "--since", "2999-01-01").out == ""
    tokens = [json.loads(line) for line in picodsc("inventory", "list", "--json").out.splitlines()]
    assert [token["state"] for token in tokens] == ["sealed", "sealed", "in_doubt"]
    assert tokens[0]["uid"] == b"u".hex()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--state", "gone"], "--state is one of blank, in_doubt, sealed"),
        (["--mode", "hard"], "--mode is one of soft, verified"),
        (["--since", "yesterday"], "such as 2026-11-29"),
        (["--user", "\udcff"], "--user is not UTF-8"),
    ],
)
def test_a_filter_that_can_be_none_is_refused(picodsc, stock, options, told):
    ended = picodsc("inventory", "list", *options)
    assert (ended.out, ended.code) == ("", 2)
    assert told in ended.err


def test_on_a_terminal_there_are_tables_of_a_page_each(picodsc, stock, capsys, monkeypatch):
    monkeypatch.setattr(group, "PAGE", 2)
    with Inventory.open(Location.inside(stock)) as inventory:
        from host_tools.inventory.listing import tokens

        group._tables(tokens(inventory))
    assert first_words(capsys.readouterr().out) == ["serial", "DS-1001", "DS-1002", "serial", "DS-1003"]


def test_a_token_is_shown_with_all_but_secrets(picodsc, stock):
    shown = picodsc("inventory", "show", "ds-1001")
    assert shown.code == 0
    for line in ("state                        sealed", "credential login suite       " + LOGIN):
        assert line in shown.out
    assert bytes(range(32)).hex() not in shown.out
    whole = json.loads(picodsc("inventory", "show", "DS-1001", "--json").out)
    assert whole["credentials"][0]["challenges_open"] == 0
    assert [entry["event"] for entry in whole["history"]] == ["in doubt", "sealed"]
    assert "did you mean DS-1001" in picodsc("inventory", "show", "DS-10O1").err


def test_a_search_says_when_it_only_guesses_and_when_there_is_nothing(picodsc, stock):
    assert first_words(picodsc("inventory", "search", "DS-1002").out) == ["DS-1002"]
    assert first_words(picodsc("inventory", "search", "login", "--limit", "2").out) == ["DS-1001", "DS-1002"]
    guessed = picodsc("inventory", "search", "DS-10O1")
    assert guessed.out.startswith("DS-1001  ")
    assert "these serials are like it" in guessed.err
    ended = picodsc("inventory", "search", "carol")
    assert (ended.out, ended.err, ended.code) == ("", "picodsc: nothing is like 'carol'\n", 1)
    assert picodsc("inventory", "search", " ").code == 2


def test_tokens_go_their_way_together_or_not_at_all(picodsc, stock):
    assert picodsc("inventory", "assign", "ds-1001", "DS-1002", "alice").out == (
        "DS-1001 is assigned, of alice\nDS-1002 is assigned, of alice\n"
    )
    ended = picodsc("inventory", "ship", "DS-1001", "DS-1003")
    assert (ended.out, ended.code) == ("", 2)
    assert "token DS-1003 is in doubt, it must be assigned" in ended.err
    assert picodsc("inventory", "release", "DS-1002").out == "DS-1002 is sealed\n"
    assert picodsc("inventory", "ship", "DS-1001").out == "DS-1001 is shipped, of alice\n"
    assert picodsc("inventory", "return", "DS-1001").out == "DS-1001 is returned, of alice\n"


@pytest.mark.parametrize(("serials", "typed"), [(["DS-1001"], "ds-1001"), (["DS-1001", "DS-1002"], "2")])
def test_to_destroy_has_to_be_confirmed(picodsc, stock, serials, typed):
    refused = picodsc("inventory", "destroy", *serials, stdin="yes\n")
    assert refused.code == 1
    assert "nothing was dropped" in refused.err
    assert "DS-1001 (sealed)" in refused.err
    assert picodsc("inventory", "destroy", *serials, stdin=f"{typed}\n").code == 0
    with Inventory.open(Location.inside(stock)) as inventory:
        assert inventory.token("DS-1001").state is TokenState.DESTROYED
        assert inventory.credentials("DS-1001") == []


def test_scripts_are_not_asked(picodsc, stock):
    assert picodsc("inventory", "destroy", "DS-1001", "--yes").out == "DS-1001 is destroyed\n"


def test_an_export_is_for_other_programs(picodsc, stock, tmp_path):
    assert picodsc("inventory", "export", "--out", tmp_path / "t.csv").out == f"{tmp_path}/t.csv: 3 tokens\n"
    with (tmp_path / "t.csv").open(newline="") as file:
        assert [row["serial"] for row in csv.DictReader(file)] == ["DS-1001", "DS-1002", "DS-1003"]
    again = picodsc("inventory", "export", "--out", tmp_path / "t.csv")
    assert (again.code, "is there already" in again.err) == (2, True)


def test_a_backup_is_restored_after_asking_and_the_present_inventory_kept(picodsc, stock, tmp_path):
    file = tmp_path / "monday.picodsc"
    made = picodsc("inventory", "backup", file)
    assert (made.err, made.code) == ("", 0)
    assert "audit head 5 " in made.out
    picodsc("inventory", "destroy", "DS-1001", "--yes")
    refused = picodsc("inventory", "restore", file, stdin="no\n")
    assert refused.code == 1
    assert "3 tokens" in refused.err
    assert "nothing was replaced" in refused.err
    done = picodsc("inventory", "restore", file, stdin="restore\n")
    assert done.code == 0
    kept = done.out.partition("the inventory that was there is in ")[2].splitlines()[0]
    assert kept.startswith(f"{stock}/inventory.db.before-")
    shown = picodsc("inventory", "list")
    assert shown.out.splitlines()[0].split()[:2] == ["DS-1001", "sealed"]
    assert picodsc("inventory", "restore", kept, "--yes", "--keep", tmp_path / "k").code == 0
    assert picodsc("inventory", "list").out.splitlines()[0].split()[:2] == ["DS-1001", "destroyed"]


def test_a_restore_warns_of_a_process_that_has_the_inventory_open(picodsc, stock, start, tmp_path):
    file = tmp_path / "monday.picodsc"
    picodsc("inventory", "backup", file)
    alone = picodsc("inventory", "restore", file, "--yes")
    assert (alone.code, "has the inventory open" in alone.err) == (0, False)
    program = (
        "from host_tools.inventory import Inventory, default_location\n"
        "with Inventory.open(default_location()) as inventory:\n"
        "    print(inventory.token('DS-1001').serial, flush=True)\n"
        "    input()\n"
    )
    running = start(program=program)
    assert running.stdout.readline() == b"DS-1001\n"
    warned = picodsc("inventory", "restore", file, stdin="no\n")
    assert "a process has the inventory open" in warned.err
    assert "nothing was replaced" in warned.err
    assert picodsc("inventory", "restore", file, "--yes", "--keep", tmp_path / "k").code == 0
    running.communicate(b"\n")
    assert "has the inventory open" not in picodsc("inventory", "restore", file, stdin="no\n").err


def test_a_backup_goes_into_an_empty_place_without_asking(picodsc, stock, tmp_path):
    picodsc("inventory", "backup", tmp_path / "b")
    (stock / "inventory.db").unlink()
    done = picodsc("inventory", "restore", tmp_path / "b")
    assert (done.code, done.out.splitlines()[0]) == (0, f"{stock}/inventory.db is restored")


def test_a_damaged_backup_ends_with_1(picodsc, stock, tmp_path):
    picodsc("inventory", "backup", tmp_path / "b")
    (tmp_path / "b").write_text((tmp_path / "b").read_text().replace("sealed", "seated"))
    ended = picodsc("inventory", "restore", tmp_path / "b", "--yes")
    assert ended.code == 1
    assert "is damaged: line" in ended.err


def test_after_a_restore_a_login_by_an_old_response_of_a_counting_token_is_not_judged(
    picodsc, kept, record, tmp_path
):
    counting = "OCRA-1:HOTP-SHA256-8:C-QN06"
    record(login_suite=counting)
    picodsc("inventory", "backup", tmp_path / "b")
    response = respond(Suite.parse(counting), bytes(range(32)), "123457", counter=0)
    arguments = ("verify", "--serial", "DS-1001", "--challenge", "123457", "--response", response)
    assert json.loads(picodsc(*arguments, "--json").out) == {"verdict": "accepted"}
    done = picodsc("inventory", "restore", tmp_path / "b", "--yes")
    assert "have to be resynchronised by 'picodsc resync': 1" in done.out
    ended = picodsc(*arguments)
    assert (ended.out, ended.code) == ("", 2)
    assert "may have counted on since the backup" in ended.err


def test_a_restore_says_how_long_codes_by_time_are_refused_by_the_operator_s_policy(
    picodsc, kept, record, tmp_path, monkeypatch
):
    suite = "TOTP-SHA256-8-T1S"
    record(login_suite=suite)
    picodsc("inventory", "backup", tmp_path / "b")
    policy = tmp_path / "policy.toml"
    monkeypatch.setenv("PICODSC_POLICY", str(policy))
    ended = picodsc("inventory", "restore", tmp_path / "b", "--yes")
    assert (ended.out, ended.code) == ("", 2)
    policy.write_text(
        '[[policy]]\neffective = 2026-01-01\n[policy.code]\ngreatest_drift = "1 min"\n', "utf-8"
    )
    before = datetime.now(UTC).replace(microsecond=0)
    done = picodsc("inventory", "restore", tmp_path / "b", "--yes")
    after = datetime.now(UTC)
    told = done.out.partition("codes by time are refused until ")[2].splitlines()[0]
    until = datetime.strptime(told, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    assert before <= until - timedelta(seconds=61) <= after
    now = code(Method.parse(suite), bytes(range(32)), int(datetime.now(UTC).timestamp()))
    assert picodsc("verify", "--serial", "DS-1001", "--response", now).code == 1


def test_no_inventory_is_made_for_a_reader(picodsc, home, tmp_path):
    for arguments in (
        ["list"],
        ["show", "X"],
        ["search", "x"],
        ["audit"],
        ["history"],
        ["backup", tmp_path / "b"],
    ):
        assert picodsc("inventory", *arguments).code == 2
    assert not home.exists()


def test_the_audit_log_is_checked_against_a_head_from_elsewhere(picodsc, kept):
    picodsc("station", "batch", "PD")
    head = picodsc("inventory", "audit").out.strip()
    assert head.startswith("1 ")
    picodsc("station", "batch", "AB")
    assert picodsc("inventory", "audit", "--head", head).code == 0
    as_json = json.loads(picodsc("inventory", "audit", "--json").out)
    assert as_json["sequence"] == 2
    with sqlite3.connect(kept / "inventory.db") as connection:
        connection.execute("UPDATE audit_log SET actor = 'nobody' WHERE sequence = 1")
    connection.close()
    ended = picodsc("inventory", "audit")
    assert ended.code == 1
    assert "entry 1 of the audit log is not what was written" in ended.err


def test_a_head_that_is_none_is_refused(picodsc, kept):
    ended = picodsc("inventory", "audit", "--head", "1")
    assert ended.code == 2
    assert "a number and 64 hex digits" in ended.err


def test_history_tells_what_was_done(picodsc, home, tmp_path):
    picodsc("token", "new", tmp_path / "t", "--serial", "DEV-1", "--pin", "4711", "--rounds", "1")
    picodsc("station", "batch", "PD")
    lines = picodsc("inventory", "history", "dev-1").out.splitlines()
    assert ["in doubt" in lines[0], "sealed" in lines[1], len(lines)] == [True, True, 2]
    entries = [json.loads(line) for line in picodsc("inventory", "history", "--json").out.splitlines()]
    assert [entry["event"] for entry in entries] == ["in doubt", "sealed", "batch begun"]
    assert entries[0]["serial"] == "DEV-1"
    assert entries[2]["prefix"] == "PD"


def test_history_of_a_user_leaves_out_others_with_a_name_like_it(picodsc, house):
    house.user("a_b")
    house.user("axb")
    house.user("a_b2")
    with pytest.raises(RefusedError):
        house.begin_with("a wrong password", "a_b")
    lines = picodsc("inventory", "history", "--user", "A_B").out.splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("user added  -  user a_b")
    assert lines[1].endswith("first factor refused  -  user a_b")


def test_history_says_that_there_is_nothing_of_a_name(picodsc, record):
    record()
    for arguments in (("DS-9",), ("--user", "nobody")):
        ended = picodsc("inventory", "history", *arguments)
        assert (ended.out, ended.code) == ("", 0)
        assert "nothing is on record" in ended.err


def test_history_leaves_out_what_is_empty(picodsc, record):
    record()
    out = picodsc("inventory", "history", "DS-1001").out
    assert "in doubt" in out
    assert "None" not in out
    assert "build ," not in out
