"""Tokens listed, searched and shown, in either kind of database."""

import csv
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from host_tools.inventory import Inventory, NewCredential, TokenState
from host_tools.inventory.backup_errors import FileInTheWayError
from host_tools.inventory.errors import FieldError, UnknownSerialError
from host_tools.inventory.importing import ImportedKey, record_imported
from host_tools.inventory.issuing import begin_batch, issue_serial
from host_tools.inventory.lifecycle import assign, make_blank
from host_tools.inventory.listing import Filter, batches, details, search, tokens
from host_tools.inventory.serials import Batch
from host_tools.inventory.tables import export
from host_tools.inventory.verify import issue_challenge


@pytest.fixture
def stock(anywhere, clock) -> Iterator[Inventory]:
    """DS-1 in doubt; DS-2 alice's; DS-3 sealed a day later, of another board; PD-… blank."""
    with Inventory.open(anywhere, now=clock) as inventory:
        begin_batch(inventory, Batch("PD"))
        for number, (serial, label) in enumerate(
            [
                ("DS-1", "Login"),
                ("DS-2", "Bank 100%"),
                ("DS-3", "Ärzte"),
                (issue_serial(inventory, "PD"), "x"),
            ],
            1,
        ):
            if serial == "DS-3":
                clock.advance(days=1)
            inventory.record_in_doubt(
                serial,
                board="pico" if number == 3 else "simulated",
                uid=bytes([0xE6, number]),
                firmware_version="0.1.0",
                credentials=[NewCredential(id=bytes([number]) * 16, label=label, key=bytearray(32))],
            )
            if number > 1:
                inventory.mark_sealed(serial)
        assign(inventory, "DS-2", "alice")
        make_blank(inventory, Batch("PD").serial(1))
        yield inventory


def serials(found):
    return [token.serial for token in found]


def test_all_are_listed_in_order(stock):
    assert serials(tokens(stock)) == ["DS-1", "DS-2", "DS-3", Batch("PD").serial(1)]


def test_filters_let_through_what_fits_all_of_them(stock, clock):
    assert serials(tokens(stock, Filter(state=TokenState.ASSIGNED))) == ["DS-2"]
    assert serials(tokens(stock, Filter(user="alice"))) == ["DS-2"]
    assert serials(tokens(stock, Filter(batch="PD"))) == [Batch("PD").serial(1)]
    assert serials(tokens(stock, Filter(batch="DS"))) == ["DS-1", "DS-2", "DS-3"]
    assert serials(tokens(stock, Filter(batch="D"))) == []
    assert serials(tokens(stock, Filter(mode="verified"))) == []
    late = Filter(since=clock.time - timedelta(hours=1))
    assert serials(tokens(stock, late)) == ["DS-3", Batch("PD").serial(1)]
    assert serials(tokens(stock, Filter(state=TokenState.SEALED, batch="DS"))) == ["DS-3"]


@pytest.mark.parametrize(
    ("looked_for", "how", "found"),
    [
        ("ds-2", "exact", ["DS-2"]),
        ("alice", "exact", ["DS-2"]),
        ("e603", "exact", ["DS-3"]),
        ("02" * 16, "exact", ["DS-2"]),
        ("ALI", "within", ["DS-2"]),
        ("100%", "within", ["DS-2"]),
        ("pic", "within", ["DS-3"]),
        ("e6", "within", ["DS-1", "DS-2", "DS-3", Batch("PD").serial(1)]),
        ("rzte", "within", ["DS-3"]),
        ("s-", "within", ["DS-1", "DS-2", "DS-3"]),
        ("PD-000017", "alike", [Batch("PD").serial(1)]),
        ("%", "within", ["DS-2"]),
        ("_", "alike", []),
    ],
)
def test_a_search_finds_what_it_is_first_and_then_what_has_it_and_then_what_is_like_it(
    stock, looked_for, how, found
):
    result = search(stock, looked_for, 10)
    assert (result.how, serials(result.tokens)) == (how, found)


