"""The witness complains of each thing that could befall a text, and of nothing else."""

from unittest import mock

import pytest

from dsc.app import about, notice
from dsc.app.errors import TimedOut
from dsc.ui import texts
from fakes.drawing_witness import DrawingWitness
from fakes.near_engine import NearEngine
from fakes.scripted_token import ScriptedToken
from flows.units import UNITS
from host_tools.simulator.script import Player, parse

MENU = "press D"


def seen(folder, script, unit="login", **changed):
    """A witness of a script on a token whose English has some other texts."""
    witness = DrawingWitness()
    changed = {name.replace("__", "-").replace("_", "."): text for name, text in changed.items()}
    with (
        witness.watching(texts.ENGLISH),
        mock.patch.dict(texts._table, changed),
        NearEngine(UNITS[unit](folder, texts.ENGLISH)) as engine,
    ):
        engine.power_on()
        Player(engine, lambda said: None).play(parse(script))
    return witness


def test_there_is_nothing_to_complain_of(tmp_path):
    witness = seen(tmp_path, MENU)
    assert witness.complaints == []
    assert {"pin.legend", "menu.title", "menu.language", "choose.legend", "PIN_PROMPT"} <= witness.whole
    assert not {"menu.about", "mutual.wrong"} & witness.whole


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"menu_title": "All that it can do"}, "menu.title is cut: All that it can …"),
        ({"menu_language": "Language of the screens"}, "menu.language is cut: Language of the sc…"),
        ({"choose_legend": "A up  B down  #OK  *C "}, "is not drawn: 132 by 8 pixels at (0, 56) leave"),
        (
            {"menu_language": "Lanɠuage"},
            "Lanɠuage             is not drawn: the font has no glyph for U+0260",
        ),
    ],
)
def test_a_text_that_is_cut_or_not_drawn_is_noticed(changed, complaint, tmp_path):
    witness = seen(tmp_path, MENU, **changed)
    assert any(complaint in one for one in witness.complaints), witness.complaints
    assert next(iter(changed)).replace("_", ".") not in witness.whole


def test_a_text_below_the_last_row_is_noticed(tmp_path):
    message = "Asks for no PIN: " + "whoever has the token gets the code, " * 4
    witness = seen(tmp_path, "", "open", possession_message=message)
    assert "is not drawn: 126 by 8 pixels at (0, 64) leave" in "".join(witness.complaints)
    assert "possession.message" not in witness.whole


def test_a_word_that_is_broken_is_noticed(tmp_path):
    witness = seen(tmp_path, "", "open", possession_message="Asks for no " + "personal" * 3)
    assert witness.complaints == [f"possession.message has a word that is broken: {'personal' * 3}"]


def test_a_page_of_a_text_that_nobody_turns_is_no_whole_text():
    witness = DrawingWitness()
    with witness.watching(texts.ENGLISH):
        for keys in ([], ["B"]):
            assert "mutual.wrong" not in witness.whole
            with pytest.raises(TimedOut):
                notice.show(ScriptedToken(keys, 32), "TITLE", "First\n" * 2 + texts.text("mutual.wrong"))
    assert witness.complaints == []
    assert "mutual.wrong" in witness.whole


@pytest.mark.parametrize(
    ("draw", "complaints"),
    [
        (lambda canvas: canvas.text(18, 0, "Sign"), ["this is drawn over by Sign"]),
        (lambda canvas: canvas.text(24, 0, "Sign"), ["this and Sign touch"]),
        (lambda canvas: canvas.text(27, 0, "Sign"), []),
        (lambda canvas: canvas.text(24, 8, "Sign"), []),
        (lambda canvas: canvas.text(18, 0, "  Sign"), ["this is drawn over by   Sign"]),
        (lambda canvas: canvas.text(24, 0, "  Sign"), []),
        (lambda canvas: canvas.text_medium(0, 0, "12"), ["this is drawn over by 12"]),
        (lambda canvas: canvas.large(16, 0, b"1"), ["this is drawn over by 1"]),
        (lambda canvas: canvas.huge_centred(0, b"1234"), ["this is drawn over by 1234"]),
        (lambda canvas: canvas.bar(0, 0, 40, 5, 500), ["this is drawn over by a bar"]),
        (lambda canvas: canvas.text(0, 0, "that"), []),
        (lambda canvas: (canvas.clear(), canvas.text(6, 0, "Sign")), []),
        (lambda canvas: (canvas.clear_lines(0, 8), canvas.text(6, 0, "Sign")), []),
        (
            lambda canvas: (canvas.clear_lines(8, 8), canvas.text(6, 0, "Sign")),
            ["this is drawn over by Sign"],
        ),
    ],
)
def test_what_is_drawn_over_another_text_is_noticed(draw, complaints):
    witness = DrawingWitness()
    with witness.watching(texts.ENGLISH):
        canvas = ScriptedToken([]).canvas
        canvas.text(0, 0, "this")
        draw(canvas)
    assert witness.complaints == complaints


def test_a_value_may_be_cut_and_what_stands_around_it_may_not():
    witness = DrawingWitness()
    with witness.watching(texts.ENGLISH):
        texts.text("about.serial", "DS-" + "0815" * 6)
        about.fitted("Serial DS-" + "0815" * 6, 128)
        assert witness.complaints == []
        about.fitted("Serial DS-" + "0815" * 6, 30)
    assert witness.complaints == ["about.serial is cut: Seri…"]
