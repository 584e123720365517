"""`picodsc station`: an inventory under a passphrase, its serials; and no secret on the way."""

import json
import sqlite3

import pytest

from host_tools.cli import station as cli_station
from host_tools.cli.opening import NAMED_IN
from host_tools.inventory import key_file
from host_tools.inventory.account import this_user
from host_tools.inventory.serials import Batch

WORDS = "correct horse battery"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A stretching that takes a moment less."""
    monkeypatch.setattr(key_file, "SCRYPT_LOG_N", key_file.SCRYPT_LOG_NS[0])


@pytest.fixture
def words(tmp_path):
    """Makes private files that hold a passphrase."""

    def made(text=WORDS, name="words", mode=0o600):
        path = tmp_path / name
        path.touch(mode=0o600)
        path.write_text(text + "\n")
        path.chmod(mode)
        return path

    return made


@pytest.fixture
def station(picodsc, words, home, monkeypatch):
    """An inventory under a passphrase, which is in the file that the environment names."""
    monkeypatch.setenv(NAMED_IN, str(words()))
    assert picodsc("station", "init", "--passphrase-file", words()).code == 0
    return home


def test_init_makes_an_inventory_whose_key_is_not_in_the_file(picodsc, words, home):
    ended = picodsc("station", "init", "--passphrase-file", words())
    assert (ended.err, ended.code) == ("", 0)
    assert ended.out.splitlines() == [f"inventory: {home}/inventory.db", f"master key: {home}/master.key"]
    assert (home / "master.key").read_bytes().startswith(b"picodsc master key 2\n\x01")


def test_init_asks_for_the_passphrase_twice_and_takes_no_short_one(picodsc, home):
    ended = picodsc("station", "init", stdin=f"short\nshort\n{WORDS}\n{WORDS}\n")
    assert ended.code == 0
    assert "It has 5 characters; take 12 or more" in ended.err
    assert WORDS not in ended.out + ended.err


def test_init_is_done_once(picodsc, station):
    before = (station / "master.key").read_bytes()
    ended = picodsc("station", "init", "--clear")
    assert ended.code == 2
    assert "there is an inventory" in ended.err
    assert (station / "master.key").read_bytes() == before


def test_init_uses_a_master_key_that_is_there(picodsc, station, words):
    (station / "inventory.db").unlink()
    ended = picodsc("station", "init")
    assert ended.code == 0
    assert "(it was there)" in ended.out


def test_for_tests_there_may_be_no_passphrase(picodsc, home):
    assert picodsc("station", "init", "--clear").code == 0
    assert (home / "master.key").read_bytes().startswith(b"picodsc master key 1\n")


def test_the_passphrase_opens_the_inventory_for_the_other_commands(picodsc, station, tmp_path):
    made = picodsc("token", "new", tmp_path / "t", "--serial", "DEV-1", "--pin", "4711", "--rounds", "1")
    assert (made.err, made.code) == ("", 0)


def test_without_it_and_without_a_terminal_nothing_is_opened(picodsc, station, monkeypatch):
    monkeypatch.delenv(NAMED_IN)
    ended = picodsc("verify", "--serial", "X", "--response", "1")
    assert ended.code == 2
    assert "no terminal to ask for it" in ended.err


def test_a_wrong_one_is_refused(picodsc, station, words, monkeypatch):
    monkeypatch.setenv(NAMED_IN, str(words("another one altogether", "other")))
    ended = picodsc("inventory", "audit")
    assert ended.code == 2
    assert "this is not the passphrase of" in ended.err
    assert "altogether" not in ended.err


def test_a_file_that_others_may_read_is_refused(picodsc, station, words, monkeypatch):
    monkeypatch.setenv(NAMED_IN, str(words(name="open", mode=0o644)))
    ended = picodsc("inventory", "audit")
    assert ended.code == 2
    assert "chmod 600" in ended.err


def test_a_changed_passphrase_is_the_one_from_then_on(picodsc, station, words, monkeypatch):
    new = words("another one altogether", "new")
    assert picodsc("station", "passphrase", "--passphrase-file", new).out == "the passphrase is changed\n"
    assert picodsc("inventory", "audit").code == 2
    monkeypatch.setenv(NAMED_IN, str(new))
    assert picodsc("inventory", "audit").code == 0
    assert "passphrase changed" in picodsc("inventory", "history").out


def test_the_passphrase_may_be_taken_away(picodsc, station, monkeypatch):
    assert "no passphrase now" in picodsc("station", "passphrase", "--clear").out
    monkeypatch.delenv(NAMED_IN)
    assert picodsc("inventory", "audit").code == 0


def test_the_master_key_is_replaced(picodsc, station, tmp_path):
    picodsc("token", "new", tmp_path / "t", "--serial", "DEV-1", "--pin", "4711", "--rounds", "1")
    ended = picodsc("station", "rotate")
    assert ended.out == "all keys are under version 2 of the master key, and there is no other\n"
    with sqlite3.connect(station / "inventory.db") as connection:
        assert set(connection.execute("SELECT DISTINCT key_version FROM wrapped_keys")) == {(2,)}
    connection.close()
    code = picodsc("verify", "--serial", "DEV-1", "--challenge", "123457", "--response", "00000000")
    assert (code.out, code.code) == ("rejected\n", 1)


def test_a_batch_begins_with_its_first_serial(picodsc, station):
    assert picodsc("station", "batch", "pd").out == f"the first serial will be {Batch('PD').serial(1)}\n"
    again = picodsc("station", "batch", "PD")
    assert (again.err, again.code) == ("picodsc: there are serials PD already\n", 2)


def test_batches_are_listed_with_their_next_serials(picodsc, station):
    picodsc("station", "batch", "pd")
    assert picodsc("station", "batch").out == f"PD  next {Batch('PD').serial(1)}\n"
    assert json.loads(picodsc("station", "batch", "--json").out) == {
        "prefix": "PD",
        "digits": 6,
        "stopped": False,
        "next": Batch("PD").serial(1),
    }


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["1D"], "begins with a letter"),
        (["PD", "--digits", "3"], "4 to 9 digits"),
        (["PD", "--first", "0"], "go from 1 to 999999"),
    ],
)
def test_a_batch_that_cannot_be_is_refused(picodsc, station, options, told):
    ended = picodsc("station", "batch", *options)
    assert ended.code == 2
    assert told in ended.err


def test_no_inventory_is_made_for_a_reader(picodsc, home):
    for command in ("rotate", "batch"):
        assert picodsc("station", command).code == 2
    assert not home.exists()


def test_the_database_is_where_the_option_before_the_command_says(picodsc, home, tmp_path, monkeypatch):
    monkeypatch.setenv("PICODSC_DATABASE", str(tmp_path / "first.db"))
    assert picodsc("--database", tmp_path / "other.db", "station", "init", "--clear").code == 0
    assert [path.name for path in tmp_path.glob("*.db")] == ["other.db"]
    assert picodsc("--database", tmp_path / "other.db", "station", "batch", "DS").code == 0
    assert picodsc("inventory", "list").code == 2


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://olga:verysecret@db.example/picodsc", "others can see a password in --database"),
        ("mysql://db.example/picodsc", "there are no inventories at mysql:// addresses"),
    ],
)
def test_an_address_that_can_not_be_used_is_refused_and_no_password_is_told(picodsc, home, address, said):
    ended = picodsc("--database", address, "inventory", "list")
    assert (ended.out, ended.code) == ("", 2)
    assert said in ended.err
    assert "verysecret" not in ended.err


def test_stations_share_a_database_by_its_address(picodsc, home, database):
    address = database.set(password=None).render_as_string()
    assert picodsc("--database", address, "station", "init", "--clear").code == 0
    assert (
        picodsc("--database", address, "station", "batch", "DS").out
        == "the first serial will be DS-0000014\n"
    )
    assert not (home / "inventory.db").exists()


def test_a_passphrase_that_is_typed_while_the_master_key_is_rotated_changes_nothing(
    picodsc, station, words, monkeypatch
):
    def while_another_rotates(_: object) -> bytearray:
        assert picodsc("station", "rotate").code == 0
        return bytearray(b"another one altogether")

    monkeypatch.setattr(cli_station, "new_passphrase", while_another_rotates)
    ended = picodsc("station", "passphrase")
    assert (ended.out, ended.code) == ("", 2)
    assert "was changed meanwhile" in ended.err
    assert "do it again" in ended.err
    assert picodsc("inventory", "audit").code == 0
    assert "passphrase changed" not in picodsc("inventory", "history").out


@pytest.mark.parametrize("text", ["", "x" * 11, "\N{LATIN SMALL LETTER U WITH DIAERESIS}" * 11])
def test_a_short_new_passphrase_is_not_taken_from_a_file_either(picodsc, home, words, text):
    ended = picodsc("station", "init", "--passphrase-file", words(text))
    assert (ended.out, ended.code) == ("", 2)
    assert f"has {len(text)} characters; take 12 or more" in ended.err
    assert not home.exists()


def test_a_changed_passphrase_from_a_file_is_no_short_one(picodsc, station, words):
    before = (station / "master.key").read_bytes()
    ended = picodsc("station", "passphrase", "--passphrase-file", words("", "empty"))
    assert (ended.out, ended.code) == ("", 2)
    assert "has 0 characters" in ended.err
    assert (station / "master.key").read_bytes() == before


@pytest.mark.parametrize("name", ["password", "sslpassword"])
def test_a_password_behind_the_question_mark_is_refused_and_not_told(picodsc, home, name, monkeypatch):
    address = f"postgresql://olga@db.example/picodsc?{name}=verysecret"
    for ended in (
        picodsc("--database", address, "inventory", "list"),
        monkeypatch.setenv("PICODSC_DATABASE", address) or picodsc("inventory", "list"),
    ):
        assert (ended.out, ended.code) == ("", 2)
        assert "no password" in ended.err
        assert "verysecret" not in ended.err


def test_the_log_says_whose_account_it_was_whatever_the_environment_says(picodsc, station, monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "olga")
    picodsc("station", "batch", "DS")
    last = json.loads(picodsc("inventory", "history", "--json").out.splitlines()[-1])
    assert last["actor"] == this_user()
