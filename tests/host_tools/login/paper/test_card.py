"""The printed card: each code beside its number, what it says, and that file and picture show the same."""

import io
from dataclasses import replace
from datetime import date

import pytest
from PIL import Image, ImageChops, ImageFilter

from fakes import printed
from host_tools.login.paper.card import Card, Paper, draw_pdf, draw_png
from host_tools.login.paper.languages import texts
from host_tools.login.rules import cards
from host_tools.login.rules.cards import Shape
from host_tools.policy.kinds import DeviceKind
from host_tools.station.paper.errors import TooLongError, UnknownLanguageError, UnprintableError

ENGLISH = Card("CC-0000017")
SIZES = {Paper.A4: (210, 297), Paper.LETTER: (215.9, 279.4)}
DPI = 100
FINE = 200
SOFTENED = 3  # pixels of blur: the two renderers differ in how they shade an edge
FEW = 55  # of 255


def beside(path, codes):
    """Number -> code, for each code as drawn: the text before it on its line, close to it."""
    places = printed.places(path)
    wanted = {code.decode() for code in codes}
    found = {}
    for text, x, y in places:
        if text not in wanted:
            continue
        before = [(left, other) for other, left, height in places if abs(height - y) < 0.1 and left < x]
        left, number = max(before)
        if number.isdigit():
            assert x - left < 60
            assert int(number) not in found
            found[int(number)] = text
    return found


def test_each_code_stands_beside_its_number(pdf, card, codes):
    draw_pdf(pdf, card, codes)
    assert beside(pdf, codes) == {number: code.decode() for number, code in enumerate(codes, 1)}
    assert len(codes) == 224


def test_readers_take_each_row_as_numbers_and_codes_in_order(pdf, card, codes):
    draw_pdf(pdf, card, codes)
    (text,) = printed.texts(pdf)
    assert text.endswith("".join(f"{number}{code.decode()}" for number, code in enumerate(codes, 1)))


def test_it_is_one_page_of_the_paper_and_stays_off_its_edges(pdf, card, codes):
    draw_pdf(pdf, card, codes)
    assert printed.sizes(pdf) == [pytest.approx(SIZES[card.paper], abs=0.1)]
    (page,) = printed.pages(pdf, DPI)
    left, top, right, bottom = page.point(lambda grey: 255 * (grey < 250)).getbbox()
    edge = 14 / 25.4 * DPI
    assert min(left, top, page.width - right, page.height - bottom) > edge


def test_a_card_says_all_that_its_language_has_to_say(pdf, card, codes):
    for kind in (DeviceKind.ONLINE_SECURITY_CODE_CARD, DeviceKind.SECURITY_CODE_CARD):
        draw_pdf(pdf, replace(card, kind=kind), codes)
        (text,) = printed.texts(pdf)
        other = {
            f"title.{each}" for each in DeviceKind if each is not kind
        } | {"contact", "contact.none"}  # fmt: skip
        for name, words in texts(card.language).items():
            if name not in other:
                assert printed.spaceless(words) in text, name
        said = (card.serial, card.user, card.sender, card.contact, "2026-11-30", "2026-12-21")
        for words in said:
            assert printed.spaceless(words) in text
        pdf.unlink()


def test_without_a_contact_it_says_how_to_find_one(pdf, card, codes):
    draw_pdf(pdf, replace(card, contact=""), codes)
    assert printed.spaceless(texts(card.language)["contact.none"]) in printed.texts(pdf)[0]


def test_what_is_not_known_is_left_out(pdf, codes):
    draw_pdf(pdf, ENGLISH, codes)
    (text,) = printed.texts(pdf)
    for name in ("user", "date", "expires"):
        assert printed.spaceless(f"{ENGLISH.serial}{texts('en')[name]}") not in text
    assert "Validuntil" not in text


@pytest.mark.parametrize("spoken", ["en", "ja"])
def test_the_same_card_is_the_same_file(codes, spoken):
    card = replace(ENGLISH, language=spoken)
    made = []
    for _ in range(2):
        files = io.BytesIO(), io.BytesIO()
        draw_pdf(files[0], card, codes)
        draw_png(files[1], card, codes, DPI)
        made.append([file.getvalue() for file in files])
    assert made[0] == made[1]


