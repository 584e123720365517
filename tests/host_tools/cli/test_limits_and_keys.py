"""`picodsc limits` and `api-key`: what may be withdrawn, by which policy, and who may call."""

import json

import pytest

from host_tools.login.api_keys import Scope, authenticate
from host_tools.login.caller_errors import CallerError
from host_tools.login.withdrawals import withdraw

KEY = "order-0000000001"


@pytest.fixture
def withdrawn(house):
    """A user with a DSC, who has withdrawn 300,000 of 1,000,000."""
    house.user()
    house.token(suite="HOTP-SHA1-6")
    return withdraw(house.system, house.login().session, 300_000_00, KEY).reference


def test_what_is_left_is_told_by_each_device(picodsc, withdrawn):
    none, dsc = picodsc("limits", "show", "alice").out.splitlines()
    assert none.startswith("without a device: USD 0.00  today USD 0.00  in the window USD 0.00  more at ")
    assert dsc.startswith("dsc: USD 700,000.00  today USD 700,000.00  in the window USD 1,200,000.00")
    found = [json.loads(line) for line in picodsc("limits", "show", "alice", "--json").out.splitlines()]
    assert [(one["kind"], one["left"]) for one in found] == [(None, 0), ("dsc", 700_000_00)]


def test_a_limit_that_there_is_not_is_unlimited(picodsc, house):
    house.user()
    house.token()
    assert "dsc+: unlimited" in picodsc("limits", "show", "alice").out.splitlines()
    assert json.loads(picodsc("limits", "show", "alice", "--json").out.splitlines()[1])["left"] is None


def test_withdrawals_are_listed_and_cancelled(picodsc, withdrawn):
    listed = picodsc("limits", "withdrawals", "alice").out
    assert listed.startswith(f"{withdrawn}  ")
    assert listed.endswith(f"  USD 300,000.00  dsc  key {KEY}\n")
    shown = json.loads(picodsc("limits", "withdrawals", "alice", "--json").out)
    assert (shown["cents"], shown["idempotency_key"]) == (300_000_00, KEY)
    assert picodsc("limits", "cancel", withdrawn).out == f"withdrawal {withdrawn} counts no more\n"
    assert picodsc("limits", "withdrawals", "alice").out == ""
    ended = picodsc("limits", "cancel", withdrawn)
    assert (ended.out, ended.code) == ("", 2)
    assert "'picodsc limits withdrawals USER'" in ended.err


def test_after_a_restore_what_is_unknown_is_lifted_by_name_or_for_everybody_who_confirms(
    picodsc, home, house, withdrawn, tmp_path
):
    assert picodsc("inventory", "backup", tmp_path / "b").code == 0
    house.close()
    for one in home.glob("inventory.db*"):
        one.unlink()  # what it knew of withdrawals would be carried over
    assert picodsc("inventory", "restore", tmp_path / "b", "--yes").code == 0
    assert "unknown since the backup" in picodsc("limits", "withdrawals", "alice").out
    assert "'picodsc limits none-since-backup alice'" in picodsc("limits", "show", "alice").out
    shown = json.loads(picodsc("limits", "show", "alice", "--json").out.splitlines()[0])
    assert (shown["left"], shown["unknown_since_backup"]) == (0, True)
    assert "counter unsure" in picodsc("device", "list", "alice").out
    assert "'picodsc device resync alice'" in picodsc("user", "show", "alice").out
    assert json.loads(picodsc("user", "show", "alice", "--json").out)["devices"][0]["counter_unsure"] is True
    ended = picodsc("limits", "none-since-backup", stdin="yes\n")
    assert (ended.out, ended.code) == ("", 1)
    assert picodsc("limits", "none-since-backup", stdin="everybody\n").out == "lifted for 1 user\n"
    assert picodsc("limits", "none-since-backup", "alice").out == "lifted for 0 users\n"
    assert "unknown" not in picodsc("limits", "withdrawals", "alice").out
    assert "backup" not in picodsc("limits", "show", "alice").out


def test_the_policy_is_printed_with_its_dates_and_needs_no_inventory(picodsc, home):
    found = [json.loads(line) for line in picodsc("limits", "policy", "--json").out.splitlines()]
    assert [(one["effective"], one["in_force"]) for one in found] == [
        ("2020-01-01", False),
        ("2021-01-01", True),
    ]
    assert [one["limits"]["ib-key"]["day"] for one in found] == [200_000_00, 1_000_000_00]
    assert [one["number_a_day"] for one in found] == [100, 100]
    assert found[0]["limits"]["none"] == {"day": 50_000_00, "window": 100_000_00}
    text = picodsc("limits", "policy").out
    assert "* from 2021-01-01: a day, 5 business days (NYSE); 100 withdrawals a day" in text
    assert not home.exists()


def test_the_operator_s_policy_is_the_one_that_counts(picodsc, house, tmp_path, monkeypatch):
    house.user()
    file = tmp_path / "policy.toml"
    file.write_text(
        "[[policy]]\neffective = 2020-01-01\n[policy.withdrawals.limits]\nnone = { day = 7, window = 70 }\n"
    )
    monkeypatch.setenv("PICODSC_POLICY", str(file))
    assert picodsc("limits", "show", "alice").out.startswith("without a device: USD 7.00  today USD 7.00")
    file.write_text("[[policy]]\neffective = 2020-01-01\n[policy.withdrawls]\n")
    for command in (("limits", "policy"), ("limits", "show", "alice"), ("user", "list")):
        ended = picodsc(*command)
        assert (ended.out, ended.code) == ("", 2)
        assert f"{file}: there is no key" in ended.err


def test_a_key_is_printed_once_and_may_do_what_it_was_made_for_until_it_is_revoked(picodsc, house):
    ended = picodsc("api-key", "add", "desk", "--scope", "help-desk", "--scope", "vouch")
    assert ended.code == 0
    key = ended.out.strip()
    caller = authenticate(house.system, key)
    assert (caller.name, caller.scopes) == ("desk", {Scope.HELP_DESK, Scope.VOUCH})
    listed = picodsc("api-key", "list").out
    assert listed.startswith("desk  vouch,help-desk  ")
    assert key not in listed + ended.err
    assert picodsc("api-key", "revoke", "desk").out == "the key desk opens nothing any more\n"
    with pytest.raises(CallerError):
        authenticate(house.system, key)
    assert json.loads(picodsc("api-key", "list", "--json").out)["revoked_at"] is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["desk", "--scope", "root"], "--scope is one of login, vouch, help-desk, operator"),
        (["Desk", "--scope", "login"], "a key's name has"),
        (["taken", "--scope", "login"], "take another"),
        (["desk"], "--scope"),
    ],
)
def test_a_key_that_can_not_be_is_not_made(picodsc, house, arguments, said):
    picodsc("api-key", "add", "taken", "--scope", "login")
    ended = picodsc("api-key", "add", *arguments)
    assert (ended.out, ended.code) == ("", 2)
    assert said in ended.err
    assert picodsc("api-key", "revoke", "desk").code == 2


def test_the_scopes_are_the_login_system_s(picodsc):
    assert "|".join(Scope) in picodsc("api-key", "add", "--help").out
