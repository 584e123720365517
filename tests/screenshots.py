"""Draws the token's screens: the guide's pictures in docs/images; with --accept, the golden frames as well."""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [
    str(ROOT / folder)
    for folder in (
        "tests",
        "firmware",
        "firmware/adapters",
        "boards",
        "host_tools/cpython_port",
        "build/device-libs",
    )
]

from host_tools.engines.open import open_engine  # noqa: E402
from screens import golden  # noqa: E402 - after the path
from screens.scenes import SCENES, play  # noqa: E402

IMAGES = ROOT / "docs" / "images"
PICTURES = {  # file in docs/images -> scene
    "pin": "pin-three-digits",
    "challenge": "challenge-typed",
    "response": "response",
    "choose": "choose",
}


def main() -> None:
    """Play every scene once, under CPython."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accept", action="store_true", help="make what is drawn now the golden frames")
    accept = parser.parse_args().accept
    frames = {}
    for scene in SCENES:
        if accept or scene.name in PICTURES.values():
            with tempfile.TemporaryDirectory() as folder:
                frames[scene.name] = play(scene, "cpython", Path(folder), open_engine).frame
    IMAGES.mkdir(parents=True, exist_ok=True)
    for picture, scene_name in PICTURES.items():
        frames[scene_name].to_png(IMAGES / f"{picture}.png", scale=3)
        print(f"docs/images/{picture}.png")
    if accept:
        golden.accept(frames, {scene.name: scene.varies for scene in SCENES})
        print(f"{len(frames)} golden frames accepted: look at them, then commit them")


if __name__ == "__main__":
    main()
