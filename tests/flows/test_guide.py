"""The user's guide shows and says what the token does: pictures, links, quoted texts, times."""

import re
from pathlib import Path

import pytest
from PIL import Image

from dsc.app import change_pin, confirmation, multitap, proving, settings, timing
from dsc.app import token as running
from dsc.crypto.seal import UNLOCK_CODE_DIGITS
from dsc.protocol import duress
from dsc.ui import texts
from dsc.ui.languages import english
from flows import frames, guide
from flows.flow import FLOWS
from flows.units import UNITS
from host_tools.engines import interpreters
from host_tools.engines.open import open_engine
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import Player, parse

TEXT = guide.GUIDE.read_text(encoding="utf-8")
LINK = re.compile(r"\]\(([^)]+)\)")
QUOTED = re.compile(r"`([^`]+)`")
WORDS = {3: "three", 4: "four", 5: "five", 6: "six", 10: "ten"}
KEYS = set("0123456789ABCD*#")
ON_SCREEN = (texts.PIN_PROMPT, texts.CHALLENGE_PROMPT, "*C", "English")
VALUE = r"(\d+|[A-Z][a-z]+)"  # in a text's braces: a number, or a login's name


def anchors(path: Path) -> set[str]:
    """The headings of a page, as links name them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_shown(quoted: str) -> bool:
    """Whether the token can show this, as a whole text of its English table."""
    known = [*ON_SCREEN, *(text for text in english.table().values() if re.search("[A-Za-z]", text))]
    patterns = [VALUE.join(map(re.escape, text.split("{}"))) for text in known]
    return any(re.fullmatch(pattern, quoted) for pattern in patterns)


def row(beginning: str) -> str:
    """The line of the guide that begins so."""
    lines = [line for line in TEXT.splitlines() if line.startswith(beginning)]
    assert len(lines) == 1, beginning
    return lines[0]


@pytest.mark.parametrize("name", sorted(guide.named(TEXT)))
def test_each_picture_is_its_golden_frame(name):
    assert guide.picture(name).exists(), "draw it with make screenshots"
    with Image.open(guide.picture(name)) as stored:
        assert stored.convert("RGB").tobytes() == guide.drawn(name).convert("RGB").tobytes()
        assert stored.size == guide.drawn(name).size


def test_no_picture_is_there_that_the_guide_does_not_show():
    assert {path.stem for path in guide.FOLDER.iterdir()} == guide.named(TEXT)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_each_screen_of_each_flow_is_in_the_guide(flow):
    shown = {frames.load(texts.ENGLISH, name).sha256() for name in guide.named(TEXT)}
    names = [frames.name(flow.name, picture) for picture in flow.pictures]
    assert set(names) & guide.named(TEXT)
    assert [name for name in names if frames.load(texts.ENGLISH, name).sha256() not in shown] == []


def test_each_link_leads_somewhere():
    assert LINK.findall(TEXT)
    for target in LINK.findall(TEXT):
        name, _, anchor = target.partition("#")
        path = (guide.GUIDE.parent / name) if name else guide.GUIDE
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target


def test_the_readme_leads_to_the_guide():
    assert "docs/guide.md" in LINK.findall((guide.ROOT / "README.md").read_text(encoding="utf-8"))


def test_what_stands_in_code_type_is_a_key_or_on_the_display():
    quoted = set(QUOTED.findall(TEXT)) - KEYS
    assert len(quoted) > 50
    assert sorted(each for each in quoted if not is_shown(each)) == []


def test_a_text_that_the_token_does_not_show_would_be_noticed():
    assert is_shown("Wrong. Tries left: 2")
    assert not is_shown("Wrong. Attempts left: 2")
    assert not is_shown("Wrong PIN")


@pytest.mark.parametrize(
    ("beginning", "milliseconds"),
    [
        ("| PIN, lists, menu", timing.PATIENCE_MS),
        ("| about this token", timing.ABOUT_MS),
        ("| challenge, codes and names", timing.CHALLENGE_MS),
        ("| a notice, a warning", timing.HALT_MS),
        ("| a notice, a warning", timing.CHALLENGE_MS),
        ("| a response, a signature", timing.RESPONSE_MS),
        ("| a one-time code", timing.PLAIN_MS),
    ],
)
def test_the_guide_tells_how_long_a_screen_stays(beginning, milliseconds):
    assert f"| {milliseconds // 1000} seconds after " in row(beginning)


@pytest.mark.parametrize(
    "told",
    [
        f"| {timing.CONFIRM_MS // 60_000} minutes after the number appeared |",
        f"You have {WORDS[timing.CONFIRM_MS // 60_000]} minutes from the number to the answer",
        f"{WORDS[change_pin.TRIES]} tries in all",
        "{} seconds, then {}, {} and so on".format(*[proving.delay_s(failures) for failures in (1, 2, 3)]),
        f"{proving.LONGEST_DELAY_S // 60} minutes at most",
        f"the unlock code that you are given, {UNLOCK_CODE_DIGITS} digits",
        f"Type the {WORDS[confirmation.DIGITS]} digits that the display shows",
        f"Hold them for {WORDS[timing.RESET_HOLD_MS // 1000]} seconds",
        f"A name has {multitap.MOST} letters at most",
        f"{settings.AUTO_OFF_S[0]} to {settings.AUTO_OFF_S[-1]} seconds without a key",
        f"in {WORDS[len(settings.LEVELS)]} steps",
        f"below {running.LOW_BATTERY_MV / 1000:.1f} volts",
        f"`Language` lists {WORDS[len(texts.LANGUAGES)]}",
    ],
)
def test_the_guide_tells_the_other_limits(told):
    assert told in TEXT


@pytest.mark.parametrize(
    ("unit", "keys"),
    [
        ("login", "D 2 OK"),
        ("several", "D 2 OK"),
        ("signing", "D 2 OK\nhold C 1500ms\npress D 3 OK"),
    ],
)
def test_the_way_back_from_a_foreign_language_leads_to_english(unit, keys, tmp_path):
    with open_engine(interpreters.CPYTHON, UNITS[unit](tmp_path, texts.JAPANESE)) as engine:
        engine.power_on()
        player = Player(engine, lambda said: None)
        player.play(parse(f"press {keys}"))
        assert "English" in read_screen(engine.frame()).text
        player.play(parse("press 1 OK"))
        assert read_screen(engine.frame()).text.startswith(texts.text("menu.title"))


@pytest.mark.parametrize(("unit", "line"), [("login", 3), ("signing", 4)])
def test_a_dark_display_is_made_bright_blindly(unit, line, tmp_path):
    with open_engine(interpreters.CPYTHON, UNITS[unit](tmp_path, texts.ENGLISH)) as engine:
        engine.power_on()
        player = Player(engine, lambda said: None)
        for keys in ("B", "A"):
            player.play(parse(f"press D {line} OK {keys} {keys} {keys} {keys} {keys}"))
            brightness = engine.frame()
            player.play(parse("press OK\nhold C 1500ms"))
    assert brightness == frames.load(texts.ENGLISH, "settings-brightness")


@pytest.mark.parametrize(("pin", "alarmed"), [(b"4711", "9711"), (b"8305", "3305")])
def test_the_duress_pins_of_the_guide_are_right(pin, alarmed):
    assert duress.moved(pin, duress.DEFAULT[: len(pin)]).decode() == alarmed
    assert pin.decode() in TEXT
    assert alarmed in TEXT
