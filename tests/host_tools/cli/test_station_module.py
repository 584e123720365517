"""`picodsc station` with the master key in a PKCS#11 module: made there, moved there, rotated there."""

import sqlite3

import pytest

from fakes.soft_hsm import PIN
from host_tools.cli.opening import NAMED_IN, PIN_NAMED_IN

WORDS = "correct horse battery"


@pytest.fixture
def address(soft_hsm, tmp_path, monkeypatch):
    """Where a master key may be; the PIN is in the file that the environment names."""
    path = tmp_path / "pin"
    path.touch(mode=0o600)
    path.write_text(PIN + "\n")
    monkeypatch.setenv(PIN_NAMED_IN, str(path))
    return str(soft_hsm.address())


@pytest.fixture
def words(tmp_path):
    """A file with a passphrase."""
    path = tmp_path / "words"
    path.touch(mode=0o600)
    path.write_text(WORDS)
    return path


def versions(home):
    with sqlite3.connect(home / "inventory.db") as connection:
        found = {version for (version,) in connection.execute("SELECT key_version FROM wrapped_keys")}
    connection.close()
    return found


def new_token(picodsc, folder):
    made = picodsc("token", "new", folder, "--serial", "DEV-1", "--pin", "4711", "--rounds", "1")
    assert (made.err, made.code) == ("", 0)


def test_init_has_the_module_make_the_key_and_the_other_commands_find_it(picodsc, home, address, tmp_path):
    ended = picodsc("station", "init", "--master-key", address)
    assert (ended.err, ended.code) == ("", 0)
    assert ended.out.splitlines() == [f"inventory: {home}/inventory.db", f"master key: {address}"]
    assert not (home / "master.key").exists()
    new_token(picodsc, tmp_path / "t")
    ended = picodsc("station", "rotate")
    assert ended.out == "all keys are under version 2 of the master key, and there is no other\n"
    assert versions(home) == {2}
    code = picodsc("verify", "--serial", "DEV-1", "--challenge", "123457", "--response", "00000000")
    assert (code.out, code.code) == ("rejected\n", 1)


def test_the_environment_may_name_the_module_instead(picodsc, home, address, monkeypatch):
    monkeypatch.setenv("PICODSC_MASTER_KEY", address)
    assert picodsc("station", "init").out.splitlines()[1] == f"master key: {address}"
    assert [path.name for path in home.iterdir() if "master" in path.name] == []
    assert picodsc("inventory", "audit").code == 0
    monkeypatch.delenv("PICODSC_MASTER_KEY")
    ended = picodsc("inventory", "audit")
    assert ended.code == 2
    assert "PICODSC_MASTER_KEY" in ended.err


def test_a_wrong_pin_is_refused_and_leaves_nothing_behind(picodsc, home, address, words, monkeypatch):
    monkeypatch.setenv(PIN_NAMED_IN, str(words))
    ended = picodsc("station", "init", "--master-key", address)
    assert ended.code == 2
    assert "this is not the user PIN of" in ended.err
    assert WORDS not in ended.err
    assert list(home.iterdir()) == []


def test_without_a_pin_and_without_a_terminal_it_says_what_to_do(picodsc, address, monkeypatch):
    monkeypatch.delenv(PIN_NAMED_IN)
    ended = picodsc("station", "init", "--master-key", address)
    assert ended.code == 2
    assert "the master key has a PIN" in ended.err
    assert PIN_NAMED_IN in ended.err


def test_a_passphrase_is_not_tried_as_a_pin(picodsc, address, words, monkeypatch):
    monkeypatch.delenv(PIN_NAMED_IN)
    monkeypatch.setenv(NAMED_IN, str(words))
    assert "the master key has a PIN" in picodsc("station", "init", "--master-key", address).err


def test_a_second_inventory_does_not_get_the_first_ones_key(picodsc, home, address, monkeypatch, tmp_path):
    picodsc("station", "init", "--master-key", address)
    monkeypatch.setenv("PICODSC_HOME", str(tmp_path / "other"))
    ended = picodsc("station", "init", "--master-key", address)
    assert ended.code == 2
    assert "take another label after object=" in ended.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--clear"], "a master key in a module has a PIN"),
        (["--passphrase-file", "x"], "a master key in a module has a PIN"),
    ],
)
def test_a_module_has_no_passphrase(picodsc, address, home, options, told):
    ended = picodsc("station", "init", "--master-key", address, *options)
    assert ended.code == 2
    assert told in ended.err
    assert not home.exists()


def test_neither_has_one_that_the_environment_names(picodsc, address, monkeypatch):
    monkeypatch.setenv("PICODSC_MASTER_KEY", address)
    assert "for one in a file" in picodsc("station", "init", "--clear").err
    assert "leave out --master-key" in picodsc("station", "init", "--master-key", address).err


def test_a_file_that_is_there_is_not_left_for_a_module_unseen(picodsc, home, address):
    picodsc("station", "init", "--clear")
    (home / "inventory.db").unlink()
    ended = picodsc("station", "init", "--master-key", address)
    assert ended.code == 2
    assert "move it away first" in ended.err


def test_an_address_that_is_none_is_refused(picodsc, home):
    ended = picodsc("station", "init", "--master-key", "pkcs11:token=a;pin-value=4711")
    assert ended.code == 2
    assert "a PIN does not belong in an address" in ended.err
    assert "4711" not in ended.err


def test_the_pin_is_changed_with_the_modules_own_tool(picodsc, address, words):
    picodsc("station", "init", "--master-key", address)
    ended = picodsc("station", "passphrase", "--passphrase-file", words)
    assert ended.code == 2
    assert "change the module's PIN with the module's own tool" in ended.err
    assert "passphrase changed" not in picodsc("inventory", "history").out


def test_rotate_moves_the_master_key_into_a_module(picodsc, home, address, words, tmp_path, monkeypatch):
    monkeypatch.setenv(NAMED_IN, str(words))
    picodsc("station", "init", "--passphrase-file", words)
    new_token(picodsc, tmp_path / "t")
    ended = picodsc("station", "rotate", "--to", address)
    assert (ended.err.strip(), ended.code) == ("", 0)
    assert ended.out.splitlines() == [
        "all keys are under version 2 of the master key, and there is no other",
        f"master key: {address}",
    ]
    assert not (home / "master.key").exists()
    assert versions(home) == {2}
    monkeypatch.delenv(NAMED_IN)
    assert f"kept {address}, version 2" in picodsc("inventory", "history").out
    again = picodsc("station", "rotate", "--to", address)
    assert again.code == 2
    assert "already" in again.err
