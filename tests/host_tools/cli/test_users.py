"""`picodsc user`: accounts at the command line, and passwords that are nowhere to be seen."""

import json

import pytest

from fakes.login_house import PASSWORD
from host_tools.login.accounts import LANGUAGES, close_user, user
from host_tools.login.beginning import begin
from host_tools.login.errors import NoDeviceError, RefusedError


@pytest.fixture
def password_file(tmp_path):
    """A private file with this password."""

    def password_file(password=PASSWORD, mode=0o600):
        path = tmp_path / "password"
        path.write_text(password + "\n")
        path.chmod(mode)
        return path

    return password_file


def test_a_user_is_added_with_a_password_from_a_private_file(picodsc, house, password_file):
    ended = picodsc(
        "user", "add", "Alice", "--password-file", password_file(), "--phone", "+44 20 7946 0000", "--language", "de"
    )  # fmt: skip
    assert (ended.err, ended.code) == ("", 0)
    assert ended.out.startswith("alice is a user")
    found = user(house.system, "alice")
    assert (found.phone, found.language, found.has_password) == ("+442079460000", "de", True)
    with pytest.raises(NoDeviceError):  # the password is right
        begin(house.system, "alice", PASSWORD)
    with pytest.raises(RefusedError):
        begin(house.system, "alice", PASSWORD + "\n")


def test_a_password_is_typed_twice_and_not_shown(picodsc, house, monkeypatch):
    monkeypatch.setattr("host_tools.cli.users._is_asked", lambda: True)
    ended = picodsc(
        "user", "add", "alice", stdin=f"{PASSWORD}\nanother one altogether\n{PASSWORD}\n{PASSWORD}\n"
    )
    assert ended.code == 0
    assert PASSWORD not in ended.out + ended.err
    with pytest.raises(NoDeviceError):
        begin(house.system, "alice", PASSWORD)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["alice"], "no terminal to ask for the password"),
        (["alice", "--no-password", "--phone", "12"], "this is no phone number"),
        (["alice", "--no-password", "--language", "xx"], "the language is one of"),
        (["al ice", "--no-password"], "a user name has 1 to 64"),
        (["al\udcffice", "--no-password"], "USER is not UTF-8"),
        (["bob", "--no-password"], "there is a user 'bob' already; a name is never used twice"),
    ],
)
def test_what_can_not_be_is_said_and_nobody_is_added(picodsc, house, arguments, said):
    house.user("bob")
    ended = picodsc("user", "add", *arguments)
    assert (ended.out, ended.code) == ("", 2)
    assert said in ended.err
    assert picodsc("user", "list").out.startswith("bob  open  -  -\n")


def test_a_password_that_others_may_read_or_that_is_too_short_is_not_taken(picodsc, house, password_file):
    ended = picodsc("user", "add", "alice", "--password-file", password_file(mode=0o644))
    assert (ended.out, ended.code) == ("", 2)
    ended = picodsc("user", "add", "alice", "--password-file", password_file("short1"))
    assert (ended.out, ended.code) == ("", 2)
    assert "a password has 12 to 256 characters" in ended.err
    assert "short1" not in ended.err


def test_a_password_is_the_next_line_of_standard_input_where_the_file_is_named_so(picodsc, house):
    assert picodsc("user", "add", "alice", "--password-file", "-", stdin=f"{PASSWORD}\r\nmore\n").code == 0
    with pytest.raises(NoDeviceError):  # the password is right
        begin(house.system, "alice", PASSWORD)
    ended = picodsc("user", "password", "alice", "--password-file", "-")
    assert (ended.out, ended.code) == ("", 2)
    assert "there is nothing on standard input" in ended.err
    ended = picodsc("user", "password", "alice", "--password-file", "-", stdin=b"\xff\n")
    assert (ended.out, ended.code) == ("", 2)
    assert "not UTF-8" in ended.err
    without = picodsc("user", "add", "bob")
    assert without.code == 2
    assert "--password-file (- is standard input)" in without.err


def test_users_are_listed_by_name_and_closed_ones_only_if_asked(picodsc, house):
    for name in ("carol", "alice"):
        house.user(name)
    assert picodsc("user", "close", "carol", "--yes").out == "the account of carol is closed\n"
    assert picodsc("user", "list").out == "alice  open  -  -\n"
    both = [json.loads(line) for line in picodsc("user", "list", "--all", "--json").out.splitlines()]
    assert [one["name"] for one in both] == ["alice", "carol"]
    assert [one["closed_at"] is None for one in both] == [True, False]


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_users_are_listed_a_page_at_a_time(picodsc, house, monkeypatch, page):
    monkeypatch.setattr("host_tools.cli.users.PAGE", page)
    for name in ("alice", "bob", "carol", "dave", "erin"):
        house.user(name)
    close_user(house.system, "bob")

    def names(*options):
        ended = picodsc("user", "list", *options)
        assert ended.code == 0
        return [line.partition(" ")[0] for line in ended.out.splitlines()], ended.err

    assert names() == (["alice", "carol", "dave", "erin"], "")
    listed, said = names("--most", "3")
    assert listed == ["alice", "carol", "dave"]
    assert "--after dave" in said
    assert names("--most", "3", "--after", "dave") == (["erin"], "")
    assert names("--most", "3", "--after", "Dave") == (["erin"], "")
    assert names("--all", "--after", "alice", "--most", "4") == (["bob", "carol", "dave", "erin"], "")
    assert picodsc("user", "list", "--most", "0").code == 2


