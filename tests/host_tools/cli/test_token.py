"""`picodsc token`: a token in a folder, its key in the inventory; or neither; and tokens forgotten."""

import json

import pytest

from host_tools.inventory import Inventory, Location, TokenState

PIN = "4713"
COUNTER = "OCRA-1:HOTP-SHA256-8:C-QN06"


@pytest.fixture
def new(picodsc, tmp_path):
    """Makes a token in a folder `token`, quickly."""

    def new(*options, serial="DS-1", pin=PIN, folder="token", stdin=""):
        given = ("--pin", pin) if pin is not None else ()
        return picodsc(
            "token",
            "new",
            tmp_path / folder,
            "--serial",
            serial,
            *given,
            "--rounds",
            16,
            *options,
            stdin=stdin,
        )

    return new


@pytest.fixture
def recorded(home):
    """The state of each token in the inventory."""

    def recorded():
        if not home.exists():
            return {}
        with Inventory.open(Location.inside(home)) as inventory:
            return {serial: inventory.token(serial).state for serial in inventory.serials()}

    return recorded


@pytest.fixture
def read(picodsc, tmp_path):
    """The response that the token shows."""

    def read(challenge, pin=PIN, engine="cpython"):
        script = f"press {' '.join(pin)} OK\npress {' '.join(challenge)} OK\nread RESPONSE\n"
        arguments = ("--token", tmp_path / "token", "--script", "-", "--engine", engine)
        return picodsc("simulate", *arguments, stdin=script).out.strip()

    return read


def left_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != "home")


# What board each engine's tokens are made on, and the fewest rounds that it takes.
MADE_ON = {"cpython": ("simulated", 16), "micropython": ("simulated", 16), "rp2040": ("pico", 10_000)}


def test_a_token_is_a_flash_image_and_its_description(new, recorded, tmp_path, any_engine):
    board, rounds = MADE_ON[any_engine]
    ended = new("--engine", any_engine, "--rounds", rounds)
    assert (ended.out, ended.err, ended.code) == (f"{tmp_path / 'token'}: token DS-1 is sealed\n", "", 0)
    assert left_in(tmp_path) == ["token"]
    assert left_in(tmp_path / "token") == ["flash.bin", "token.json"]
    assert (tmp_path / "token" / "flash.bin").stat().st_mode & 0o777 == 0o600
    description = json.loads((tmp_path / "token" / "token.json").read_text())
    assert (description["serial"], description["board"]) == ("DS-1", board)
    assert recorded() == {"DS-1": TokenState.SEALED}


def test_what_it_answers_is_accepted_and_what_a_wrong_pin_answers_is_not(new, read, picodsc, any_engine):
    new("--engine", any_engine, "--rounds", MADE_ON[any_engine][1])
    verify = ("verify", "--serial", "DS-1", "--challenge", "123457", "--response")
    right, wrong = read("123457", engine=any_engine), read("123457", "4714", engine=any_engine)
    assert right != wrong
    assert (picodsc(*verify, right).out, picodsc(*verify, right).code) == ("accepted\n", 0)
    assert (picodsc(*verify, wrong).out, picodsc(*verify, wrong).code) == ("rejected\n", 1)


def test_the_image_takes_no_fewer_rounds_than_a_production_token_has(new, recorded, rp2040):
    ended = new("--engine", "rp2040", "--rounds", 9_999)
    assert (ended.out, ended.code) == ("", 2)
    assert "9999 is less than 10000" in ended.err
    assert recorded() == {}


def test_a_token_made_on_one_engine_works_on_the_other(new, read, picodsc, micropython):
    new("--engine", "micropython")
    assert read("000001", engine="cpython") == read("000001", engine="micropython")


def test_with_a_counter_verify_looks_ahead_and_accepts_each_response_once(new, read, picodsc):
    new("--suite", COUNTER)
    verify = ("verify", "--serial", "DS-1", "--challenge", "123457", "--response")
    lost, late = read("123457"), read("123457")
    assert picodsc(*verify, late).code == 0
    assert picodsc(*verify, late).code == 1
    assert picodsc(*verify, lost).code == 1
    assert picodsc(*verify, read("123457")).code == 0


def test_a_serial_in_lower_case_is_raised(new, recorded):
    assert "token DS-1A is sealed" in new(serial="ds-1a").out
    assert list(recorded()) == ["DS-1A"]


def test_each_label_is_a_choice_on_the_token(new, picodsc, tmp_path):
    new("--label", "Household", "--label", "Club")
    script = 'expect "Which login?"\nexpect "Household"\nexpect "Club"\n'
    assert picodsc("simulate", "--token", tmp_path / "token", "--script", "-", stdin=script).code == 0


