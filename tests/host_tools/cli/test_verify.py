"""`picodsc verify` and `resync`: their words, their exit codes, their streams."""

import time

import pytest
import typer
from typer.testing import CliRunner

from dsc.crypto.ocra import Suite, mutual, respond
from dsc.protocol.plain import Method, code
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


ALARM_KEY = bytes(range(50, 82))
HOTP = "HOTP-SHA1-6"


def codes(first, count=1):
    return [code(Method.parse(HOTP), KEY, counter) for counter in range(first, first + count)]


def test_the_duress_pin_s_response_is_accepted_with_alarm_and_exits_0(picodsc, record):
    record(alarm_key=bytearray(ALARM_KEY))
    given = respond(Suite.parse("OCRA-1:HOTP-SHA256-8:QN06"), ALARM_KEY, "123456")
    ended = picodsc("verify", "--serial", "DS-1001", "--challenge", "123456", "--response", given)
    assert (ended.out, ended.err, ended.code) == ("accepted with alarm\n", "", 0)


def test_a_plain_code_needs_no_challenge_and_is_accepted_once(picodsc, record):
    record(login_suite=HOTP)
    arguments = ("verify", "--serial", "ds-1001", "--response", codes(3)[0])
    assert (picodsc(*arguments).out, picodsc(*arguments).out) == ("accepted\n", "rejected\n")


def test_a_challenge_that_is_missing_or_too_much_is_named_and_exits_2(picodsc, record, token):
    ended = picodsc("verify", "--serial", "DS-1001", "--response", RIGHT)
    assert (ended.out, ended.code) == ("", 2)
    assert "answer a challenge" in ended.err
    record("DS-1002", login_suite=HOTP, id=bytes([1]) * 16)
    ended = picodsc("verify", "--serial", "DS-1002", "--challenge", "123456", "--response", codes(0)[0])
    assert (ended.out, ended.code) == ("", 2)
    assert "no challenge" in ended.err


def test_two_codes_in_a_row_find_a_counter_again(picodsc, record):
    record(login_suite=HOTP)
    first, second, third = codes(400, 3)
    assert picodsc("verify", "--serial", "DS-1001", "--response", first).code == 1
    ended = picodsc("resync", "ds-1001", first, f"{second[:3]} {second[3:]}")
    assert (ended.out, ended.err, ended.code) == ("accepted\n", "", 0)
    assert picodsc("verify", "--serial", "DS-1001", "--response", third).code == 0


def test_two_codes_that_are_not_found_print_rejected_and_exit_1(picodsc, record):
    record(login_suite=HOTP)
    ended = picodsc("resync", "DS-1001", *codes(2000, 2))
    assert (ended.out, ended.code) == ("rejected\n", 1)


def test_two_codes_by_time_find_a_clock_again_and_print_accepted(picodsc, record):
    method = Method.parse("TOTP-SHA256-8-T59S")
    record(login_suite=method.text)
    codes = [code(method, KEY, int(time.time()) - 59 * steps) for steps in (15, 14)]
    assert picodsc("verify", "--serial", "DS-1001", "--response", codes[1]).code == 1
    ended = picodsc("resync", "DS-1001", *codes)
    assert (ended.out, ended.err, ended.code) == ("accepted\n", "", 0)
    assert picodsc("resync", "DS-1001", *codes).code == 1


def test_ten_pairs_that_are_not_found_lock_the_credential(picodsc, record):
    record(login_suite=HOTP)
    for _ in range(10):
        assert picodsc("resync", "DS-1001", *codes(2000, 2)).code == 1
    ended = picodsc("resync", "DS-1001", *codes(0, 2))
    assert (ended.out, ended.code) == ("", 1)
    assert "locked after 10 failures in a row" in ended.err
    assert "counter not found" in picodsc("inventory", "history").out


@pytest.mark.parametrize("arguments", [("DS-1001", "123", "123456"), ("DS-9", "123456", "123456")])
def test_resync_says_what_keeps_it_from_judging(picodsc, record, arguments):
    record(login_suite=HOTP)
    ended = picodsc("resync", *arguments)
    assert (ended.out, ended.code) == ("", 2)
    assert ended.err.startswith("picodsc: ")


def test_a_token_that_checks_the_page_answers_the_page_s_challenge_alone(picodsc, record):
    server = bytes(range(90, 122))
    suite, server_suite = "OCRA-1:HOTP-SHA256-8:QN06", "OCRA-1:HOTP-SHA256-6:QN06"
    record(server_id=b"s" * 16, server_key=bytearray(server), server_suite=server_suite)
    ended = picodsc("page", "DS-1001", "123 457")
    assert ended.code == 0
    (_, challenge), (_, shown) = (line.split() for line in ended.out.splitlines())
    assert ended.out == f"challenge {challenge}\ncode {shown}\n"
    assert shown == mutual(Suite.parse(server_suite), server, "123457", challenge)
    given = mutual(Suite.parse(suite), KEY, challenge, "123457")
    arguments = ("verify", "--serial", "DS-1001", "--challenge", challenge, "--response", given)
    assert picodsc(*arguments).out == "accepted\n"
    ended = picodsc(*arguments)
    assert (ended.out, ended.code) == ("", 2)
    assert "answered already" in ended.err
    ended = picodsc("verify", "--serial", "DS-1001", "--challenge", "123456", "--response", RIGHT)
    assert "not issued" in ended.err


@pytest.mark.parametrize(("number", "reason"), [("123456", "divisible by 16"), ("12345", "6 digits")])
def test_a_number_that_no_token_shows_is_refused(picodsc, record, number, reason):
    record(server_id=b"s" * 16, server_key=bytearray(32), server_suite="OCRA-1:HOTP-SHA256-6:QN06")
    ended = picodsc("page", "DS-1001", number)
    assert (ended.out, ended.code) == ("", 2)
    assert reason in ended.err


def test_a_page_for_a_token_that_checks_none_is_refused(picodsc, token):
    ended = picodsc("page", "DS-1001", "123457")
    assert (ended.out, ended.code) == ("", 2)
    assert "no server key" in ended.err
