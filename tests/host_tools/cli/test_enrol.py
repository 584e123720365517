"""`picodsc keys enrol`: the words and the exit codes; what is sent is tested beside the client."""

from types import SimpleNamespace

import pytest

from fakes.enrolment_server import ADMIN, PASSWORD, EnrolmentServer, refused
from host_tools.inventory import Inventory, Location

KEY = bytes(range(32)).hex()


@pytest.fixture
def server():
    with EnrolmentServer() as running:
        yield running


@pytest.fixture
def password(tmp_path):
    """A private file that holds the administrator's password."""
    path = tmp_path / "password"
    path.touch(mode=0o600)
    path.write_text(PASSWORD + "\n")
    return path


@pytest.fixture
def sealed(record, home):
    """The one token that there is."""
    record()
    with Inventory.open(Location.inside(home)) as inventory:
        inventory.mark_sealed("DS-1001")


@pytest.fixture
def enrol(picodsc, sealed, server, password):
    """Runs the command, with changes to its arguments; None leaves one out."""

    def enrol(serial="DS-1001", stdin="", **changes):
        options = {"server": server.address, "admin": ADMIN, "password-file": password, **changes}
        words = [(f"--{name}", value) for name, value in options.items() if value is not None]
        return picodsc("keys", "enrol", serial, *(word for pair in words for word in pair), stdin=stdin)

    return enrol


def test_it_says_who_has_the_token_and_under_which_serial(enrol, server, picodsc):
    ended = enrol("ds-1001", user="maria", realm="bank", credential="Login")
    host = server.address.removeprefix("http://")
    assert (ended.out, ended.err, ended.code) == (f"{host} has the token, as DS-1001\n", "", 0)
    assert (server.tokens["DS-1001"]["user"], server.tokens["DS-1001"]["realm"]) == ("maria", "bank")
    history = picodsc("inventory", "history", "DS-1001").out
    assert f"key enrolled at  DS-1001  credential {bytes(16).hex()}, server {host}" in history
    assert KEY not in history + ended.out


def test_the_password_is_asked_for_unseen_at_a_terminal(enrol, server, monkeypatch):
    terminal = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("host_tools.cli.enrol.sys", terminal)
    ended = enrol(**{"password-file": None}, stdin=f"{PASSWORD}\n")
    assert ended.code == 0
    assert ended.err.startswith(f"Password of {ADMIN} at {server.address.removeprefix('http://')}:")
    assert PASSWORD not in ended.out + ended.err


def test_without_a_terminal_and_a_file_nobody_is_asked(enrol, server):
    ended = enrol(**{"password-file": None})
    assert (ended.out, ended.code, server.calls) == ("", 2, [])
    assert "--password-file" in ended.err


def test_a_password_that_others_may_read_is_not_used(enrol, server, password):
    password.chmod(0o644)
    ended = enrol()
    assert (ended.code, server.calls) == (2, [])
    assert "chmod 600" in ended.err


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"serial": "DS-1002"}, "did you mean DS-1001?"),
        ({"credential": "Mail"}, "it has 'Login'"),
        ({"realm": "bank"}, "--realm is the realm of a --user"),
        ({"server": "http://pi.example.org"}, "plain http would show the keys"),
        ({"ca-file": "no-such-file"}, "no such file"),
        ({"serial": "DS-\udc80"}, "not UTF-8"),
    ],
)
def test_what_cannot_be_asked_for_ends_with_2_before_the_server_is_told_anything(
    enrol, server, changes, reason
):
    ended = enrol(**changes)
    assert (ended.out, ended.code, server.calls) == ("", 2, [])
    assert reason in ended.err


def test_a_server_that_refuses_ends_it_with_1(enrol, server):
    server.lies["/token/init"] = lambda fields: refused(403, 303, "not you")
    ended = enrol()
    assert (ended.out, ended.code) == ("", 1)
    assert "refused: not you (HTTP 403, error 303)" in ended.err


def test_a_wrong_password_ends_it_with_1(enrol, password):
    password.write_text("a wrong one")
    ended = enrol()
    assert ended.code == 1
    assert "the name or the password is wrong" in ended.err
    assert "a wrong one" not in ended.err
