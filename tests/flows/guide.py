"""The pictures of the user's guide: golden frames of the flows, drawn as large as the guide shows them."""

import re
from pathlib import Path
from typing import Final

from PIL import Image

from dsc.ui import texts
from flows import frames

ROOT: Final = Path(__file__).parents[2]
GUIDE: Final = ROOT / "docs" / "guide.md"
FOLDER: Final = ROOT / "docs" / "images" / "guide"
SCALE: Final = 3
_PICTURE: Final = re.compile(r"!\[[^]]+\]\(images/guide/([^)]+)\.png\)")


def named(text: str) -> set[str]:
    """The frames that a text of docs/ shows."""
    return set(_PICTURE.findall(text))


def picture(frame_name: str) -> Path:
    """Where the guide has the picture of a frame."""
    return FOLDER / f"{frame_name}.png"


def drawn(frame_name: str) -> Image.Image:
    """A golden frame in English as the guide shows it. Raises OSError if there is none."""
    return frames.load(texts.ENGLISH, frame_name).to_image(SCALE)


def draw() -> list[Path]:
    """Write each picture that the guide names, and drop all others. Raises OSError for a frame that there is not."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = [picture(name) for name in sorted(named(GUIDE.read_text(encoding="utf-8")))]
    for path in wanted:
        frames.load(texts.ENGLISH, path.stem).to_png(path, SCALE)
    for old in set(FOLDER.glob("*.png")) - set(wanted):
        old.unlink()
    return wanted
