"""`picodsc operator`: two people agree by their tokens, and no command does what needs two for one."""

import hashlib
import json

import pytest

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.unlock import unlock_code
from host_tools.inventory import Inventory, Location, NewCredential

LOGIN = Suite.parse("OCRA-1:HOTP-SHA256-8:QN06")
SECRET = bytes(range(100, 132))
KEYS = {"alice": bytes(range(1, 33)), "bob": bytes(range(2, 34)), "DS-1001": bytes(range(32))}
UNLOCK = ("unlock", "DS-1001", "1", "--identified-by", "known voice")


@pytest.fixture
def team(home, picodsc):
    """A locked token, and two operators."""
    with Inventory.open(Location.inside(home)) as inventory:
        for number, (name, key) in enumerate(KEYS.items()):
            new = NewCredential(id=bytes([number]) * 16, label="Login", key=bytearray(key))
            inventory.record_in_doubt(
                name.upper(),
                board="b",
                uid=b"u",
                firmware_version="0",
                credentials=[new],
                mode="verified",
                unlock_secret=bytearray(SECRET),
            )
            inventory.mark_sealed(name.upper())
    for name in ("alice", "bob"):
        ended = picodsc("operator", "add", name, "--token", name)
        assert ended.out == f"{name} is an operator, with the token {name.upper()}\n"


@pytest.fixture
def rule(team, picodsc):
    """Both actions need two."""
    for action in ("unlock", "key-export"):
        assert picodsc("operator", "policy", action, "on").code == 0


@pytest.fixture
def answered(picodsc):
    """Gives a command twice: for the operator's challenge, and with the response to it."""

    def answered(name, *command, key=None):
        shown = picodsc(*command, "--operator", name, "--challenge")
        assert shown.code == 0
        given = respond(LOGIN, KEYS[name] if key is None else key, shown.out.split()[1])
        return picodsc(*command, "--operator", name, "--response", given)

    return answered


def test_an_unlock_code_needs_two_who_answer_with_their_tokens(picodsc, rule, answered):
    ended = picodsc(*UNLOCK)
    assert (ended.out, ended.code) == ("", 2)
    assert "unlock needs two operators: say who asks for it with --operator NAME" in ended.err
    ended = answered("alice", *UNLOCK)
    assert (ended.out, ended.code) == ("", 1)
    assert "picodsc operator approve 1 --operator NAME" in ended.err
    ended = picodsc(*UNLOCK)
    assert (ended.out, ended.code) == ("", 1)
    assert "request 1 waits for a second operator" in ended.err
    ended = answered("bob", "operator", "approve", "1")
    assert (ended.out, ended.code) == ("request 1 is approved\n", 0)
    assert "unlock, DS-1001, identified_by known voice, n 1; asked for by alice" in ended.err
    digits = unlock_code(SECRET, "DS-1001", 1).decode()
    ended = picodsc(*UNLOCK)
    assert (ended.out.replace(" ", ""), ended.err, ended.code) == (digits + "\n", "", 0)
    assert "operators alice, bob, request 1" in picodsc("inventory", "history", "DS-1001").out
    assert picodsc(*UNLOCK, "--again").code == 2


def test_who_types_is_shown_the_challenge_and_asked_for_the_response(picodsc, rule, answered):
    answered("alice", *UNLOCK)
    question = picodsc("operator", "approve", "1", "--operator", "bob", "--challenge").out.split()[1]
    given = respond(LOGIN, KEYS["bob"], question)
    ended = picodsc("operator", "approve", "1", "--operator", "bob", stdin=given + "\n")
    assert (ended.out, ended.code) == ("request 1 is approved\n", 0)
    assert f"challenge {question}" in ended.err
    assert given not in ended.err


@pytest.mark.parametrize(
    ("name", "number", "code", "reason"),
    [
        ("alice", "1", 1, "alice has asked for it"),
        ("carol", "1", 2, "there are alice, bob"),
        ("bob", "2", 1, "none of this number"),
    ],
)
def test_who_may_not_approve_is_not_even_asked(picodsc, rule, answered, name, number, code, reason):
    answered("alice", *UNLOCK)
    ended = picodsc("operator", "approve", number, "--operator", name)
    assert (ended.out, ended.code) == ("", code)
    assert reason in ended.err
    assert "challenge" not in ended.err


def test_a_wrong_response_asks_for_nothing_and_approves_nothing(picodsc, rule, answered):
    ended = answered("alice", *UNLOCK, key=bytes(32))
    assert (ended.out, ended.code) == ("", 1)
    assert "not the response" in ended.err
    assert picodsc("operator", "requests").out == ""
    answered("alice", *UNLOCK)
    assert answered("bob", "operator", "approve", "1", key=bytes(32)).code == 1
    assert picodsc(*UNLOCK).code == 1


