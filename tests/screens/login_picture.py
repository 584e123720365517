"""One login on the emulated Pico as one picture: four moments of its display, side by side and one below the other."""

from pathlib import Path

from PIL import Image

from fakes import units
from host_tools.display.frame import Frame
from host_tools.engines import images
from host_tools.engines.open import open_engine
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import Player, parse
from screens.scenes import Recorder

SCALE = 3
GAP = 12  # image pixels
PAPER = (255, 255, 255, 0)


def moments(folder: Path) -> list[Frame]:
    """PIN with three digits typed, the PIN being stretched, challenge with five digits typed, response."""
    unit = units.sealed_unit(folder, rounds=10_000)
    with open_engine(images.RP2040, unit) as engine:
        engine.display = recorder = Recorder()
        engine.power_on()
        player = Player(engine, lambda said: None)
        player.play(parse("press 4 7 1\nwait 1s"))
        pin = engine.frame()
        player.play(parse("press 1 OK"))
        waits = [picture for picture in recorder.pictures if "One moment" in read_screen(picture).text]
        player.play(parse("press 1 2 3 4 5"))
        challenge = engine.frame()
        player.play(parse("press 7 OK\nread RESPONSE"))
        return [pin, waits[2 * len(waits) // 3], challenge, engine.frame()]


def draw(folder: Path, target: Path) -> None:
    """Log in with a token in `folder`, and write the picture. Raises EngineMissingError."""
    pictures = [frame.to_image(SCALE).convert("RGBA") for frame in moments(folder)]
    width, height = pictures[0].size
    sheet = Image.new("RGBA", (2 * width + GAP, 2 * height + GAP), PAPER)
    for number, picture in enumerate(pictures):
        sheet.paste(picture, (number % 2 * (width + GAP), number // 2 * (height + GAP)))
    sheet.save(target, format="PNG", optimize=True)
