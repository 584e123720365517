"""The PIN letter: what it says, where the PIN lies on it, and what covers the PIN when it is folded."""

import base64
import random
import re
import zlib
from collections import Counter
from dataclasses import replace

import pytest
from PIL import ImageChops, ImageOps

from fakes import printed
from host_tools.station.paper import letter as letters
from host_tools.station.paper.errors import TooLongError, UnknownLanguageError, UnprintableError
from host_tools.station.paper.languages import TABLES
from host_tools.station.paper.letter import Letter, draw

PIN = b"482913"
ENGLISH = Letter("PD-0000017")
DPI = 150
SIDES = 2


def drawn(paper, letter, pin=PIN, seed=1):
    draw(paper, letter, None if pin is None else bytearray(pin), random.Random(seed))
    return printed.texts(paper)


def band(page, low, high):
    """What of a page lies between two heights above its foot, in points."""
    top, bottom = (page.height - round(height / 72 * DPI) for height in (high, low))
    return page.crop((0, top, page.width, bottom))


def in_clear(stream):
    """A stream of a PDF without its packing."""
    packed = stream.strip()
    if packed.endswith(b"~>"):
        packed = base64.a85decode(packed[:-2])
    return zlib.decompress(packed)


def inked(picture):
    """The box of what is printed, and the share of it that is dark."""
    dark = picture.point(lambda grey: 255 * (grey < 140))
    box = dark.getbbox()
    part = dark.crop(box)
    return box, part.histogram()[255] / (part.width * part.height)


def test_it_has_two_sides_of_a4(paper, letter):
    drawn(paper, letter)
    assert printed.sizes(paper) == [pytest.approx((210, 297), abs=0.1)] * SIDES


def test_the_pin_is_on_it_exactly_once(paper, letter):
    front, back = drawn(paper, letter)
    assert front.count(PIN.decode()) == 1
    assert PIN.decode() not in back


def test_a_letter_says_all_that_its_language_has_to_say(paper, letter):
    front, back = drawn(paper, letter)
    for name in TABLES[letter.language]:
        text = printed.spaceless(letter.text(name.removesuffix(".soft")))
        if name.startswith("flap"):  # upside down: readers have its parts in any order
            contact = printed.spaceless(letter.text("contact"))
            assert Counter(text) <= Counter(back.partition(contact)[2])
        elif not name.endswith(".verified") and name not in ("sample", "contact.none"):
            assert text in front + back, name


def test_a_token_that_can_tell_a_wrong_pin_has_steps_of_its_own(paper, letter):
    verified = replace(letter, mode="verified")
    assert verified.steps == ["letter-pin", "challenge", "response", "demand", "new-pin", "done"]
    back = drawn(paper, verified)[1]
    for name in ("step.letter-pin", "trouble.locked"):
        assert printed.spaceless(verified.text(name)) in back
        assert printed.spaceless(letter.text(name)) not in back
    assert printed.spaceless(letter.text("step.number")) not in back


def test_a_login_without_challenges_has_no_step_for_one(paper, letter):
    back = drawn(paper, replace(letter, challenged=False))[1]
    assert printed.spaceless(letter.text("step.challenge")) not in back
    assert printed.spaceless(letter.text("step.response")) in back


def test_each_step_has_its_picture(paper):
    for challenged, count in ((True, 7), (False, 6)):
        draw(paper, replace(ENGLISH, challenged=challenged), None)
        assert paper.read_bytes().count(b"/Subtype /Image") == count


def test_address_and_sender_stand_in_the_window(paper, letter):
    draw(paper, letter, bytearray(PIN))
    (page, _) = printed.pages(paper, DPI)
    left, top, width, height = letters.WINDOW
    address = band(page, top - height, top).crop(
        [round(length / 72 * DPI) for length in (left, 0, left + width, height)]
    )
    (_, upper, right, lower), _ = inked(address)
    assert right > 20
    assert lower < address.height - 5
    assert inked(band(page, letters.FOLD_ADDRESS + 3, letters.HEIGHT))[0][1] > 0
    assert printed.spaceless(letter.sender) in printed.texts(paper)[0]
    assert upper > 5


@pytest.mark.parametrize("side", ["flap", "back"])
def test_block_out_covers_all_of_the_pin_when_the_letter_is_folded(paper, side):
    drawn(paper, ENGLISH)
    front, back = printed.pages(paper, DPI)
    field = band(front, letters.FOLD_FLAP + 6, letters.FOLD_TEXT - 6)
    (left, top, right, bottom), _ = inked(field)
    if side == "flap":
        cover = ImageOps.flip(band(front, 6, letters.FOLD_FLAP - 6))
    else:
        cover = ImageOps.mirror(band(back, letters.FOLD_FLAP + 6, letters.FOLD_TEXT - 6))
    assert abs(cover.height - field.height) <= 1
    (_, low_top, _, low_bottom), _ = inked(cover)
    assert low_top < top
    assert low_bottom > bottom
    for x in range(left, right, 10):  # whatever stands behind a digit has some of its own
        behind = cover.crop((x, top, x + 40, bottom)).point(lambda grey: 255 * (grey < 128))
        assert 0.25 < behind.histogram()[255] / (behind.width * behind.height) < 0.95