def test_an_account_is_closed_only_if_the_name_is_typed(picodsc, house):
    house.user()
    ended = picodsc("user", "close", "alice", stdin="bob\n")
    assert (ended.out, ended.code) == ("", 1)
    assert "nothing was done" in ended.err
    assert picodsc("user", "close", "ALICE", stdin="alice\n").code == 0
    ended = picodsc("user", "close", "alice", "--yes")
    assert ended.code == 1
    assert "is closed" in ended.err


def test_show_tells_devices_failures_and_sessions(picodsc, house):
    house.user()
    device = house.token()
    house.login()
    house.fail()
    shown = picodsc("user", "show", "alice").out
    for line in ("failures        1", "open sessions   1", "device          1  dsc+  active  DS-1  Login"):
        assert line in shown.splitlines()
    whole = json.loads(picodsc("user", "show", "alice", "--json").out)
    assert (whole["failures"], whole["locked_until"], whole["blocked"]) == (1, None, False)
    assert (
        [one["device"] for one in whole["devices"]]
        == [one["device"] for one in whole["sessions"]]
        == [device.id]
    )
    assert house.hands["DS-1"].key().hex() not in shown


def test_a_session_of_the_duress_pin_is_shown_to_the_operator(picodsc, house):
    house.user()
    house.token(alarm=True)
    house.answer(house.begin(), alarm=True)
    assert "alarm" in picodsc("user", "show", "alice").out
    assert picodsc("user", "sessions", "alice").out.endswith("  alarm\n")


def test_sessions_end(picodsc, house):
    house.user()
    house.token()
    house.login()
    assert json.loads(picodsc("user", "sessions", "alice", "--json").out)["device"] == 1
    assert picodsc("user", "end-sessions", "alice").out == "1 session ended\n"
    assert picodsc("user", "sessions", "alice").out == ""


def test_phone_and_password_are_set_and_removed(picodsc, house, password_file):
    house.user()
    assert picodsc("user", "phone", "alice", "+44 20 7946 0001").out == "the number is set\n"
    assert user(house.system, "alice").phone == "+442079460001"
    assert picodsc("user", "phone", "alice", "--none").out == "the number is removed\n"
    picodsc("user", "phone", "alice", "+44 20 7946 0001")
    picodsc("device", "sms", "alice")
    card = house.card()
    assert picodsc("user", "phone", "alice", "+44 20 7946 0002").out == (
        f"the number is set\ndevice {card.id} has ended: this online card may have been obtained by a code to the "
        "number before\n"
    )
    for arguments in ((), ("+442079460001", "--none")):
        assert picodsc("user", "phone", "alice", *arguments).code == 2
    assert picodsc("user", "password", "alice", "--password-file", password_file()).code == 0
    assert user(house.system, "alice").has_password
    assert picodsc("user", "password", "alice", "--no-password").out == "the password is removed\n"
    assert not user(house.system, "alice").has_password


def test_a_block_is_lifted_by_who_was_identified_which_is_on_record(picodsc, house):
    house.user()
    house.token()
    ended = picodsc("user", "identify", "alice", stdin="known voice\n")
    assert ended.out == "this is on record; there was no block\n"
    assert house.inventory.history()[-1].detail == {"user": "alice", "by": "known voice"}
    ended = picodsc("user", "identify", "alice")
    assert (ended.out, ended.code) == ("", 2)
    assert "--identified-by" in ended.err


def test_the_languages_are_the_login_system_s(picodsc):
    assert "|".join(LANGUAGES) in picodsc("user", "add", "--help").out


def test_who_is_not_there_is_said_with_what_to_do(picodsc, house):
    for command in (
        "show",
        "sessions",
        "end-sessions",
        "password --no-password",
        "close --yes",
        "phone --none",
    ):
        word, *options = command.split()
        ended = picodsc("user", word, "nobody", *options)
        assert (ended.out, ended.code) == ("", 2)
        assert "there is no user 'nobody'; 'picodsc user list' prints all" in ended.err