def test_an_operator_alone_does_not_take_another_one_s_place(picodsc, rule, answered, tmp_path):
    """Verified once: his token forgotten, and a key of hers imported under the id that he is known by."""
    answered("alice", *UNLOCK)
    for command in (
        ("token", "forget", "BOB", "--yes"),
        ("inventory", "destroy", "BOB", "--yes"),
    ):
        ended = picodsc(*command)
        assert (ended.out, ended.code) == ("", 1)
        assert "token BOB is that of the operator bob: first `picodsc operator remove bob`" in ended.err
    assert answered("bob", "operator", "approve", "1", key=bytes(range(50, 82))).code == 1
    assert answered("bob", "operator", "approve", "1").code == 0


def test_what_an_operator_reads_out_for_something_else_approves_nothing(picodsc, rule, answered):
    answered("alice", *UNLOCK)
    question = picodsc("confirm", "BOB", "--challenge").out.split()[1]
    approval = ("operator", "approve", "1", "--operator", "bob")
    ended = picodsc(*approval, "--response", respond(LOGIN, KEYS["bob"], question))
    assert (ended.out, ended.code) == ("", 2)
    assert "no challenge waits" in ended.err
    assert picodsc(*approval, "--challenge").out.split()[1] != question


def test_a_backup_from_before_the_rule_is_restored_by_two(picodsc, team, answered, tmp_path):
    file = tmp_path / "monday.picodsc"
    digest = picodsc("inventory", "backup", file).out.split("sha256 ")[1].split()[0]
    assert picodsc("operator", "policy", "unlock", "on").code == 0
    command = ("inventory", "restore", file, "--yes")
    ended = picodsc(*command)
    assert (ended.out, ended.code) == ("", 2)
    assert "restore needs two operators: say who asks for it with --operator NAME" in ended.err
    ended = answered("alice", *command)
    assert (ended.out, ended.code) == ("", 1)
    ended = answered("bob", "operator", "approve", "1")
    assert f"sha256 {digest}" in ended.err
    ended = picodsc(*command)
    assert ended.code == 0
    assert picodsc("operator", "policy").out.startswith("unlock  two operators\n")


def test_requests_are_listed_for_people_and_for_programs(picodsc, rule, answered):
    answered("alice", *UNLOCK)
    line = picodsc("operator", "requests").out
    assert line.startswith("1  waiting  20")
    assert line.endswith("  unlock, DS-1001, identified_by known voice, n 1; asked for by alice\n")
    one = json.loads(picodsc("operator", "requests", "--json").out)
    assert (one["request"], one["state"], one["serial"], one["approved_by"]) == (
        1,
        "waiting",
        "DS-1001",
        None,
    )
    assert one["detail"] == {"n": 1, "identified_by": "known voice"}
    answered("bob", "operator", "approve", "1")
    picodsc(*UNLOCK)
    assert picodsc("operator", "requests").out == ""
    assert picodsc("operator", "requests", "--all").out.startswith("1  used  ")


def test_operators_and_policy_are_listed_for_people_and_for_programs(picodsc, team):
    assert picodsc("operator", "list").out == "alice  ALICE\nbob  BOB\n"
    first = picodsc("operator", "list", "--json").out.splitlines()[0]
    assert json.loads(first) == {"name": "alice", "token": "ALICE"}
    picodsc("operator", "policy", "unlock", "on")
    assert picodsc("operator", "policy").out == "unlock  two operators\nkey-export  one operator\n"
    assert json.loads(picodsc("operator", "policy", "--json").out) == {"unlock": True, "key-export": False}


def test_the_rule_is_turned_off_by_two(picodsc, rule, answered):
    command = ("operator", "policy", "unlock", "off")
    assert picodsc(*command).code == 2
    assert answered("bob", *command).code == 1
    assert answered("alice", "operator", "approve", "1").code == 0
    assert picodsc(*command).out == "unlock  one operator\nkey-export  two operators\n"
    assert picodsc(*UNLOCK).code == 0


def test_operators_are_changed_by_two_as_soon_as_there_is_a_rule(picodsc, rule, answered):
    command = ("operator", "add", "carol", "--token", "DS-1001")
    assert picodsc(*command).code == 2
    answered("alice", *command)
    ended = answered("bob", "operator", "approve", "1")
    assert f"credential 'Login' ({'02' * 16}), name carol" in ended.err
    assert picodsc(*command).out == "carol is an operator, with the token DS-1001\n"
    assert picodsc("operator", "remove", "carol").code == 2
    answered("bob", "operator", "remove", "carol")
    answered("alice", "operator", "approve", "2")
    assert picodsc("operator", "remove", "carol").out == "carol is no operator any more\n"
    ended = picodsc("operator", "remove", "bob")
    assert (ended.out, ended.code) == ("", 1)
    assert "there would be 1" in ended.err


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("policy", "wipe", "on"), 2, "unlock, key-export"),
        (("policy", "unlock"), 2, "on or off"),
        (("policy", "unlock", "maybe"), 2, "on or off"),
        (("add", "carol", "--token", "DS-9999"), 2, "no token has the serial"),
        (("add", "carol", "--token", "BOB"), 2, "bob has the token BOB"),
        (("add", "a, b", "--token", "DS-1001"), 2, "no comma"),
        (("add", "\udc80", "--token", "DS-1001"), 2, "not UTF-8"),
        (("remove", "carol"), 2, "there are alice, bob"),
        (("approve", "1", "--operator", "bob"), 1, "none of this number"),
    ],
)
def test_what_cannot_be_is_said(picodsc, team, arguments, code, reason):
    ended = picodsc("operator", *arguments)
    assert (ended.out, ended.code) == ("", code)
    assert reason in ended.err


