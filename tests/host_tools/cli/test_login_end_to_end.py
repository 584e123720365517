"""From nothing to logins with a simulated token, by commands alone: what its screen shows is typed into them."""

import json

import pytest

from fakes.desk import Desk
from host_tools.engines.open import open_engine
from host_tools.simulator.folder import TokenFolder

PIN, DURESS = "7294", "2294"


@pytest.fixture
def respond(picodsc, tmp_path):
    """Begins, and lets the token answer: the reference, and the response that it shows."""

    def respond(*command, pin=PIN):
        asked = json.loads(picodsc(*command, "--begin", "--json").out)
        with open_engine("cpython", TokenFolder.load(tmp_path / "t").unit()) as engine:
            return asked["reference"], Desk(engine).login(pin, asked["challenge"])

    return respond


@pytest.fixture
def alice(picodsc, tmp_path):
    """A user and his token, which is not active yet."""
    commands = (
        ("token", "new", tmp_path / "t", "--serial", "DEV-1", "--pin", PIN, "--rounds", "16", "--duress"),
        ("user", "add", "alice", "--no-password"),
        ("device", "add", "alice", "DEV-1"),
    )
    for command in commands:
        ended = picodsc(*command)
        assert (ended.err, ended.code) == ("", 0)


def test_a_token_is_made_given_activated_and_logs_in_once_for_each_challenge(picodsc, alice, respond):
    reference, response = respond("device", "activate", "alice", 1)
    ended = picodsc("device", "activate", "alice", 1, "--answer", reference, stdin=response)
    assert (ended.out, ended.code) == ("accepted\ndevice 1 is active\n", 0)

    reference, response = respond("challenge", "alice")
    ended = picodsc("challenge", "alice", "--answer", reference, stdin=response)
    assert (ended.out, ended.code) == ("accepted\n", 0)
    ended = picodsc("challenge", "alice", "--answer", reference, stdin=response)
    assert (ended.out, ended.code) == ("", 1)
    assert "no answer is waited for: it was given already; begin again" in ended.err

    new, _ = respond("challenge", "alice")
    ended = picodsc("challenge", "alice", "--answer", new, stdin=response)
    assert (ended.out, ended.code) == ("rejected\n", 1)

    reference, response = respond("challenge", "alice", pin=DURESS)
    ended = picodsc("challenge", "alice", "--answer", reference, stdin=response)
    assert (ended.out, ended.code) == ("accepted with alarm\n", 0)


def test_ten_failures_lock_and_the_help_desk_reads_why(picodsc, alice):
    picodsc("device", "activate", "alice", 1, "--by-operator")
    for _ in range(10):
        ended = picodsc("challenge", "alice", stdin="00000000\n")
        assert (ended.out, ended.code) == ("rejected\n", 1)
    ended = picodsc("challenge", "alice", stdin="00000000\n")
    assert (ended.out, ended.code) == ("", 1)
    assert "the login of 'alice' is locked after 10 failures, until" in ended.err
    shown = picodsc("user", "show", "alice").out
    assert "failures        10" in shown
    assert "locked until    " in shown
    picodsc("user", "identify", "alice", "--identified-by", "known voice")
    assert picodsc("challenge", "alice", "--begin").code == 1  # a lock ends by itself


def test_nothing_that_is_secret_is_left_in_the_log(picodsc, alice, respond):
    picodsc("device", "activate", "alice", 1, "--by-operator")
    reference, response = respond("challenge", "alice")
    session = picodsc(
        "challenge", "alice", "--answer", reference, "--session", stdin=response
    ).out.splitlines()[1]
    history = picodsc("inventory", "history").out
    assert "login accepted" in history
    for secret in (PIN, response, session, reference):
        assert secret not in history
