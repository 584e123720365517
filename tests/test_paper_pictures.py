"""The pictures of labels and letters in docs/ are what is printed today."""

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
    names = {path.stem for path in paper_pictures.FOLDER.glob("l*.png")}
    assert names == set(paper_pictures.PICTURES)
