"""The pictures of the PIN letter are the golden frames, all of them and no others."""

from pathlib import Path

import pytest

from flows import frames
from host_tools.station.paper import screens
from host_tools.station.paper.languages import TABLES

FOLDER = Path(screens.__file__).parent


@pytest.mark.parametrize(("name", "frame"), screens.PICTURES.items())
@pytest.mark.parametrize("number", range(len(frames.LANGUAGES)), ids=frames.LANGUAGES)
def test_each_picture_is_its_golden_frame(number, name, frame):
    shown = screens.load(frames.LANGUAGES[number], name)
    assert shown == frames.load(number, frame), "draw it with make screenshots"


def test_there_are_no_other_pictures():
    assert {path.relative_to(FOLDER) for path in FOLDER.rglob("*.png")} == {
        Path(language, f"{name}.png") for language in frames.LANGUAGES for name in screens.PICTURES
    }


def test_letters_are_in_the_languages_of_the_token():
    assert tuple(TABLES) == frames.LANGUAGES
