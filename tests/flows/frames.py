"""The golden frames of the flows: a folder a language, one picture and one hash for each; those of 32 rows in flat."""

import json
from pathlib import Path
from typing import Final

from PIL import Image

from host_tools.display.frame import Frame
from screens import golden

FOLDER: Final = Path(__file__).parent / "golden"
LANGUAGES: Final = ("en", "fr", "de", "ru", "ja")  # by the numbers of dsc.ui.texts
TALL, FLAT = HEIGHTS = (64, 32)  # rows of pixels
FAILED: Final = golden.FAILED


def name(flow: str, picture: str) -> str:
    """What a frame is called."""
    return f"{flow}-{picture}"


def folder(language: int, height: int = TALL) -> Path:
    """Where the pictures of a language lie, for a panel of so many rows."""
    return (FOLDER if height == TALL else FOLDER / "flat") / LANGUAGES[language]


def hashes(language: int, height: int = TALL) -> dict[str, str]:
    """Frame name -> SHA-256 of what is compared."""
    path = folder(language, height) / "frames.json"
    return json.loads(path.read_text()) if path.exists() else {}


def picture(language: int, frame_name: str, height: int = TALL) -> Path:
    """Where a golden picture lies: one pixel a pixel."""
    return folder(language, height) / f"{frame_name}.png"


def load(language: int, frame_name: str, height: int = TALL) -> Frame:
    """A golden picture as a frame."""
    with Image.open(picture(language, frame_name, height)) as stored:
        image = stored.convert("L")
    rows = [[image.getpixel((x, y)) > 127 for x in range(image.width)] for y in range(image.height)]
    return Frame(image.width, image.height, rows)


def leave_both(language: int, frame_name: str, engine: str, frame: Frame) -> Path:
    """Put what was drawn and what was wanted side by side into build/golden; the folder."""
    FAILED.mkdir(parents=True, exist_ok=True)
    prefix = f"{LANGUAGES[language]}.{frame.height}.{frame_name}"
    frame.to_png(FAILED / f"{prefix}.{engine}.png")
    if picture(language, frame_name, frame.height).exists():
        load(language, frame_name, frame.height).to_png(FAILED / f"{prefix}.golden.png")
    return FAILED


def accept(language: int, height: int, frames: dict[str, Frame], varies: dict[str, tuple[int, ...]]) -> None:
    """Make these the golden frames of a language on a panel of so many rows, and drop all others of it."""
    place = folder(language, height)
    for old in place.glob("*.png"):
        old.unlink()
    for frame_name, frame in frames.items():
        golden.save(frame_name, frame, picture(language, frame_name, height))
    table = {one: golden.compared(frame, varies.get(one, ())) for one, frame in sorted(frames.items())}
    (place / "frames.json").write_text(json.dumps(table, indent=2) + "\n")
