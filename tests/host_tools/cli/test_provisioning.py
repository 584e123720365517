"""`picodsc station provision` and `resolve` as an operator uses them, with simulated units on the desk."""

import json
import re

import pytest

from fakes.station_bench import BrokenOffError, StationBench, wanted
from host_tools.inventory import Inventory, Location, TokenState
from host_tools.simulator.folder import TokenFolder
from host_tools.station.sealing import Step

QUICK = ("--engine", "cpython", "--rounds", "16")
FIRST = "DS-0000014"


@pytest.fixture
def batch(picodsc):
    assert picodsc("station", "init", "--clear").code == 0
    assert picodsc("station", "batch", "DS").code == 0


@pytest.fixture
def make(picodsc, tmp_path, batch):
    """Provisions a new simulated unit in a folder of this name."""

    def make(*arguments, into="unit", **options):
        place = ("--port", "emulator", "--into", tmp_path / into)
        return picodsc("station", "provision", *place, *QUICK, *arguments, **options)

    return make


@pytest.fixture
def inventory(home):
    """Looks at the inventory that the commands use."""

    def look(do):
        with Inventory.open(Location.inside(home)) as opened:
            return do(opened)

    return look


@pytest.fixture
def orders(tmp_path):
    def orders(text, name="orders.csv"):
        path = tmp_path / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    return orders


@pytest.fixture
def in_doubt(inventory, tmp_path, batch):
    """A unit that sealed before its station was killed."""

    def broken_off(opened):
        bench = StationBench(tmp_path / "unit", opened)
        with pytest.raises(BrokenOffError):
            bench.provision(wanted(prefix="DS"), stopped_at=Step.PROVE)
        return bench

    return inventory(broken_off)


def test_a_new_unit_becomes_a_token_and_its_folder_says_which(make, inventory, tmp_path):
    ended = make("--batch", "DS", "--pin", "random", "--user", "j.doe")
    assert (ended.err, ended.code) == ("", 0)
    said = rf"token {FIRST} is sealed for j\.doe, in [0-9.]+ s; its PIN waits for 'picodsc station letter'\n"
    assert re.fullmatch(said, ended.out)
    assert TokenFolder.load(tmp_path / "unit").serial == FIRST
    token = inventory(lambda opened: opened.token(FIRST))
    assert (token.state, token.user) == (TokenState.ASSIGNED, "j.doe")


def test_a_pin_that_is_asked_for_is_typed_twice_unseen_and_not_told(make):
    ended = make("--serial", "DEV-7", stdin="1111\n1111\n")
    assert ended.code == 2
    ended = make("--serial", "DEV-7", stdin="7294\n7294\n")
    assert ended.code == 0
    assert "7294" not in ended.out + ended.err


def test_json_prints_the_receipt_and_nothing_else(make):
    ended = make("--batch", "DS", "--pin", "random", "--json")
    assert json.loads(ended.out)["serial"] == FIRST
    assert "is sealed" in ended.err


def test_a_receipt_is_written_for_each_token(make, tmp_path):
    (tmp_path / "receipts").mkdir()
    assert make("--batch", "DS", "--pin", "random", "--receipts", tmp_path / "receipts").code == 0
    assert json.loads((tmp_path / "receipts" / f"{FIRST}.json").read_text())["letter"] is True


def test_credentials_come_from_options_or_an_order_file(make, inventory, tmp_path):
    order = tmp_path / "order.json"
    order.write_text('{"credentials": [{"label": "Door", "kind": "open", "login": "HOTP-SHA1-6"}]}')
    assert make("--batch", "DS", "--pin", "random", "--label", "Bank", "--label", "Shop", into="a").code == 0
    stdin = "7294\n7294\n"
    assert make("--batch", "DS", "--order", order, into="b", stdin=stdin).code == 0
    labels = inventory(
        lambda opened: [[one.label for one in opened.credentials(serial)] for serial in opened.serials()]
    )
    assert labels == [["Bank", "Shop"], ["Door"]]


def test_a_list_makes_a_token_for_each_line_and_the_next_time_none(make, inventory, orders):
    listed = orders("reference,user,pin\n118,j.doe,0729\n119,r.roe,\n")
    ended = make("--orders", listed, "--batch", "DS", "--pin", "random", "--watch")
    assert ended.code == 0
    assert ended.err.splitlines()[-1] == "picodsc: note: the line has ended: 2 made, 0 failed"
    assert "0729" not in ended.out + ended.err
    users = inventory(lambda opened: [opened.token(serial).user for serial in opened.serials()])
    assert users == ["j.doe", "r.roe"]
    again = make("--orders", listed, "--batch", "DS", "--pin", "random", "--watch", into="again")
    assert again.code == 0
    assert "the order of line 3 is token" in again.err
    assert "0 made, 0 failed" in again.err