def test_a_search_ends_at_its_limit(stock):
    assert serials(search(stock, "e6", 2).tokens) == ["DS-1", "DS-2"]


def test_a_batch_is_found_by_an_index(stock):
    condition, other = Filter(batch="PD").conditions()
    with stock.reading() as session:
        if session.get_bind().dialect.name == "sqlite":
            plan = session.execute(
                text("EXPLAIN QUERY PLAN SELECT id FROM tokens WHERE serial >= 'PD-' AND serial < 'PD.'")
            ).all()
            assert "USING COVERING INDEX" in str(plan) or "USING INDEX" in str(plan)
        else:
            session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = session.execute(
                text("EXPLAIN SELECT id FROM tokens WHERE serial >= 'PD-' AND serial < 'PD.'")
            ).all()
            assert "Index Cond" in str(plan)
    assert (str(condition.compile()), str(other.compile())) == (
        "tokens.serial >= :serial_1", "tokens.serial < :serial_1",
    )  # fmt: skip


def test_details_tell_all_but_secrets(stock, clock):
    issue_challenge(stock, "DS-2")
    clock.advance(minutes=4)
    issue_challenge(stock, "DS-2")
    found = details(stock, "DS-2")
    assert found.token.user == "alice"
    assert [(one.credential.challenge_index, one.open, one.counter_unsure) for one in found.credentials] == [
        (2, 1, False)
    ]
    assert (found.letter_pin, found.unlock) == (False, False)
    assert [entry.event for entry in found.entries] == ["in doubt", "sealed", "assigned"]
    with pytest.raises(UnknownSerialError):
        details(stock, "DS-9")


def test_batches_tell_what_comes_next(stock):
    (one,) = batches(stock)
    assert (one.batch, one.next_serial, one.stopped) == (Batch("PD"), Batch("PD").serial(2), False)


def test_an_export_has_a_line_for_each_credential_or_an_object_for_each_token(stock, tmp_path):
    assert export(stock, tmp_path / "t.csv") == 4
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert lines[0].startswith("serial,state,user,reference,mode,board,uid,")
    assert [line.split(",")[0] for line in lines[1:]] == serials(tokens(stock))
    assert export(stock, tmp_path / "t.json", Filter(user="alice")) == 1
    (token,) = json.loads((tmp_path / "t.json").read_text())
    assert token["credentials"][0]["label"] == "Bank 100%"
    assert export(stock, tmp_path / "none.json", Filter(user="nobody")) == 0
    assert json.loads((tmp_path / "none.json").read_text()) == []
    assert (tmp_path / "t.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("beginning", "=+-@")
def test_no_cell_of_an_export_is_a_formula_of_a_spreadsheet(stock, tmp_path, beginning):
    text = f"{beginning}cmd|'/C calc'!A0"
    names = {"manufacturer": f"{beginning}1+1", "model": f"{beginning}2", "serial": f"{beginning}3"}
    credential = NewCredential(id=b"=" * 16, label=text, key=bytearray(32))
    record_imported(stock, [ImportedKey(**names, credential=credential)])
    assign(stock, names["serial"], text)
    for name in ("t.csv", "t.json"):
        assert export(stock, tmp_path / name, Filter(user=text)) == 1
    with (tmp_path / "t.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["user"], row["credential_label"]) == (f"'{text}", f"'{text}")
    assert {name: row[name] for name in ("manufacturer", "board", "serial")} == {
        "manufacturer": f"'{beginning}1+1", "board": f"'{beginning}2", "serial": f"'{beginning}3",
    }  # fmt: skip
    assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    (token,) = json.loads((tmp_path / "t.json").read_text())
    assert (token["user"], token["credentials"][0]["label"]) == (text, text)


def test_an_export_replaces_no_file_and_says_which_names_it_takes(stock, tmp_path):
    (tmp_path / "t.csv").touch()
    with pytest.raises(FileInTheWayError):
        export(stock, tmp_path / "t.csv")
    with pytest.raises(FieldError, match=r"\.csv or \.json"):
        export(stock, tmp_path / "t.xls")
