"""The table of texts: everything fits the display, and the font draws it."""

import ast
from pathlib import Path

import pytest

from dsc.ui import texts
from dsc.ui.font import SMALL

COLUMNS, WIDE_COLUMNS = 21, 10
FIRMWARE = Path(texts.__file__).parents[1]
WRAPPED = {"halt.selftest", "halt.vault-damaged", "halt.vault-newer", "halt.vault-worn"} | {
    "error.stopped",
    "error.restarted",
    "error.vault-full",
    "error.suite",
}


@pytest.mark.parametrize("name", texts.ENGLISH)
def test_the_font_draws_every_character(name):
    assert all(SMALL.has(ord(character)) for character in texts.ENGLISH[name])


@pytest.mark.parametrize("name", [name for name in texts.ENGLISH if name not in WRAPPED])
def test_every_line_fits(name):
    columns = WIDE_COLUMNS if name.endswith(".title") and name[0] in "feh" else COLUMNS
    assert len(texts.ENGLISH[name].replace("{}", "")) <= columns


def test_every_text_is_used_and_every_text_used_is_there():
    used = set()
    for path in FIRMWARE.glob("app/*.py"):
        used |= {
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in texts.ENGLISH
        }
    assert used == set(texts.ENGLISH)


def test_values_go_into_the_braces():
    assert texts.text("challenge.short", 3, 6) == "3 of 6 digits. OK?"


def test_a_name_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        texts.text("nothing")


def test_what_is_too_long_ends_in_an_ellipsis():
    assert texts.fitted("Household", 21) == "Household"
    assert texts.fitted("x" * 22, 21) == "x" * 20 + "…"
