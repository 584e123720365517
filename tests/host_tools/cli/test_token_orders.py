"""`picodsc token new`: tokens of every kind, by options and by an order in a file, as their user finds them."""

import json

import pytest

SIGNING = {
    "label": "Bank",
    "sign": "OCRA-1:HOTP-SHA256-8:QH64",
    "server": "OCRA-1:HOTP-SHA512-8:QN06",
    "form": [{"kind": "account", "label": "To"}],
}
DOOR = {"label": "Door", "kind": "open", "login": "HOTP-SHA1-6"}


@pytest.fixture
def token(picodsc, tmp_path):
    """Makes a token, and plays scripts on it."""

    def make(*options):
        return picodsc(
            "token", "new", tmp_path / "token", "--serial", "DS-1", "--pin", "4713", "--rounds", 16, *options
        )

    def play(script):
        return picodsc("simulate", "--token", tmp_path / "token", "--script", "-", stdin=script)

    make.play = play
    return make


def order(folder, **described):
    path = folder / "order.json"
    path.write_text(json.dumps(described))
    return ("--order", path)


def test_an_order_makes_all_the_credentials_that_it_names(token, picodsc, tmp_path):
    assert token(*order(tmp_path, credentials=[SIGNING, DOOR])).code == 0
    shown = token.play('expect "Bank"\npress FB OK\nexpect "Door"\npress OK\nread RESPONSE\n')
    verdict = picodsc("verify", "--serial", "DS-1", "--credential", "Door", "--response", shown.out.strip())
    assert verdict.out == "accepted\n"


def test_a_duress_pin_raises_the_alarm_and_looks_like_the_other(token, picodsc):
    assert token("--duress").code == 0
    verdicts = []
    for pin in ("4 7 1 3", "9 7 1 3", "4 7 1 4"):
        shown = token.play(f"press {pin} OK\npress 1 2 3 4 5 7 OK\nread RESPONSE\n").out.strip()
        verdicts.append(
            picodsc("verify", "--serial", "DS-1", "--challenge", "123457", "--response", shown).out
        )
    assert verdicts == ["accepted\n", "accepted with alarm\n", "rejected\n"]


def test_a_pin_from_a_letter_is_good_for_one_code(token):
    assert token("--must-change").code == 0
    login = "press 4 7 1 3 OK\n" * 2 + "press 1 2 3 4 5 7 OK\nread RESPONSE\n"
    assert token.play(login + 'press OK\nwait 1s\npress 1\nexpect "PIN CHANGE"\n').code == 0


def test_a_token_speaks_the_language_that_was_ordered(token):
    assert token("--language", "de").code == 0
    assert token.play('press D\nexpect "PIN ändern"\n').code == 0


def test_a_verified_token_tells_a_wrong_pin(token):
    assert token("--verified").code == 0
    assert token.play('press 0 0 0 0 OK\nexpect "WRONG PIN"\n').code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--verified", "--duress"), "duress"),
        (("--language", "es"), "language must be one of en, fr, de, ru, ja"),
        (("--suite", "HOTP-SHA1-5"), "HOTP-SHA1-5"),
        (("--order", "nowhere.json"), "can't read nowhere.json: no such file"),
    ],
)
def test_what_cannot_be_made_is_refused_and_leaves_nothing(token, tmp_path, options, said):
    ended = token(*options)
    assert ended.code == 2
    assert said in ended.err
    assert not (tmp_path / "token").exists()


def test_an_order_and_the_options_that_it_stands_for_exclude_each_other(token, tmp_path):
    ended = token(*order(tmp_path, credentials=[DOOR]), "--label", "Bank")
    assert (ended.code, ended.err) == (
        2,
        "picodsc: --order says which credentials there are: leave out --suite and --label\n",
    )