def test_a_bad_list_starts_nothing(make, inventory, orders, tmp_path):
    listed = orders("user,pin,mode\nj.doe,1111,\nr.roe,,hard\n")
    ended = make("--orders", listed, "--batch", "DS", "--pin", "random")
    assert ended.code == 2
    assert [line.split(":")[0] for line in ended.err.removeprefix("picodsc: ").splitlines()] == [
        "orders.csv, line 2", "orders.csv, line 3",
    ]  # fmt: skip
    assert inventory(lambda opened: opened.serials()) == []
    assert not (tmp_path / "unit").exists()


def test_a_line_of_units_counts_what_it_makes(make):
    ended = make("--batch", "DS", "--pin", "random", "--watch", "--count", "2")
    assert ended.out.count("is sealed") == 2
    assert "picodsc: note: the line has ended: 2 made, 0 failed" in ended.err


def test_a_unit_that_fails_is_told_and_the_line_goes_on_and_ends_with_1(make, orders):
    listed = orders("serial,mode\nDEV-1,\nDEV-2,verified\nDEV-3,\n")
    ended = make("--orders", listed, "--pin", "random", "--watch")
    assert ended.code == 1
    assert "line 3: " in ended.err
    assert "2 made, 1 failed" in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "a token gets a serial, or the next one of a batch"),
        (("--batch", "DS", "--pin", "7294"), "a PIN is no option"),
        (("--batch", "DS", "--pin", "order"), "--pin order goes with --orders"),
        (("--batch", "DS", "--serial", "DEV-1"), "--serial goes with neither"),
        (("--batch", "DS", "--pin", "random", "--pin-digits", "3"), "4 to 8 digits"),
        (("--batch", "DS", "--mode", "hard"), "soft or verified"),
        (("--batch", "DS", "--suite", "OCRA-1"), "OCRA-1"),
        (("--batch", "DS", "--suite", "HOTP-SHA1-6", "--pin", "random"), "to confirm the change"),
        (("--batch", "DS", "--count", "3"), "--count goes with --watch"),
        (("--batch", "DS", "--watch"), "say how many with --count"),
        (("--batch", "DS", "--receipts", "nowhere"), "nowhere is not a folder"),
        (("--serial", "DEV 1", "--pin", "random"), "1 to 20 of the characters"),
    ],
)
def test_options_that_make_no_order_are_refused_before_anything_starts(make, tmp_path, arguments, said):
    ended = make(*arguments)
    assert ended.code == 2
    assert said in ended.err
    assert not (tmp_path / "unit").exists()


def test_without_a_unit_it_says_what_one_looks_like(picodsc, batch, monkeypatch):
    monkeypatch.setattr("host_tools.device.ports.connected", list)
    ended = picodsc("station", "provision", "--batch", "DS", "--pin", "random")
    assert ended.code == 1
    assert "no blank token is on USB" in ended.err


# Doubts.


def test_doubts_are_listed(picodsc, in_doubt):
    ended = picodsc("station", "resolve")
    assert ended.out.startswith(f"{FIRST}  unit {in_doubt.token.uid.hex()}  since ")
    (line,) = picodsc("station", "resolve", "--json").out.splitlines()
    assert json.loads(line)["serial"] == FIRST


def test_a_challenge_settles_a_doubt(home, in_doubt, start):
    station = start("station", "resolve", FIRST)
    challenge = station.stderr.readline().decode().split()[1]
    out, _ = station.communicate(in_doubt.login(challenge).encode() + b"\n", timeout=60)
    assert (out.decode(), station.returncode) == (f"token {FIRST} is sealed: it has proved itself\n", 0)


def test_a_wrong_response_leaves_it_in_doubt(picodsc, in_doubt):
    ended = picodsc("station", "resolve", FIRST, stdin="12345678\n")
    assert ended.code == 1
    assert f"token {FIRST} stays in doubt" in ended.err


def test_no_response_leaves_it_in_doubt(picodsc, in_doubt):
    ended = picodsc("station", "resolve", FIRST)
    assert ended.code == 2
    assert "stays in doubt" in ended.err


