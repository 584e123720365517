"""Draws the token's screens for docs/images: by the image on the emulated Pico, and the guide's from the golden frames.

With --accept it draws the golden frames as well, under CPython; the tests hold all engines to them.
"""

import argparse
import sys
import tempfile
from itertools import product
from pathlib import Path

import paper_pictures
import station_pictures
from dsc.ui import texts
from flows import frames, guide, letter_screens
from flows.flow import FLOWS
from flows.playing import played
from host_tools.display.frame import Frame
from host_tools.engines import images, interpreters
from host_tools.engines.errors import EngineMissingError
from host_tools.engines.open import open_engine
from screens import golden, login_picture
from screens.scenes import ALL_SCENES, Scene, play

IMAGES = interpreters.ROOT / "docs" / "images"
PICTURES = {  # file in docs/images -> scene
    "factory": "factory",
    "pin": "pin-three-digits",
    "challenge": "challenge-typed",
    "response": "response",
    "choose": "choose",
}


def drawn(scene: Scene, engine: str) -> Frame:
    """The scene's screen, played on an engine."""
    with tempfile.TemporaryDirectory() as folder:
        return play(scene, engine, Path(folder), open_engine).frame


def accept_flows(language: int, height: int) -> int:
    """Make what CPython draws now the golden frames of all flows in a language, on one panel; how many there are."""
    taken: dict[str, Frame] = {}
    varies: dict[str, tuple[int, ...]] = {}
    for flow in FLOWS:
        with tempfile.TemporaryDirectory() as folder:
            for picture, frame in played(flow, interpreters.CPYTHON, language, height, Path(folder)).items():
                taken[frames.name(flow.name, picture)] = frame
                varies[frames.name(flow.name, picture)] = flow.variable(picture, height)
    frames.accept(language, height, taken, varies)
    return len(taken)


def main() -> int:
    """Draw the pictures; exit 1 if there is no image to draw them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accept", action="store_true", help="make what CPython draws now the golden frames")
    accept = parser.parse_args().accept
    if accept:
        scenes_drawn = {scene.name: drawn(scene, interpreters.CPYTHON) for scene in ALL_SCENES}
        golden.accept(scenes_drawn, {scene.name: scene.varies for scene in ALL_SCENES})
        print(f"{len(scenes_drawn)} golden frames accepted: look at them, then commit them")
        for language, height in product(range(len(texts.LANGUAGES)), frames.HEIGHTS):
            print(
                f"{accept_flows(language, height)} of the flows in {texts.LANGUAGES[language]}, {height} rows"
            )
    print(f"{len(guide.draw())} pictures of the guide, from the golden frames")
    print(f"{len(letter_screens.draw())} pictures of the PIN letter, from the golden frames")
    print(f"{len(paper_pictures.draw())} pictures of labels, letters and cards")
    scenes = {scene.name: scene for scene in ALL_SCENES}
    IMAGES.mkdir(parents=True, exist_ok=True)
    try:
        for picture, name in PICTURES.items():
            drawn(scenes[name], images.RP2040).to_png(IMAGES / f"{picture}.png", scale=3)
            print(f"docs/images/{picture}.png")
        with tempfile.TemporaryDirectory() as folder:
            login_picture.draw(Path(folder), IMAGES / "login.png")
        print("docs/images/login.png")
        print(f"{len(station_pictures.draw())} pictures of the station's session")
    except (EngineMissingError, station_pictures.NoTmuxError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
