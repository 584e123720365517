"""The golden frames: one picture and one hash for each scene, kept in this folder."""

import json
import shutil
from pathlib import Path

from PIL import Image

from host_tools.display.frame import Frame

FOLDER = Path(__file__).parent / "golden"
HASHES = FOLDER / "frames.json"
TEXT_HEIGHT = 8  # pixels of a line in the small font
FAILED = Path(__file__).parents[2] / "build" / "golden"


def hashes() -> dict[str, str]:
    """Scene name -> SHA-256 of what is compared of its frame."""
    return json.loads(HASHES.read_text())


def compared(frame: Frame, varies: tuple[int, ...]) -> str:
    """SHA-256 of what is compared of a frame: all but the lines of text `varies`, from 0, which are blackened."""
    rows = [
        [y // TEXT_HEIGHT not in varies and frame.pixel(x, y) for x in range(frame.width)]
        for y in range(frame.height)
    ]
    return Frame(frame.width, frame.height, rows).sha256()


def picture(name: str) -> Path:
    """Where the golden picture of a scene lies: one pixel a pixel."""
    return FOLDER / f"{name}.png"


def load(name: str) -> Frame:
    """The golden picture as a frame."""
    with Image.open(picture(name)) as stored:
        image = stored.convert("L")
    rows = [[image.getpixel((x, y)) > 127 for x in range(image.width)] for y in range(image.height)]
    return Frame(image.width, image.height, rows)


def save(name: str, frame: Frame, path: Path) -> None:
    """Write a frame one pixel a pixel, black and white."""
    image = Image.new("1", (frame.width, frame.height))
    image.putdata([255 * frame.pixel(x, y) for y in range(frame.height) for x in range(frame.width)])
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def leave_both(name: str, engine: str, frame: Frame) -> Path:
    """Put what was drawn and what was wanted side by side into build/golden; the folder."""
    target = FAILED / f"{name}.{engine}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    frame.to_png(target)
    if picture(name).exists():
        load(name).to_png(FAILED / f"{name}.golden.png")
    return FAILED


def accept(frames: dict[str, Frame], varies: dict[str, tuple[int, ...]]) -> None:
    """Make these the golden frames, and drop all others; `varies` says what is not compared of each."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, frame in frames.items():
        save(name, frame, picture(name))
    table = {name: compared(frame, varies[name]) for name, frame in sorted(frames.items())}
    HASHES.write_text(json.dumps(table, indent=2) + "\n")
