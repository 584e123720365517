"""A simulated token and the help desk's commands: what its screen shows is told, and what is told is typed."""

from contextlib import contextmanager

import pytest

from fakes.desk import Desk
from host_tools.engines.open import open_engine
from host_tools.simulator.folder import TokenFolder

PIN, NEW = "7294", "8305"


@pytest.fixture
def token(picodsc, tmp_path):
    """Switches the token on."""
    made = picodsc(
        "token", "new", tmp_path / "t", "--serial", "DEV-1", "--pin", PIN, "--rounds", "16", "--duress"
    )
    assert made.code == 0

    @contextmanager
    def on():
        with open_engine("cpython", TokenFolder.load(tmp_path / "t").unit()) as engine:
            yield Desk(engine)

    return on


def response(picodsc, token, pin):
    question = picodsc("confirm", "DEV-1", "--challenge").out.split()[1]
    with token() as desk:
        return desk.login(pin, question)


def change(picodsc, desk, old, new):
    """Begins a change on the token, has its number confirmed, and types what was told."""
    desk.do("press D")
    desk.do(f"press {'B ' * (desk.screen.lines.index('Change PIN') - 1)} OK")
    for pin in (old, new, new):
        desk.type(pin)
    number = desk.screen.large
    desk.do("press OK")
    told = picodsc("confirm", "DEV-1", number)
    assert (told.err, told.code) == ("", 0)
    desk.type(told.out.replace(" ", "").strip())


@pytest.mark.parametrize("pin", [PIN, "2294"], ids=["with the PIN", "with the duress PIN"])
def test_a_change_that_the_help_desk_confirms_is_made(picodsc, token, pin):
    given = response(picodsc, token, pin)
    assert picodsc("confirm", "DEV-1", "--response", given).out == "accepted\n"
    with token() as desk:
        change(picodsc, desk, pin, NEW)
        desk.do('expect "The new PIN is set."')


def test_whoever_answered_with_another_pin_than_he_changes_gets_nothing_that_the_token_takes(picodsc, token):
    given = response(picodsc, token, PIN)
    assert picodsc("confirm", "DEV-1", "--response", given).out == "accepted\n"
    with token() as desk:
        change(picodsc, desk, "7295", NEW)
        desk.do('expect "Wrong. Tries left: 2"')
