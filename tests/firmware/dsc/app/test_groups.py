"""Numbers that the user takes elsewhere, in large mode: one group of digits at a time, and all of them."""

import pytest

from dsc.crypto.ocra import Suite, mutual
from dsc.protocol.settings import LARGE_MODE, Settings
from dsc.ui.keypad import OK
from dsc.vault.store import Vault
from fakes import units
from fakes.pin_user import CHALLENGE, CHANGE, NEW, STOP, menu, soft_flash, token
from fakes.running_token import shows, typed
from fakes.units import Made

SERVER = "OCRA-1:HOTP-SHA512-8:QN06"
PAGE = Suite.parse(SERVER)
CHANGING = (menu(CHANGE), *typed(units.PIN.decode()), *typed(NEW), *typed(NEW))


def large(*credentials):
    """The flash of a token in large mode."""
    flash = soft_flash(credentials)
    Vault.mount(flash).replace_settings(Settings(flags=LARGE_MODE))
    return flash


def read(into):
    """Note the digits on the screen."""

    def look(running):
        into.append(running.screen.large.replace(" ", ""))
        return []

    return look


def test_the_number_for_the_page_comes_in_two_groups_and_its_answer_is_to_both():
    seen = []

    def answer(_):
        code = mutual(PAGE, units.server_key(0, SERVER), "".join(seen), CHALLENGE)
        return [*typed(CHALLENGE), *typed(code)]

    running = token(large(Made(server=SERVER)))
    running.use(
        shows("Type into the page:"), shows("1/2"), read(seen), OK, shows("2/2"), read(seen), OK, answer
    )
    assert [len(group) for group in seen] == [3, 3]
    assert "PIN>" in running.screen.text


def test_the_number_for_the_service_comes_in_two_groups():
    seen = []
    token(large(Made())).use(
        *CHANGING, shows("For your service:"), read(seen), "B", read(seen), OK, shows("Answer to")
    )
    assert [len(group) for group in seen] == [4, 4]


@pytest.mark.parametrize(
    ("keys", "shown"),
    [("A", "1/2"), ("B", "2/2"), ("BB", "2/2"), ("BA", "1/2"), ("7", "1/2"), ("BAB", "2/2")],
)
def test_a_turns_back_and_b_turns_on(keys, shown):
    assert shown in token(large(Made(server=SERVER))).use(*keys).screen.text


def test_the_first_group_is_a_first_screen_with_its_menu():
    token(large(Made(server=SERVER))).use(shows("D Menu"), "B", "D", shows("Change PIN"))


def test_holding_c_ends_it():
    assert "PIN>" in token(large(Made())).use(*CHANGING, "B", STOP).screen.text