def test_the_block_out_is_the_same_for_any_pin_and_another_in_each_letter(paper):
    flaps = []
    for pin, seed in ((PIN, 1), (b"000000", 1), (PIN, 2)):
        drawn(paper, ENGLISH, pin, seed)
        flaps.append(band(printed.pages(paper, DPI)[0], 6, letters.FOLD_FLAP - 6))
    assert ImageChops.difference(flaps[0], flaps[1]).getbbox() is None
    assert ImageChops.difference(flaps[0], flaps[2]).getbbox() is not None


def test_without_a_seed_the_block_out_is_by_chance(paper):
    contents = set()
    for _ in range(2):
        draw(paper, ENGLISH, None)
        contents.add(band(printed.pages(paper, DPI)[0], 6, letters.FOLD_FLAP - 6).tobytes())
    assert len(contents) == 2


def test_the_pin_is_in_one_place_of_the_file_and_not_in_clear(paper):
    drawn(paper, ENGLISH)
    content = paper.read_bytes()
    plain = [in_clear(each) for each in re.findall(rb"\bstream\r?\n(.*?)endstream", content, re.DOTALL)]
    assert len(plain) > 10
    assert [stream.count(PIN) for stream in plain if PIN in stream] == [1]
    assert PIN not in content


def test_a_sample_has_no_pin_and_says_so_on_both_sides(paper, letter):
    front, back = drawn(paper, letter, pin=None)
    word = printed.spaceless(letter.text("sample"))
    assert front.count(word) == 2
    assert back.count(word) == 1
    with_pin = drawn(paper, letter)
    assert word not in "".join(with_pin)


def test_every_font_is_embedded(paper, letter):
    drawn(paper, letter)
    fonts = printed.fonts(paper)
    assert len(fonts) >= 2
    assert all(fonts.values())
    assert b"Helvetica" not in paper.read_bytes()


@pytest.mark.parametrize(
    "name", ["山田 太郎", "Жанна Щукина", "Ελένη Παππά", "김철수", "Łukasz Đorđe Ñúñez", "Ä" * 64]
)
def test_names_in_other_scripts_are_printed_and_embedded(paper, name):
    front = drawn(paper, replace(ENGLISH, address=(name,)))[0]
    assert printed.spaceless(name) in front
    assert all(printed.fonts(paper).values())


def test_a_letter_may_be_written_apart_from_its_accents(paper):
    assert "Zoë" in drawn(paper, replace(ENGLISH, address=("Zoe\u0308",)))[0]


@pytest.mark.parametrize("name", ["محمد", "สมชาย", "अमित", "😀", "a\tb", "q\u0308", "\u2068x"])
def test_a_name_that_cannot_be_printed_right_is_refused_and_says_why(paper, name):
    with pytest.raises(UnprintableError, match=r"the address has characters that can't be printed \(U\+"):
        draw(paper, replace(ENGLISH, address=(name,)), bytearray(PIN))
    assert not paper.exists()


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"address": ("line",) * 7}, "address"),
        ({"address": ("long line " * 6,) * 6}, "address"),
        ({"sender": "x" * 200}, "sender"),
        ({"contact": "call " * 200}, "contact"),
    ],
)
def test_what_has_no_room_is_refused(paper, changed, what):
    with pytest.raises(TooLongError, match=f"the {what} is too long"):
        draw(paper, replace(ENGLISH, **changed), bytearray(PIN))
    assert not paper.exists()


def test_the_longest_of_everything_has_room(paper, letter):
    longest = replace(
        letter,
        serial="W" * 32,
        address=("Wörter " * 9, *("Musterstraße und Hausnummer 17",) * 3),
        sender="Example Bank · Department of Tokens · 1 Bank Street · London EC1",
        contact="+44 20 7946 0000, Monday to Friday from 8 to 18, and help@bank.example at any time",
    )
    for mode in ("soft", "verified"):
        front, back = drawn(paper, replace(longest, mode=mode), b"48291376")
        assert front.count("48291376") == 1
        assert printed.spaceless(longest.contact) in front
        assert printed.spaceless(longest.contact) in back


def test_a_language_that_there_is_not_makes_no_letter(paper):
    with pytest.raises(UnknownLanguageError):
        draw(paper, replace(ENGLISH, language="it"), bytearray(PIN))
    assert not paper.exists()