def test_no_inventory_is_made_for_a_reader(picodsc, home):
    for command in ("list", "policy", "requests"):
        assert picodsc("operator", command).code == 2
    assert not home.exists()


def test_keys_leave_when_two_have_agreed_on_exactly_these_and_this_file(picodsc, rule, answered, tmp_path):
    key = tmp_path / "bank.key"
    export = ("keys", "export", "DS-1001", "--new-key", key, "--out", tmp_path / "bank.pskc")
    assert picodsc(*export).code == 2
    assert not key.exists()
    own = tmp_path / "own.key"
    own.write_text("00" * 16 + "\n")
    own.chmod(0o600)
    answered("alice", *export)
    shown = answered("bob", "operator", "approve", "1").err
    assert f"credentials DS-1001 'Login' ({'02' * 16}), encryption new key in {key}, " in shown
    assert f"to {tmp_path}/bank.pskc, tokens 1, way pskc" in shown
    other = ("keys", "export", "DS-1001", "ALICE", "--new-key", key, "--out", tmp_path / "bank.pskc")
    elsewhere = ("keys", "export", "DS-1001", "--new-key", key, "--out", tmp_path / "mine.pskc")
    beside = ("keys", "export", "DS-1001", "--new-key", key, "--out", tmp_path / "desk" / "bank.pskc")
    hers = ("keys", "export", "DS-1001", "--key-file", own, "--out", tmp_path / "bank.pskc")
    for command in (other, elsewhere, beside, hers):
        ended = picodsc(*command)
        assert (ended.code, "key-export needs two operators" in ended.err) == (2, True)
    ended = picodsc(*export)
    assert (ended.err, ended.code) == ("", 0)
    history = picodsc("inventory", "history", "DS-1001").out
    (agreed,) = [line for line in history.splitlines() if "key export agreed" in line]
    assert "operators alice, bob, request 1, " in agreed
    (tmp_path / "bank.pskc").unlink()
    key.unlink()
    assert picodsc(*export).code == 2


def test_a_pre_shared_key_is_agreed_on_by_its_fingerprint(picodsc, rule, answered, tmp_path):
    key = tmp_path / "bank.key"
    key.touch(0o600)
    key.write_text("00" * 16 + "\n")
    export = ("keys", "export", "DS-1001", "--key-file", key, "--out", tmp_path / "bank.pskc")
    answered("alice", *export)
    ended = answered("bob", "operator", "approve", "1")
    assert f"encryption key with SHA-256 {hashlib.sha256(bytes(16)).hexdigest()[:16]}…" in ended.err
    key.write_text("01" * 16 + "\n")
    assert picodsc(*export).code == 2
    key.write_text("00" * 16 + "\n")
    assert picodsc(*export).code == 0


def test_an_approval_of_one_credential_serves_no_other_one(picodsc, rule, answered, home):
    with Inventory.open(Location.inside(home)) as inventory:
        new = [
            NewCredential(id=bytes([n]) * 16, label=label, key=bytearray(32), login_suite="HOTP-SHA1-6")
            for n, label in ((50, "Door"), (51, "Other"))
        ]
        inventory.record_in_doubt("DS-2", board="b", uid=b"u", firmware_version="0", credentials=new)
        inventory.mark_sealed("DS-2")
    command = ("keys", "otpauth", "DS-2", "--yes", "--credential")
    answered("alice", *command, "Door")
    assert "credentials DS-2 'Door' (" in answered("bob", "operator", "approve", "1").err
    assert picodsc(*command, "Other").code == 2
    assert picodsc(*command, "Door").code == 0


def test_whose_a_token_will_be_at_a_server_is_agreed_on_too(picodsc, rule, answered):
    command = (
        "keys", "enrol", "DS-1001", "--server", "https://127.0.0.1:1", "--admin", "olga", "--user", "maria",
    )  # fmt: skip
    answered("alice", *command)
    shown = answered("bob", "operator", "approve", "1").err
    assert (
        "realm , to https://127.0.0.1:1, tokens 1, trust this machine's, user maria, way privacyidea" in shown
    )
    ended = picodsc(*command, "--realm", "bank")
    assert (ended.code, "key-export needs two operators" in ended.err) == (2, True)


@pytest.mark.parametrize(
    "command",
    [
        ("keys", "otpauth", "DS-1001", "--yes"),
        ("keys", "enrol", "DS-1001", "--server", "https://127.0.0.1:1", "--admin", "olga"),
    ],
)
def test_no_key_leaves_another_way_without_the_second_operator(picodsc, rule, command):
    ended = picodsc(*command)
    assert (ended.out, ended.code) == ("", 2)
    assert "key-export needs two operators" in ended.err
