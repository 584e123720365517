"""Notices: the whole text can be read on either panel, and only then OK ends it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.app import notice
from dsc.app.errors import Cancelled, MenuWanted, TimedOut
from dsc.app.screen import Pages
from dsc.ui.canvas import wrap
from fakes.scripted_token import HELD_C, ScriptedToken

TEXTS = st.lists(
    st.sampled_from(["word", "longer", "a", "Wörter", "слово", "0123456789"]), min_size=1, max_size=60
)
HEIGHTS = st.sampled_from([32, 64])


@given(TEXTS, HEIGHTS)
def test_ok_turns_every_page_and_ends_at_the_last(words, height):
    message = " ".join(words)
    lines = wrap(message, 128)
    pages = 1
    while True:
        token = ScriptedToken(["OK"] * pages, height)
        try:
            notice.show(token, "TITLE", message)
        except TimedOut:
            pages += 1
            continue
        break
    shown = [line for screen in token.screens for line in screen.lines]
    assert [line for line in lines if line not in shown] == []


@given(TEXTS, st.lists(st.sampled_from("AB"), max_size=12), HEIGHTS)
def test_pages_turn_within_the_text(words, keys, height):
    token = ScriptedToken([], height)
    pages = Pages(token.canvas, "TITLE", wrap(" ".join(words), 128), "#OK")
    rows = token.canvas.layout.body_rows
    last = (len(wrap(" ".join(words), 128)) - 1) // rows
    page = 0
    for key in keys:
        turned = max(page - 1, 0) if key == "A" else min(page + 1, last)
        assert pages.turn(key) == (turned != page)
        page = turned
        pages.draw()
        assert (f"{page + 1}/{last + 1}" in token.screen.text) == (last > 0)
        assert pages.is_last == (page == last)


def test_yes_is_ok_and_no_is_c(height):
    assert notice.ask(ScriptedToken(["A", "5", "OK"], height), "TITLE", "Sure?")
    assert not notice.ask(ScriptedToken(["C"], height), "TITLE", "Sure?")
    token = ScriptedToken([], height)
    with pytest.raises(TimedOut):
        notice.ask(token, "TITLE", "Sure?")
    assert "*C No" in token.screen.text
    assert "#OK Yes" in token.screen.text


def test_keys_do_not_put_the_end_off(height):
    token = ScriptedToken(["A", 500, "B", 600, "OK"], height)
    with pytest.raises(TimedOut):
        notice.show(token, "TITLE", "Text.", wait_ms=1000)


def test_holding_c_cancels_and_d_leads_to_the_menu_on_a_first_screen(height):
    with pytest.raises(Cancelled):
        notice.show(ScriptedToken([HELD_C], height), "TITLE", "Text.")
    with pytest.raises(MenuWanted):
        notice.show(ScriptedToken(["D"], height), "TITLE", "Text.", is_first=True)
    with pytest.raises(TimedOut):
        notice.show(ScriptedToken(["D"], height), "TITLE", "Text.")