def difference(pdf, png):
    """How far apart file and picture are at most, of 255."""
    (page,) = printed.pages(pdf, FINE)
    with Image.open(png) as picture:
        assert picture.info["dpi"] == pytest.approx((FINE, FINE), abs=0.1)
        assert picture.size == pytest.approx(page.size, abs=1)
        blur = ImageFilter.GaussianBlur(SOFTENED)
        both = page.filter(blur), picture.convert("L").resize(page.size).filter(blur)
    return ImageChops.difference(*both).getextrema()[1]


def test_the_picture_shows_what_the_file_shows(pdf, png, card, codes):
    draw_pdf(pdf, card, codes)
    draw_png(png, card, codes, FINE)
    assert difference(pdf, png) <= FEW


def test_that_comparison_would_notice_one_other_character(pdf, png, codes):
    other = [bytearray(code) for code in codes]
    other[99][1:2] = b"1"  # was 4
    draw_pdf(pdf, ENGLISH, codes)
    draw_png(png, ENGLISH, other, FINE)
    assert difference(pdf, png) > FEW


def test_every_font_is_embedded(pdf, card, codes):
    draw_pdf(pdf, card, codes)
    assert all(printed.fonts(pdf).values())
    assert b"Helvetica" not in pdf.read_bytes()


def test_a_zero_is_no_o(png):
    drawn = []
    for code in (b"000", b"OOO"):
        draw_png(png, ENGLISH, [bytearray(code)] * 2)
        with Image.open(png) as picture:
            drawn.append(picture.convert("L"))
        png.unlink()
    assert ImageChops.difference(*drawn).getextrema()[1] > 150


@pytest.mark.parametrize(
    ("count", "length"), [(2, 1), (2, 16), (11, 8), (100, 3), (100, 8), (230, 3), (300, 1), (300, 3)]
)
def test_cards_of_other_shapes_fit(pdf, count, length):
    made = cards.values(bytearray(32), Shape(count, length, "MW"))
    draw_pdf(pdf, ENGLISH, made)
    assert beside(pdf, made) == {number: code.decode() for number, code in enumerate(made, 1)}
    (page,) = printed.pages(pdf, DPI)
    _, _, right, bottom = page.point(lambda grey: 255 * (grey < 250)).getbbox()
    assert max(right - page.width, bottom - page.height) < -14 / 25.4 * DPI


@pytest.mark.parametrize(("count", "length"), [(300, 16), (1000, 3), (400, 8)])
def test_a_card_with_more_than_can_be_read_is_refused(pdf, count, length):
    made = cards.values(bytearray(32), Shape(count, length, "MW"))
    with pytest.raises(
        TooLongError, match="the list of codes is too long: there is room for fewer or shorter"
    ):
        draw_pdf(pdf, ENGLISH, made)
    assert not pdf.exists()


@pytest.mark.parametrize("name", ["山田 太郎", "Жанна Щукина"])
def test_names_in_other_scripts_are_printed_and_drawn(pdf, png, codes, name):
    draw_pdf(pdf, replace(ENGLISH, user=name), codes)
    assert printed.spaceless(name) in printed.texts(pdf)[0]
    draw_png(png, replace(ENGLISH, user=name), codes)
    assert png.exists()


@pytest.mark.parametrize("draw", [draw_pdf, draw_png])
@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"user": "محمد"}, UnprintableError),
        ({"serial": "a\tb"}, UnprintableError),
        ({"user": "x" * 400}, TooLongError),
        ({"sender": "x" * 400}, TooLongError),
        ({"contact": "call us " * 300}, TooLongError),
        ({"language": "it"}, UnknownLanguageError),
    ],
)
def test_what_cannot_be_printed_makes_no_file(pdf, codes, draw, changed, error):
    with pytest.raises(error):
        draw(pdf, replace(ENGLISH, **changed), codes)
    assert not pdf.exists()


@pytest.mark.parametrize("sheet", list(Paper))
def test_the_longest_of_everything_has_room(pdf, language, sheet, codes):
    longest = Card(
        serial="W" * 16,
        user="Wörter " * 9,
        sender="Example Bank · Department of Cards · 1 Bank Street · London EC1 · United Kingdom",
        contact="+44 20 7946 0000, Monday to Friday from 8 to 18, and help@bank.example at any time",
        day=date(2026, 11, 30),
        expires=date(9999, 12, 31),
        language=language,
        paper=sheet,
    )
    draw_pdf(pdf, longest, [bytearray(b"WWW")] * len(codes))
    assert beside(pdf, [bytearray(b"WWW")]) == dict.fromkeys(range(1, 225), "WWW")
