"""`picodsc station label` and `picodsc station letter`, as they are typed."""

import pytest

from fakes import printed
from host_tools.inventory import Inventory, Location, NewCredential

PIN = "482913"
SERIAL = "PD-0000017"


@pytest.fixture
def token(home):
    """A sealed token whose letter is to be made."""
    with Inventory.open(Location.inside(home)) as inventory:
        inventory.record_in_doubt(
            SERIAL,
            board="b",
            uid=b"u",
            firmware_version="0",
            credentials=[NewCredential(id=bytes(16), label="Login", key=bytearray(32))],
            user="Ada Example",
            pin=bytearray(PIN.encode()),
            letter=True,
        )
        inventory.mark_sealed(SERIAL)


def test_a_label_is_made(picodsc, token, tmp_path):
    out = tmp_path / "labels.pdf"
    ended = picodsc("station", "label", SERIAL.lower(), "--out", out)
    assert (ended.err, ended.code) == ("", 0)
    assert ended.out == f"{out}: 1 label on 1 page, Avery L7651, 65 a sheet\n"
    assert printed.texts(out) == [SERIAL]


def test_labels_go_on_a_used_sheet(picodsc, token, tmp_path):
    out = tmp_path / "labels.pdf"
    options = ("--stock", "avery-l7160", "--skip", 20, "--out", out)
    assert picodsc("station", "label", SERIAL, SERIAL, *options).out.endswith(
        "2 labels on 2 pages, Avery L7160, 21 a sheet\n"
    )


def test_the_help_lists_every_stock(picodsc):
    from host_tools.station.paper.stocks import DEFAULT, STOCKS

    shown = picodsc("station", "label", "--help").out
    for one in STOCKS:
        assert f"{one.name} " in shown
        assert f"{one.width:g} x {one.height:g} mm" in shown
    assert f"default: {DEFAULT}" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((SERIAL, "--stock", "l7160"), "there is no label stock 'l7160'; there are avery-l4731"),
        ((SERIAL, "--skip", "65"), "65 labels cannot be skipped"),
        (("PD-0000071",), "did you mean PD-0000017"),
        (("W" * 32,), "no token has the serial"),
    ],
)
def test_a_label_that_cannot_be_made_says_why(picodsc, token, tmp_path, arguments, message):
    out = tmp_path / "labels.pdf"
    ended = picodsc("station", "label", *arguments, "--out", out)
    assert (ended.out, ended.code) == ("", 2)
    assert message in ended.err
    assert not out.exists()


def test_a_letter_is_made_once_and_the_pin_is_in_no_output(picodsc, token, tmp_path):
    out = tmp_path / "letter.pdf"
    options = ("--language", "de", "--address", "Beispielweg 1", "--address", "Berlin")
    ended = picodsc(
        "station", "letter", SERIAL, "--out", out, *options, "--sender", "Bank", "--contact", "030 1"
    )
    assert (ended.out, ended.code) == (f"{out}: 2 pages, for both sides of one sheet\n", 0)
    assert "the PIN is in this file only, and forgotten here" in ended.err
    assert PIN not in ended.out + ended.err
    front, back = printed.texts(out)
    assert front.count(PIN) == 1
    assert "AdaExampleBeispielweg1Berlin" in front
    assert "Dienst:0301" in back
    again = picodsc("station", "letter", SERIAL, "--out", tmp_path / "again.pdf")
    assert (again.out, again.code) == ("", 2)
    assert f"no PIN of token {SERIAL} is kept: its letter was made" in again.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((SERIAL, "--language", "it"), "there is no letter in 'it'; there are en, fr, de, ru, ja"),
        ((SERIAL, "--sender", "\u0645"), "the sender has characters that can't be printed (U+0645)"),
        ((SERIAL, "--contact", "x " * 999), "the contact is too long"),
        ((), "name a SERIAL, or ask for a --sample"),
        ((SERIAL, "--sample"), "name a SERIAL, or ask for a --sample"),
        (("PD-0000071",), "did you mean PD-0000017"),
    ],
)
def test_a_letter_that_cannot_be_made_says_why_and_can_be_made_later(
    picodsc, token, tmp_path, arguments, message
):
    out = tmp_path / "letter.pdf"
    ended = picodsc("station", "letter", *arguments, "--out", out)
    assert (ended.out, ended.code) == ("", 2)
    assert message in ended.err
    assert not out.exists()
    assert picodsc("station", "letter", SERIAL, "--out", out).code == 0


def test_a_sample_needs_neither_token_nor_inventory(picodsc, home, tmp_path):
    out = tmp_path / "sample.pdf"
    ended = picodsc("station", "letter", "--sample", "--language", "ja", "--out", out)
    assert (ended.err, ended.code) == ("", 0)
    assert "見本" in printed.texts(out)[0]
    assert not home.exists()