def test_without_rounds_the_board_s_own_are_used(picodsc, tmp_path):
    picodsc("token", "new", tmp_path / "token", "--serial", "DS-1", "--pin", PIN)
    script = 'press D A OK\nexpect "PIN rounds 10000"\n'
    assert picodsc("simulate", "--token", tmp_path / "token", "--script", "-", stdin=script).code == 0


def test_a_pin_that_is_left_out_is_asked_for_twice(new, read, recorded):
    ended = new(pin=None, stdin=f"{PIN}\n{PIN}\n")
    assert ended.code == 0
    assert ended.out.count("PIN") == 1
    assert PIN not in ended.out + ended.err
    assert len(read("123457")) == 8


def test_two_different_pins_are_asked_for_again(new):
    ended = new(pin=None, stdin=f"{PIN}\n4714\n{PIN}\n{PIN}\n")
    assert ended.code == 0


def test_without_anybody_to_ask_no_token_is_made(new, recorded, tmp_path):
    ended = new(pin=None)
    assert ended.code == 2
    assert "no PIN was given; use --pin" in ended.err
    assert left_in(tmp_path) == []
    assert recorded() == {}


@pytest.mark.parametrize(
    ("options", "arguments", "reason"),
    [
        ({"pin": "1234"}, (), "too easy to guess (straight-run)"),
        ({"pin": "4444"}, (), "too easy to guess (repeated-digit)"),
        ({"pin": "4747"}, (), "too easy to guess (repeated-pattern)"),
        ({"pin": "1984"}, (), "too easy to guess (year)"),
        ({"pin": "2580"}, (), "too easy to guess (common)"),
        ({"pin": "471"}, (), "a PIN has 4 to 8 digits, this one has 3"),
        ({"pin": "471947194"}, (), "a PIN has 4 to 8 digits, this one has 9"),
        ({"pin": ""}, (), "a PIN has 4 to 8 digits, this one has 0"),
        ({"pin": "47x9"}, (), "the digits 0 to 9 only"),
        ({"pin": "47é"}, (), "the digits 0 to 9 only"),
        ({"pin": "٤٧١٩"}, (), "the digits 0 to 9 only"),
        ({"pin": "47\udcff1"}, (), "--pin is not UTF-8"),
        ({"serial": ""}, (), "serial must be 1 to 20 of the characters 0-9 A-Z -"),
        ({"serial": "DS 1"}, (), "serial must be"),
        ({"serial": "X" * 21}, (), "serial must be"),
        ({"serial": "D\udcff"}, (), "--serial is not UTF-8"),
        ({}, ("--suite", "OCRA-1:HOTP-SHA256-8:QN03"), "the length of Q must be 04 to 64"),
        ({}, ("--suite", "login"), "OCRA suite 'login'"),
        ({}, ("--suite", "OCRA-1:HOTP-SHA256-8:QH08"), "the keypad types digits only"),
        ({}, ("--suite", "OCRA-1:HOTP-SHA256-8:QN06-T1M"), "the token has no clock"),
        ({}, ("--suite", "OCRA-1:HOTP-SHA256-8:QN06-PSHA1"), "PIN never enters a code"),
        ({}, ("--suite", "OCRA-1:HOTP-SHA256-8:QN06-S064"), "the token has no session data"),
        ({}, ("--suite", "OCRA-1:HOTP-SHA256-0:QN06"), "does not fit the display"),
        ({}, ("--label", "Ca\u00f1a"), "the display has no character U+00F1"),
        ({}, ("--label", "x" * 25), "label must be at most 24 characters"),
        ({}, ("--label", "\u00e9" * 25), "label must be at most 24 characters"),
        ({}, ("--label", "Can\u0303a"), "the display has no character U+00F1"),
        ({}, ("--label", "Club", "--label", "Club"), "labels of a token's credentials must differ"),
        ({}, ("--label", "", "--label", "login"), "one without a label is called 'login'"),
        ({}, ("--label", "\udcff"), "--label is not UTF-8"),
        ({}, ("--rounds", 0), "'--rounds': 0 is not 1 to 10000000"),
        ({}, ("--rounds", 10_000_001), "'--rounds': 10000001 is not 1 to 10000000"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_leaves_nothing(
    new, recorded, tmp_path, options, arguments, reason
):
    ended = new(*arguments, **options)
    assert (ended.out, ended.code) == ("", 2)
    assert reason in ended.err
    assert left_in(tmp_path) == []
    assert recorded() == {}


def test_a_folder_with_something_in_it_is_refused(new, recorded, tmp_path):
    (tmp_path / "token").mkdir()
    (tmp_path / "token" / "mine").write_text("")
    ended = new()
    assert ended.code == 2
    assert "exists already and is not empty" in ended.err
    assert left_in(tmp_path / "token") == ["mine"]
    assert recorded() == {}


def test_a_serial_that_is_in_use_is_refused(new, recorded, tmp_path):
    new()
    ended = new(folder="second", serial="ds-1")
    assert ended.code == 2
    assert "serial DS-1 is in use" in ended.err
    assert left_in(tmp_path) == ["token"]
    assert recorded() == {"DS-1": TokenState.SEALED}


def test_an_unknown_engine_ends_with_exit_code_2(new, recorded, tmp_path):
    ended = new("--engine", "pypy")
    assert ended.code == 2
    assert "choose from cpython, micropython" in ended.err
    assert left_in(tmp_path) == []
    assert recorded() == {}


def test_a_maker_that_is_killed_leaves_an_honest_inventory(start, new, picodsc, recorded, tmp_path):
    """Killed when the key is recorded and the token is about to seal: the token is in doubt, and stays so."""
    stop = "import signal, os\nfrom host_tools.station.conversation import Conversation\n"
    stop += "Conversation.commit = lambda self: os.kill(os.getpid(), signal.SIGKILL)\n"
    arguments = ["token", "new", str(tmp_path / "token"), "--serial", "DS-1", "--pin", PIN, "--rounds", "16"]
    killed = start(program=f"{stop}from host_tools.cli.main import app\napp({arguments!r})")
    killed.communicate()
    assert killed.returncode == -9
    assert recorded() == {"DS-1": TokenState.IN_DOUBT}
    assert not (tmp_path / "token").exists()
    assert new(folder="other", serial="DS-2").code == 0
    refused = new(folder="token").err
    assert "serial DS-1 is in use" in refused
    assert "`picodsc token forget DS-1`" in refused
    assert recorded() == {"DS-1": TokenState.IN_DOUBT, "DS-2": TokenState.SEALED}
    assert "Token DS-1 (in doubt)" in picodsc("token", "forget", "DS-1", stdin="DS-1\n").err
    assert new(folder="token").code == 0


# To forget a token


def test_a_forgotten_token_is_gone_and_loudly_so(new, picodsc, recorded):
    new()
    ended = picodsc("token", "forget", "ds-1", stdin="ds-1\n")
    assert ended.code == 0
    assert "its codes can never be verified again" in ended.out
    for words in ("Token DS-1 (sealed)", "cannot be undone", "its codes can never be verified again"):
        assert words in ended.err
    assert recorded() == {}
    assert picodsc("verify", "--serial", "DS-1", "--challenge", "123457", "--response", "12345678").code == 2


def test_a_script_forgets_without_being_asked(new, picodsc, recorded):
    new()
    ended = picodsc("token", "forget", "DS-1", "--yes")
    assert (ended.err, ended.code) == ("", 0)
    assert recorded() == {}


@pytest.mark.parametrize("typed", ["DS-2\n", "y\n", "yes\n", "\n", ""])
def test_without_the_serial_typed_nothing_is_forgotten(new, picodsc, recorded, typed):
    new()
    ended = picodsc("token", "forget", "DS-1", stdin=typed)
    assert ended.code == 1
    assert "forgotten" not in ended.out
    assert recorded() == {"DS-1": TokenState.SEALED}


def test_another_serial_is_said_to_be_one(new, picodsc):
    new()
    assert (
        "that is another serial; nothing was removed" in picodsc("token", "forget", "DS-1", stdin="no\n").err
    )


@pytest.mark.parametrize(
    ("serial", "reason"),
    [("DS-11", "no token has the serial 'DS-11'; did you mean DS-1?"), ("\udcff", "SERIAL is not UTF-8")],
)
def test_a_token_that_is_not_there_is_not_forgotten(new, picodsc, recorded, serial, reason):
    new()
    ended = picodsc("token", "forget", serial, "--yes")
    assert (ended.out, ended.code) == ("", 2)
    assert reason in ended.err
    assert recorded() == {"DS-1": TokenState.SEALED}


def test_without_an_inventory_there_is_nothing_to_forget(picodsc, home):
    ended = picodsc("token", "forget", "DS-1", "--yes")
    assert ended.code == 2
    assert "there is no inventory" in ended.err
    assert not home.exists()


def test_a_second_login_suite_is_refused_rather_than_the_first_one_dropped(new, tmp_path):
    ended = new("--suite", "OCRA-1:HOTP-SHA256-8:QN06", "--suite", "OCRA-1:HOTP-SHA1-6:QN08")
    assert ended.code == 2
    assert "--suite is given twice" in ended.err
    assert not (tmp_path / "token").exists()
