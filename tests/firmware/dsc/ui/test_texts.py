"""The tables of texts: the same names in every language, all of it drawn by the fonts and within the display."""

import ast
from pathlib import Path

import pytest

from dsc.ui import languages, texts
from dsc.ui.font import draws
from dsc.ui.languages import english, french, german, japanese, russian
from dsc.ui.measure import width_of, wrap

TABLES = {
    texts.ENGLISH: english.table(),
    texts.FRENCH: french.table(),
    texts.GERMAN: german.table(),
    texts.RUSSIAN: russian.table(),
    texts.JAPANESE: japanese.table(),
}
ENGLISH = TABLES[texts.ENGLISH]
FIRMWARE = Path(texts.__file__).parents[1]
WIDTH = 128
# Broken into lines; at most four, so that the cause and the legend stand below.
WRAPPED = (
    {"halt.selftest", "halt.vault-damaged", "halt.vault-newer", "halt.vault-worn"}
    | {
        "error.stopped",
        "error.restarted",
        "error.vault-full",
        "error.suite",
    }
    | {
        "activation.message",
        "confirmation.type",
        "labels.last",
        "labels.warning",
        "blocked.message",
        "change.done",
        "change.nobody",
        "change.number",
        "change.refused",
        "locked.message",
        "mutual.wrong",
        "new-pin.same",
        "pin.differs",
        "plain.no-time",
        "possession.message",
        "reset.erasing",
        "reset.hold",
        "reset.type",
        "unlock.left",
        "weak.common",
        "weak.repeated-digit",
        "weak.repeated-pattern",
        "weak.straight-run",
        "weak.year",
    }
)
LINES = 4
MEDIUM = {"factory.title", "halt.title", "error.title"} | {
    "blocked.title",
    "change.title",
    "delay.title",
    "locked.title",
    "mutual.title",
    "pin.refused",
    "plain.title",
    "reset.title",
    "unlock.title",
    "unlock.wrong",
}
# Larger texts stand below or above these.
FEWER_LINES = {"confirmation.type": 2, "change.number": 3, "locked.message": 3}
# Cut where they are shown, for their values may be long.
FITTED = {"locked.number", "about.serial", "about.board"}
# What stands to the right of a text on its line.
BESIDE = {
    "battery.low": 2 * texts.PIN_PROMPT,
    "menu.key": "A↑B↓ 64/64",
    "menu.search": "64/64",
    "menu.title": "9/9",
    "choose.title": "64/64",
    "review.title": "9/9",
    "pin.development": 2 * texts.PIN_PROMPT,
}
# The widest values that go into the braces.
VALUES = {
    "about.supply": ("5.0",),
    "confirmation.type": ("0000",),
    "labels.warning": ("W" * 24,),
    "menu.search": ("2" * 8,),
    "settings.seconds": (300,),
    "text.full": (24,),
    "text.legend": ("abc",),
    "pin.length": (8,),
    "challenge.full": (64,),
    "challenge.short": (64, 64),
    "challenge.position": (64, 64),
    "number.full": (34,),
    "number.short": (15, 16),
    "reset.type": ("0000",),
    "review.unseen": (9,),
    "about.version": ("10.10.10",),
    "about.free": (999,),
    "about.rounds": (999999,),
    "about.development": (9999,),
    "blocked.message": ("X" * 20,),
    "change.answer": ("1234 5678",),
    "change.wrong": (2,),
    "delay.left": (255,),
    "delay.wait": ("15:00",),
    "unlock.left": (255,),
    "factory.serial": ("X" * 20,),
    "factory.version": ("10.10.10",),
}

every_text = pytest.mark.parametrize(
    ("language", "name"), [(language, name) for language in TABLES for name in ENGLISH]
)


@pytest.fixture(autouse=True)
def english_again():
    yield
    texts.use(texts.ENGLISH)


@every_text
def test_every_language_has_every_text_with_the_same_braces(language, name):
    assert TABLES[language][name].count("{}") == ENGLISH[name].count("{}")
    assert TABLES[language][name].replace("{}", "").count("{") == 0
    assert bool(TABLES[language][name]) == bool(ENGLISH[name])


@pytest.mark.parametrize("language", TABLES)
def test_no_language_has_a_text_that_english_lacks(language):
    assert set(TABLES[language]) <= set(ENGLISH)


@every_text
def test_the_fonts_draw_every_character(language, name):
    assert all(draws(ord(character)) for character in TABLES[language][name])


@every_text
def test_every_text_fits_with_its_widest_values(language, name):
    text = TABLES[language][name].format(*VALUES.get(name, ("",) * ENGLISH[name].count("{}")))
    if name in WRAPPED:
        assert len(wrap(text, WIDTH)) <= FEWER_LINES.get(name, LINES)
    elif name in MEDIUM:
        assert 2 * width_of(text) <= WIDTH
    elif name not in FITTED:
        assert width_of(text) + width_of(BESIDE.get(name, "")) <= WIDTH


@every_text
def test_texts_with_values_are_known_to_the_test_above(language, name):
    assert ("{}" in TABLES[language][name]) == (name in VALUES or name in FITTED)


@pytest.mark.parametrize("language", TABLES)
def test_the_pin_screens_legends_stand_in_the_same_places(language):
    table = TABLES[language]
    idle, typing = table["pin.legend"], table["pin.legend-typing"]
    assert width_of(idle[: idle.index("*C")]) == width_of(typing[: typing.index("*C")])
    assert width_of(idle) == width_of(typing)


@pytest.mark.parametrize("language", TABLES)
def test_legends_name_the_same_keys_in_the_same_order(language):
    def keys(text: str) -> list[str]:
        return [text[place : place + 2] for place in range(len(text)) if text[place] in "*#"]

    for name in ENGLISH:
        if "legend" in name:
            assert keys(TABLES[language][name]) == keys(ENGLISH[name])
            for key in ("A ", "B "):
                assert (key in TABLES[language][name]) == (key in ENGLISH[name])


def test_there_is_a_module_for_each_language_and_no_other():
    modules = {path.stem for path in Path(languages.__file__).parent.glob("*.py")} - {"__init__"}
    assert modules == {"english", "french", "german", "russian", "japanese"}


def test_each_language_is_called_as_it_calls_itself_and_can_be_drawn():
    assert texts.LANGUAGES == ("English", "Français", "Deutsch", "Русский", "日本語")
    assert len(TABLES) == len(texts.LANGUAGES)
    assert all(draws(ord(character)) for name in texts.LANGUAGES for character in name)


def test_every_text_is_used_and_every_text_used_is_there():
    used = set()
    for path in FIRMWARE.glob("app/*.py"):
        used |= {
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ENGLISH
        }
    assert used == set(ENGLISH)


@pytest.mark.parametrize("language", TABLES)
def test_the_language_that_is_used_is_the_one_that_speaks(language):
    texts.use(language)
    assert {name: texts.text(name, *VALUES.get(name, ("", ""))) for name in ENGLISH} == {
        name: text.format(*VALUES.get(name, ("", ""))) for name, text in TABLES[language].items()
    }


@pytest.mark.parametrize("language", [5, 255, -1])
def test_a_language_of_later_firmware_is_english(language):
    texts.use(texts.GERMAN)
    texts.use(language)
    assert texts.text("error.title") == "ERROR"


def test_values_go_into_the_braces():
    assert texts.text("challenge.short", 3, 6) == "3 of 6 digits. OK?"


def test_a_name_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        texts.text("nothing")
