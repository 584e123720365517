"""The pictures of labels, letters and cards in docs/ are what is printed today."""

import pytest
from PIL import Image, ImageChops

import paper_pictures

FEW_COLOURS = 40  # of 255: what is lost by keeping few of them


@pytest.mark.parametrize("name", paper_pictures.PICTURES)
def test_a_picture_is_what_is_drawn_now(name):
    drawn = paper_pictures.PICTURES[name]().convert("L")
    with Image.open(paper_pictures.FOLDER / f"{name}.png") as stored:
        kept = stored.convert("L")
    assert kept.size == drawn.size
    difference = ImageChops.difference(kept, drawn)
    assert difference.getextrema()[1] <= FEW_COLOURS, "draw it with make screenshots"


def test_there_are_no_other_pictures_of_paper():
    found = [
        path.relative_to(paper_pictures.FOLDER).with_suffix("").as_posix()
        for pattern in ("station/l*.png", "login/card*.png")
        for path in paper_pictures.FOLDER.glob(pattern)
    ]
    assert sorted(found) == sorted(paper_pictures.PICTURES)
