"""The pictures of labels, letters and cards in docs/images: the same each time, with secrets that are made up."""

import random
import tempfile
from datetime import date
from pathlib import Path
from typing import Final

from PIL import Image

from fakes import printed
from host_tools.engines.interpreters import ROOT
from host_tools.login.paper.card import Card, draw_pdf
from host_tools.login.rules import cards
from host_tools.station.paper import labels, letter
from host_tools.station.paper.stocks import stock

FOLDER: Final = ROOT / "docs" / "images"
COLOURS: Final = 24


def label_corner() -> Image.Image:
    """The corner of a sheet, of which one label was used before."""
    serials = ["PD-0000017", "PD-0000025", "PD-0000033"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.pdf"
        labels.draw(path, serials, stock("avery-l7160"), skip=1)
        (sheet,) = printed.pages(path, 130)
    return sheet.crop((0, 0, sheet.width, round(0.33 * sheet.height)))


def letter_sides() -> Image.Image:
    """Both sides of an English letter, beside one another."""
    written = letter.Letter(
        "PD-0000017",
        ("Ada Example", "12 Sample Street", "London"),
        "Example Bank · Tokens · London",
        "+44 20 7946 0000",
        day=date(2026, 11, 30),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "letter.pdf"
        letter.draw(path, written, bytearray(b"482913"), random.Random(1))
        front, back = printed.pages(path, 80, colours=True)
    gap = 12
    both = Image.new("RGB", (front.width + gap + back.width, front.height), (160, 160, 160))
    both.paste(front, (0, 0))
    both.paste(back, (front.width + gap, 0))
    return both


def code_card() -> Image.Image:
    """An English card, whole."""
    card = Card(
        "CC-0000017",
        user="Ada Example",
        sender="Example Bank · London",
        contact="+44 20 7946 0000",
        day=date(2026, 11, 30),
        expires=date(2026, 12, 21),
    )
    codes = cards.values(bytearray(range(32)), cards.Shape(224, 3, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "card.pdf"
        draw_pdf(path, card, codes)
        (page,) = printed.pages(path, 90, colours=True)
    return page


PICTURES: Final = {
    "station/labels": label_corner,
    "station/letter": letter_sides,
    "login/card": code_card,
}


def draw() -> list[Path]:
    """Write the pictures."""
    paths = []
    for name, make in PICTURES.items():
        paths.append(FOLDER / f"{name}.png")
        paths[-1].parent.mkdir(parents=True, exist_ok=True)
        make().quantize(COLOURS).save(paths[-1], optimize=True)
    return paths
