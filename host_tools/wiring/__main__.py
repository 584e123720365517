"""Writes the wiring's drawing, table and Wokwi diagram: `python -m host_tools.wiring [--check]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from host_tools.wiring import drawing, pin_map, table, wokwi
from host_tools.wiring.connections import wires
from host_tools.wiring.errors import WiringError

ROOT = Path(__file__).resolve().parents[2]
PINS = Path("boards/pico/pins.py")
DRAWING = Path("docs/images/wiring.svg")
DIAGRAM = Path("boards/pico/diagram.json")
GUIDE = Path("docs/build-a-token.md")


def generated(root: Path) -> dict[Path, str]:
    """Each file that is made from the pin map, relative to `root`, with the text that it must have.

    Raises WiringError, and OSError if the pin map or the guide can't be read.
    """
    connections = wires(pin_map.load(root / PINS))
    guide = (root / GUIDE).read_text(encoding="utf-8")
    return {
        DRAWING: drawing.draw(connections),
        DIAGRAM: wokwi.diagram(connections),
        GUIDE: table.insert(GUIDE, guide, table.markdown(connections)),
    }


def stale(root: Path, files: dict[Path, str]) -> list[Path]:
    """Those of `files` that are missing below `root` or have another text."""
    return [
        path
        for path, text in files.items()
        if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write what is out of step, or with --check only name it. Returns the exit code: 1 if something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m host_tools.wiring", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is out of step")
    check = parser.parse_args(arguments).check
    try:
        files = generated(root)
    except WiringError as error:
        print(error, file=sys.stderr)
        return 1
    names = stale(root, files)
    for path in names:
        if check:
            print(f"{path} is out of step with {PINS}: run `make wiring`", file=sys.stderr)
        else:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(files[path], encoding="utf-8")
            print(f"wrote {path}")
    return 1 if check and names else 0


if __name__ == "__main__":
    raise SystemExit(main())
