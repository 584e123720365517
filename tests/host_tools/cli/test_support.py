"""`picodsc confirm` and `unlock`: what the service reads out to a token's owner, and when it does not."""

import pytest

from dsc.crypto.ocra import Suite, mutual, respond
from dsc.protocol.confirm import confirmation
from dsc.protocol.unlock import unlock_code
from host_tools.inventory import Inventory, Location

LOGIN = Suite.parse("OCRA-1:HOTP-SHA256-8:QN06")
KEY = bytes(range(32))
ALARM = bytes(range(50, 82))
SECRET = bytes(range(100, 132))
NUMBER = "12345679"
ANSWER = confirmation(KEY, "DS-1001", NUMBER)
BY = ("--identified-by", "known voice")


def grouped(digits):
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4)) + "\n"


@pytest.fixture
def seal(record, home):
    """Records a token, and has it sealed."""

    def seal(**options):
        record(**options)
        with Inventory.open(Location.inside(home)) as inventory:
            inventory.mark_sealed("DS-1001")

    return seal


@pytest.fixture
def locked(seal):
    seal(mode="verified", unlock_secret=bytearray(SECRET))


@pytest.fixture
def asked(picodsc):
    """The response to the challenge that is open, or that is asked now."""

    def asked(key=KEY):
        ended = picodsc("confirm", "ds-1001", "--challenge")
        assert (ended.err, ended.code) == ("", 0)
        word, question = ended.out.split()
        assert word == "challenge"
        return respond(LOGIN, key, question)

    return asked


def test_a_script_answers_in_one_step_what_it_asked_in_another(picodsc, seal, asked):
    seal()
    given = asked()
    assert asked() == given
    ended = picodsc("confirm", "DS-1001", "--response", f"{given[:4]} {given[4:]}")
    assert (ended.out, ended.err, ended.code) == ("accepted\n", "", 0)
    for number in (NUMBER, "1234 5679", "1234-5679"):
        ended = picodsc("confirm", "ds-1001", number)
        assert (ended.out, ended.err, ended.code) == (grouped(ANSWER), "", 0)
    ended = picodsc("confirm", "DS-1001", NUMBER)
    assert (ended.out, ended.code) == ("", 1)
    assert "3 confirmations were given" in ended.err


def test_the_second_step_may_have_the_number_with_it_and_the_response_on_standard_input(picodsc, seal, asked):
    seal()
    ended = picodsc("confirm", "DS-1001", NUMBER, "--response", "-", stdin=asked() + "\n")
    assert (ended.out, ended.err, ended.code) == (grouped(ANSWER), "", 0)


def test_the_challenge_can_not_be_skipped(picodsc, seal):
    seal()
    for arguments in ((NUMBER,), (NUMBER, "--response", "12345678"), ()):
        ended = picodsc("confirm", "DS-1001", *arguments)
        assert ended.out == ""
        assert ended.code in (1, 2)


def test_without_a_terminal_nothing_is_lost(picodsc, seal, asked):
    seal()
    ended = picodsc("confirm", "DS-1001")
    assert (ended.out, ended.code) == ("", 1)
    assert "give it with --response" in ended.err
    given = asked()
    assert f"challenge {ended.err.split('challenge ')[1][:6]}" in ended.err
    assert picodsc("confirm", "DS-1001", "--response", given).out == "accepted\n"


def test_who_types_is_asked_for_the_response_and_then_for_the_number(picodsc, seal, asked):
    seal()
    ended = picodsc("confirm", "DS-1001", stdin=f"{asked()}\n1234567\n{NUMBER}\n")
    assert (ended.out, ended.code) == (grouped(ANSWER), 0)
    assert "eight digits" in ended.err


def test_who_gave_the_number_too_early_is_told_and_may_give_another(picodsc, seal, asked):
    seal()
    ended = picodsc("confirm", "DS-1001", "00000001", stdin=f"{asked()}\n{NUMBER}\n")
    assert (ended.out, ended.code) == (grouped(ANSWER), 0)
    assert "Leave the change on the token" in ended.err


def test_who_gives_no_number_after_the_response_is_told_how_long_it_is_good_for(picodsc, seal, asked):
    seal()
    ended = picodsc("confirm", "DS-1001", stdin=f"{asked()}\n")
    assert (ended.out, ended.code) == ("", 1)
    assert "within ten minutes" in ended.err
    assert picodsc("confirm", "DS-1001", NUMBER).out == grouped(ANSWER)


def test_a_wrong_response_is_told_and_exits_1(picodsc, seal, asked):
    seal()
    ended = picodsc("confirm", "DS-1001", NUMBER, "--response", asked(bytes(32)))
    assert (ended.out, ended.code) == ("", 1)
    assert "not the response to the challenge" in ended.err


def test_under_duress_the_alarm_key_answers_and_nothing_else_is_different(picodsc, seal, asked):
    seal(alarm_key=bytearray(ALARM))
    ended = picodsc("confirm", "DS-1001", NUMBER, "--credential", "Login", "--response", asked(ALARM))
    assert (ended.out, ended.err) == (grouped(confirmation(ALARM, "DS-1001", NUMBER)), "")
    assert " alarm " in picodsc("inventory", "history").out


