"""The golden frames of the flows: a folder a language, one picture and one hash for each."""

import json
from pathlib import Path
from typing import Final

from PIL import Image

from host_tools.display.frame import Frame
from screens import golden

FOLDER: Final = Path(__file__).parent / "golden"
LANGUAGES: Final = ("en", "fr", "de", "ru", "ja")  # by the numbers of dsc.ui.texts
FAILED: Final = golden.FAILED


def name(flow: str, picture: str) -> str:
    """What a frame is called."""
    return f"{flow}-{picture}"


def hashes(language: int) -> dict[str, str]:
    """Frame name -> SHA-256 of what is compared."""
    path = FOLDER / LANGUAGES[language] / "frames.json"
    return json.loads(path.read_text()) if path.exists() else {}


def picture(language: int, frame_name: str) -> Path:
    """Where a golden picture lies: one pixel a pixel."""
    return FOLDER / LANGUAGES[language] / f"{frame_name}.png"


def load(language: int, frame_name: str) -> Frame:
    """A golden picture as a frame."""
    with Image.open(picture(language, frame_name)) as stored:
        image = stored.convert("L")
    rows = [[image.getpixel((x, y)) > 127 for x in range(image.width)] for y in range(image.height)]
    return Frame(image.width, image.height, rows)


def leave_both(language: int, frame_name: str, engine: str, frame: Frame) -> Path:
    """Put what was drawn and what was wanted side by side into build/golden; the folder."""
    FAILED.mkdir(parents=True, exist_ok=True)
    prefix = f"{LANGUAGES[language]}.{frame_name}"
    frame.to_png(FAILED / f"{prefix}.{engine}.png")
    if picture(language, frame_name).exists():
        load(language, frame_name).to_png(FAILED / f"{prefix}.golden.png")
    return FAILED


def accept(language: int, frames: dict[str, Frame], varies: dict[str, tuple[int, ...]]) -> None:
    """Make these the golden frames of a language, and drop all others of it."""
    folder = FOLDER / LANGUAGES[language]
    for old in folder.glob("*.png"):
        old.unlink()
    for frame_name, frame in frames.items():
        golden.save(frame_name, frame, picture(language, frame_name))
    table = {one: golden.compared(frame, varies.get(one, ())) for one, frame in sorted(frames.items())}
    (folder / "frames.json").write_text(json.dumps(table, indent=2) + "\n")
