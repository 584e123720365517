"""`picodsc card`, `passcode` and `outbox`: what is for one pair of eyes is in one place, once."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from host_tools.inventory.schema import AttemptRow
from host_tools.login.devices import devices
from host_tools.login.errors import BlockedUserError
from host_tools.login.issuing import add_sms
from host_tools.login.outbox import messages


@pytest.fixture
def alice(house):
    return house.user(phone="+442079460000", language="de")


@pytest.mark.parametrize(("name", "begins"), [("card.pdf", b"%PDF"), ("card.png", b"\x89PNG")])
def test_a_card_is_a_private_file_and_a_device_that_is_ready(picodsc, house, alice, tmp_path, name, begins):
    out = tmp_path / name
    ended = picodsc("card", "issue", "alice", "--online", "--out", out, "--paper", "letter", "--sender", "Us")
    assert ended.code == 0
    assert ended.out == f"{out}: card SC-000001 of alice, device 1, 224 codes\n"
    assert "in this file only" in ended.err
    assert out.read_bytes().startswith(begins)
    assert out.stat().st_mode & 0o077 == 0
    assert re.fullmatch(
        r"SC-000001  1  online-security-code-card  ready  -  until .*\n", picodsc("card", "show", "alice").out
    )
    assert json.loads(picodsc("card", "show", "alice", "--json").out)["serial"] == "SC-000001"


def test_a_card_is_asked_for_two_values_by_their_indexes(picodsc, house, alice, tmp_path):
    picodsc("card", "issue", "alice", "--out", tmp_path / "card.pdf")
    asked = picodsc("device", "activate", "alice", 1, "--begin").out
    assert re.search(r"^indexes +\d+, \d+$", asked, re.MULTILINE)
    ended = picodsc("device", "activate", "alice", 1, stdin="33\n333333\n")
    assert ended.out in ("rejected\n", "accepted\ndevice 1 is active\n")
    assert "a code has 6 characters" in ended.err


@pytest.mark.parametrize("name", ["card.jpg", "there.pdf", "no/../no/card.pdf/x.pdf"])
def test_where_no_card_can_be_made_none_is_issued(picodsc, house, alice, tmp_path, name):
    (tmp_path / "there.pdf").write_bytes(b"precious")
    (tmp_path / "no").write_bytes(b"no folder")
    ended = picodsc("card", "issue", "alice", "--out", tmp_path / name)
    assert (ended.out, ended.code) == ("", 2)
    assert (tmp_path / "there.pdf").read_bytes() == b"precious"
    assert [one.state for one in devices(house.system, "alice") if one.state != "ended"] == []


def test_a_card_ends_and_a_token_is_no_card(picodsc, house, alice, tmp_path):
    picodsc("card", "issue", "alice", "--out", tmp_path / "card.pdf")
    token = house.token()
    assert picodsc("card", "end", "alice", 1).out == "device 1 of alice has ended\n"
    ended = picodsc("card", "end", "alice", token.id)
    assert (ended.out, ended.code) == ("", 1)
    assert "is no card" in ended.err
    assert house.login().accepted


def test_a_passcode_is_printed_once_opens_a_login_and_is_not_given_twice(picodsc, house, alice):
    ended = picodsc("passcode", "issue", "alice", "--identified-by", "known voice")
    assert (ended.err, ended.code) == ("", 0)
    assert re.fullmatch(r"[3-9A-Z]{4} [3-9A-Z]{4}\n", ended.out)
    code = ended.out.strip()
    assert code not in picodsc("user", "show", "alice").out
    assert code.replace(" ", "") not in str(house.inventory.history())
    again = picodsc("passcode", "issue", "alice", stdin="known voice\n")
    assert (again.out, again.code) == ("", 1)
    assert "'picodsc card issue'" in again.err
    assert picodsc("challenge", "alice", stdin=code + "\n").out == "accepted\n"


def test_a_passcode_for_a_login_that_is_locked_says_so(picodsc, house, alice):
    house.token()
    for _ in range(10):
        house.fail()
    ended = picodsc("passcode", "issue", "alice", "--identified-by", "known voice")
    assert re.fullmatch(r"[3-9A-Z]{4} [3-9A-Z]{4}\n", ended.out)
    assert "the login is locked until" in ended.err
    assert "block" not in ended.err


def test_a_passcode_for_a_user_who_was_blocked_lifts_the_block_and_says_so(picodsc, house, alice):
    house.token()
    longer_ago = datetime.now(UTC) - timedelta(days=2)
    with house.system.writing() as work:
        for _ in range(30):
            work.session.add(AttemptRow(kind="failure", at=longer_ago, user_id=alice.id))
    with pytest.raises(BlockedUserError):
        house.begin()
    ended = picodsc("passcode", "issue", "alice", "--identified-by", "known voice")
    assert "the block is lifted" in ended.err
    assert "locked" not in ended.err
    assert picodsc("challenge", "alice", stdin=ended.out).out == "accepted\n"


def test_messages_that_wait_are_listed_with_their_texts_only_if_asked_which_is_on_record(
    picodsc, house, alice
):
    add_sms(house.system, "alice")
    assert picodsc("outbox", "list").out == ""
    house.begin()
    listed = picodsc("outbox", "list").out
    assert listed.startswith("1  alice  +442079460000  waiting  ")
    assert len(listed.splitlines()) == 1
    assert "text" not in json.loads(picodsc("outbox", "list", "--json").out)
    assert "message read" not in [one.event for one in house.inventory.history()]
    text = picodsc("outbox", "list", "--text").out.splitlines()[1]
    assert json.loads(picodsc("outbox", "list", "--text", "--json").out)["text"] == text.strip()
    assert "message read" in [one.event for one in house.inventory.history()]
    code = re.search(r"\d{6}", text)[0]
    assert picodsc("challenge", "alice", stdin=code + "\n").out == "accepted\n"


def test_a_message_that_was_sent_by_hand_waits_no_more(picodsc, house, alice):
    add_sms(house.system, "alice")
    house.begin()
    assert picodsc("outbox", "sent", 1).out == "message 1 is sent\n"
    assert picodsc("outbox", "list", "--text").out == ""
    assert "sent" in picodsc("outbox", "list", "--all").out
    assert [one.state for one in messages(house.system)] == ["sent"]
    ended = picodsc("outbox", "sent", 1)
    assert (ended.out, ended.code) == ("", 2)
    assert "'picodsc outbox list'" in ended.err
