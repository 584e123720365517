"""Pictures of the token's screens for letters: golden frames of its tests, one pixel a pixel, a folder a language."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PIL import Image

from host_tools.display.frame import Frame

# The steps of a letter, in order: name of the picture here -> golden frame of the flows.
PICTURES: Final = {
    "letter-pin": "activation-letter",
    "challenge": "login-challenge",
    "response": "login-response",
    "demand": "activation-demand",
    "new-pin": "change-pin-new",
    "number": "activation-number",
    "done": "change-pin-done",
}


def picture(language: str, name: str) -> Path:
    """Where the picture of a screen lies; `language` as "en"."""
    return Path(__file__).parent / language / f"{name}.png"


def load(language: str, name: str) -> Frame:
    """The screen. Raises OSError if there is none."""
    with Image.open(picture(language, name)) as stored:
        image = stored.convert("L").point(lambda grey: grey > 127)
        pixels = image.tobytes()
    rows = [pixels[top : top + image.width] for top in range(0, len(pixels), image.width)]
    return Frame(image.width, image.height, rows)