def test_a_unit_that_was_reset_is_settled_by_the_sight_of_it_and_made_again(picodsc, in_doubt):
    in_doubt.factory_reset()
    place = in_doubt.token.path
    ended = picodsc("station", "resolve", FIRST, "--port", place, "--engine", "cpython")
    assert ended.code == 0
    assert f"token {FIRST} is blank" in ended.out
    ended = picodsc("station", "provision", "--port", place, "--batch", "DS", "--pin", "random", *QUICK)
    assert f"token {FIRST} is sealed" in ended.out


def test_a_token_that_is_sealed_needs_no_settling(picodsc, make):
    make("--batch", "DS", "--pin", "random")
    ended = picodsc("station", "resolve", FIRST)
    assert ended.code == 2
    assert f"token {FIRST} is sealed, it must be in doubt for this" in ended.err


# What is told, and what is not.


def test_an_order_whose_token_is_in_doubt_is_told_and_ends_with_1(make, inventory, orders, tmp_path):
    def broken_off(opened):
        with pytest.raises(BrokenOffError):
            StationBench(tmp_path / "first", opened).provision(
                wanted(prefix="DS", reference="118"), stopped_at=Step.PROVE
            )

    inventory(broken_off)
    listed = orders("reference,pin\n118,\n119,\n")
    ended = make("--orders", listed, "--batch", "DS", "--pin", "random", "--watch")
    assert ended.code == 1
    assert f"the order of line 2 is token {FIRST}, which is in doubt: 'picodsc station resolve" in ended.err
    assert ended.err.endswith("nothing was started: settle these first\n")
    assert not (tmp_path / "unit").exists()


def test_a_token_of_another_order_is_not_taken_for_this_one(make, orders, tmp_path):
    make("--serial", "DEV-1", "--pin", "random", "--user", "j.doe")
    for text in ("reference,serial\n118,DEV-1\n", "serial,user\nDEV-1,carol\n"):
        if "reference" in text:
            make("--orders", orders("reference,serial\n117,DEV-5\n"), "--pin", "random", into="other")
            text = text.replace("DEV-1", "DEV-5")
        ended = make("--orders", orders(text), "--pin", "random", into="again")
        assert ended.code == 2
        assert "which was made by another order" in ended.err
    assert not (tmp_path / "again").exists()


def test_a_batch_that_there_is_not_is_told_before_anything_starts(make, orders, tmp_path):
    ended = make("--orders", orders("user,batch\nj.doe,DS\nr.roe,NO\n"), "--pin", "random", "--watch")
    assert ended.code == 2
    assert "NO" in ended.err
    assert not (tmp_path / "unit").exists()


def test_a_receipt_that_can_not_be_written_does_not_end_the_line(make, tmp_path):
    folder = tmp_path / "receipts"
    folder.mkdir()
    (folder / f"{FIRST}.json").write_text("precious")
    ended = make("--batch", "DS", "--pin", "random", "--receipts", folder, "--watch", "--count", "2")
    assert ended.code == 0
    assert f"the receipt of token {FIRST} was not written" in ended.err
    assert (folder / f"{FIRST}.json").read_text() == "precious"
    (second,) = [path for path in folder.iterdir() if path.name != f"{FIRST}.json"]
    assert second.stat().st_mode & 0o777 == 0o600


def test_a_serial_with_a_slip_in_a_list_is_told_before_anything_starts(make, orders, tmp_path):
    ended = make("--orders", orders("serial\nDEV-1\nDS-0000015\n"), "--pin", "random", "--watch")
    assert ended.code == 2
    assert "its check digit is wrong" in ended.err
    assert not (tmp_path / "unit").exists()


def test_without_an_inventory_none_is_made_unasked(picodsc, home, tmp_path):
    for command in (("station", "batch", "DS"), ("station", "provision", "--batch", "DS", "--pin", "random")):
        ended = picodsc(*command)
        assert ended.code == 2
        assert "`picodsc station init` makes one" in ended.err
    assert not home.exists()


def test_a_serial_of_a_batch_is_not_freed(picodsc, make):
    make("--batch", "DS", "--pin", "random")
    assert picodsc("inventory", "destroy", FIRST, "--yes").code == 0
    ended = picodsc("token", "forget", FIRST, "--yes")
    assert ended.code == 2
    assert "never given again" in ended.err
