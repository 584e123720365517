"""`picodsc verify`: its words, its exit codes, its streams."""

import pytest
import typer
from typer.testing import CliRunner

from dsc.crypto.ocra import Suite, respond
from host_tools.cli.verify import verify
from host_tools.inventory import Inventory, Location, NewCredential

KEY = bytes(range(32))
RIGHT = respond(Suite.parse("OCRA-1:HOTP-SHA256-8:QN06"), KEY, "123456")
WRONG = str((int(RIGHT[0]) + 1) % 10) + RIGHT[1:]


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    monkeypatch.setenv("PICODSC_HOME", str(folder))
    return folder


@pytest.fixture
def token(home):
    new = NewCredential(id=bytes(16), label="Login", key=bytearray(KEY))
    with Inventory.open(Location.inside(home)) as inventory:
        inventory.record_in_doubt("DS-1001", board="b", uid=b"u", firmware_version="0", credentials=[new])


def run(*arguments):
    app = typer.Typer()
    app.command()(verify)
    return CliRunner().invoke(app, arguments)


def check(serial="DS-1001", challenge="123456", response=RIGHT, *more):
    return run("--serial", serial, "--challenge", challenge, "--response", response, *more)


def test_the_right_response_prints_accepted_and_exits_0(token):
    result = check()
    assert (result.stdout, result.stderr, result.exit_code) == ("accepted\n", "", 0)


def test_a_wrong_response_prints_rejected_and_exits_1(token):
    result = check(response=WRONG)
    assert (result.stdout, result.stderr, result.exit_code) == ("rejected\n", "", 1)


def test_the_grouping_of_the_display_may_be_typed(token):
    assert check(response=f"{RIGHT[:4]} {RIGHT[4:]}").exit_code == 0


def test_a_credential_may_be_named(token):
    assert check("DS-1001", "123456", RIGHT, "--credential", "Login").exit_code == 0
    assert check("DS-1001", "123456", RIGHT, "--credential", "00" * 16).exit_code == 0
    result = check("DS-1001", "123456", RIGHT, "--credential", "Mail")
    assert result.exit_code == 2
    assert "'Login'" in result.stderr


def test_an_unknown_serial_names_the_nearest_and_exits_2(token):
    result = check(serial="DS-1002")
    assert (result.stdout, result.exit_code) == ("", 2)
    assert "did you mean DS-1001?" in result.stderr


@pytest.mark.parametrize(
    ("challenge", "response"), [("123456", "1234"), ("12345x", RIGHT), ("1234567", RIGHT)]
)
def test_malformed_input_says_what_is_expected_and_exits_2(token, challenge, response):
    result = check(challenge=challenge, response=response)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert "expected" in result.stderr


def test_without_an_inventory_it_says_how_to_make_one(home):
    result = check()
    assert result.exit_code == 2
    assert "picodsc token new" in result.stderr
    assert not home.exists()


def test_without_its_master_key_it_says_where_that_belongs(token, home):
    (home / "master.key").unlink()
    result = check()
    assert result.exit_code == 2
    assert "master.key" in result.stderr


def test_the_help_says_that_it_is_stateless():
    shown = " ".join(run("--help").stdout.split())
    assert "a tool for development" in shown
    assert "Example: picodsc verify" in shown