def test_a_token_that_checks_the_page_is_shown_its_code_first(picodsc, seal):
    server = bytes(range(90, 122))
    server_suite = "OCRA-1:HOTP-SHA256-6:QN06"
    seal(server_id=b"s" * 16, server_key=bytearray(server), server_suite=server_suite)
    ended = picodsc("confirm", "DS-1001", "--challenge")
    assert (ended.out, ended.code) == ("", 2)
    assert "checks the page first" in ended.err
    ended = picodsc("confirm", "DS-1001", "--page", "123 457", "--challenge")
    (_, question), (_, code) = (line.split() for line in ended.out.splitlines())
    assert code == mutual(Suite.parse(server_suite), server, "123457", question)
    given = mutual(LOGIN, KEY, question, "123457")
    assert picodsc("confirm", "DS-1001", NUMBER, "--response", given).out == grouped(ANSWER)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("DS-1001", "1234567"), "eight digits"),
        (("DS-1001", "1234567x"), "eight digits"),
        (("DS-1001", "１２３４５６７８"), "eight digits"),
        (("DS-1001", "12345680"), "eight digits"),
        (("DS-1001", NUMBER, "--credential", "Mail"), "'Login'"),
        (("DS-1001", NUMBER, "--challenge", "--response", "1"), "exclude each other"),
        (("DS-1001", NUMBER, "--identified-by", " "), "1 to 200"),
        (("DS-1001", NUMBER, "--identified-by", "\udc80"), "not UTF-8"),
        (("DS-1002", NUMBER), "did you mean DS-1001?"),
        (("DS-\udc80", NUMBER), "not UTF-8"),
    ],
)
def test_what_cannot_be_confirmed_is_said_and_exits_2(picodsc, seal, arguments, reason):
    seal()
    ended = picodsc("confirm", *arguments)
    assert (ended.out, ended.code) == ("", 2)
    assert reason in ended.err


def test_the_n_th_unlock_code_is_printed_in_groups_of_four(picodsc, locked):
    for n in (1, 2):
        ended = picodsc("unlock", "ds-1001", n, *BY)
        assert ended.out == grouped(unlock_code(SECRET, "DS-1001", n).decode())
        assert (ended.err, ended.code) == ("", 0)


def test_how_the_user_was_identified_is_asked_for_and_needed(picodsc, locked):
    ended = picodsc("unlock", "DS-1001", "1")
    assert (ended.out, ended.code) == ("", 2)
    assert "--identified-by" in ended.err
    ended = picodsc("unlock", "DS-1001", "1", stdin="known voice\n")
    assert ended.out == grouped(unlock_code(SECRET, "DS-1001", 1).decode())
    assert "identified_by known voice" in picodsc("inventory", "history").out


def test_a_code_out_of_step_needs_a_word_of_its_own(picodsc, locked):
    first = picodsc("unlock", "DS-1001", "1", *BY).out
    ended = picodsc("unlock", "DS-1001", "1", *BY)
    assert (ended.out, ended.code) == ("", 1)
    assert "--again" in ended.err
    assert picodsc("unlock", "DS-1001", "1", *BY, "--again").out == first
    ended = picodsc("unlock", "DS-1001", "7", *BY)
    assert (ended.out, ended.code) == ("", 1)
    assert "--ahead" in ended.err
    code = unlock_code(SECRET, "DS-1001", 7).decode()
    assert picodsc("unlock", "DS-1001", "7", *BY, "--ahead").out == grouped(code)


@pytest.mark.parametrize("n", ["0", "x", "1.0", "٣", "18446744073709551616", "9" * 5000])
def test_a_number_that_no_token_shows_exits_2(picodsc, locked, n):
    ended = picodsc("unlock", "DS-1001", n, *BY)
    assert (ended.out, ended.code) == ("", 2)
    assert "number" in ended.err


def test_a_token_in_soft_mode_has_no_unlock_codes(picodsc, seal):
    seal()
    ended = picodsc("unlock", "DS-1001", "1", *BY)
    assert (ended.out, ended.code) == ("", 2)
    assert "soft mode" in ended.err


@pytest.mark.parametrize("arguments", [("confirm", "DS-1001", NUMBER), ("unlock", "DS-1001", "1", *BY)])
def test_without_an_inventory_they_say_how_to_make_one(picodsc, home, arguments):
    ended = picodsc(*arguments)
    assert ended.code == 2
    assert "picodsc token new" in ended.err
    assert not home.exists()


def test_the_help_desk_goes_by_the_operator_s_policy(picodsc, locked, tmp_path, monkeypatch):
    policy = tmp_path / "policy.toml"
    policy.write_text("[[policy]]\neffective = 2020-01-01\n[policy.help_desk]\nunlock_codes = 1\n")
    monkeypatch.setenv("PICODSC_POLICY", str(policy))
    assert picodsc("unlock", "DS-1001", "1", *BY).code == 0
    ended = picodsc("unlock", "DS-1001", "2", *BY)
    assert (ended.out, ended.code) == ("", 1)
    policy.write_text("[[policy]]\neffective = 2020-01-01\n[policy.help_desk]\nunlock_codes = 21\n")
    ended = picodsc("unlock", "DS-1001", "2", *BY)
    assert (ended.out, ended.code) == ("", 2)
    assert str(policy) in ended.err
    assert "unlock_codes" in ended.err
