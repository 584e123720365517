"""Compiles the font art into the modules that the token carries: `python -m host_tools.fonts.generate [--check]`."""

import argparse
import sys
from pathlib import Path

from host_tools.fonts.art import FontArt, load

FONTS = ("small", "wide", "large")
# So many code points in a row are stored as a run; fewer are not worth the token's look at one run more.
RUN = 8
FIRMWARE_UI = Path(__file__).resolve().parents[2] / "firmware" / "dsc" / "ui"


def module_path(name: str) -> Path:
    """Where the module of the font `name` lives."""
    return FIRMWARE_UI / f"font_{name}.py"


def module_text(font: FontArt) -> str:
    """The Python source of a font's module: WIDTH, HEIGHT, RUNS, SCATTERED and DATA."""
    runs, scattered = ordered(font)
    run_lines = "".join(
        f"    (0x{ord(run[0]):04X}, {len(run)}),  # {_label(run[0])} to {_label(run[-1])}\n" for run in runs
    )
    scattered_lines = "".join(
        f"    0x{ord(character):04X},  # {_label(character)}\n" for character in scattered
    )
    data = "".join(
        f"    {_literal(page)}  # {_label(character)}\n"
        for character in "".join(runs) + scattered
        for page in _pages(font.columns(character), font.width)
    )
    return (
        f'"""The {font.name} font, generated from host_tools/fonts/{font.name}.txt by `make fonts`; do not edit."""\n'
        "\n"
        f"WIDTH = {font.width}\n"
        f"HEIGHT = {font.height}\n"
        "\n"
        "# Runs of code points: the first, and how many.\n"
        f"RUNS = (\n{run_lines})\n"
        "\n"
        "# The code points beside them, ascending.\n"
        f"SCATTERED = (\n{scattered_lines})\n"
        "\n"
        "# The glyphs of the runs, then the others: HEIGHT // 8 pages of WIDTH column bytes, lowest bit at the top.\n"
        f"DATA = (\n{data})\n"
    )


def ordered(font: FontArt) -> tuple[list[str], str]:
    """A font's characters as the token keeps them: its runs of at least RUN, and the others."""
    pieces: list[str] = []
    for character in font.glyphs:
        if pieces and ord(pieces[-1][-1]) + 1 == ord(character):
            pieces[-1] += character
        else:
            pieces.append(character)
    runs = [piece for piece in pieces if len(piece) >= RUN]
    return runs, "".join(piece for piece in pieces if len(piece) < RUN)


def stale() -> list[str]:
    """Names of the fonts whose module is missing or differs from its art."""
    return [
        name
        for name in FONTS
        if not module_path(name).is_file()
        or module_path(name).read_text(encoding="utf-8") != module_text(load(name))
    ]


def main(arguments: list[str] | None = None) -> int:
    """Writes the modules, or with --check only compares. Returns the exit code: 1 if out of step."""
    parser = argparse.ArgumentParser(prog="python -m host_tools.fonts.generate", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if a module is out of step"
    )
    options = parser.parse_args(arguments)
    names = stale()
    for name in names:
        if options.check:
            print(
                f"firmware/dsc/ui/font_{name}.py is out of step with its art: run `make fonts`",
                file=sys.stderr,
            )
        else:
            module_path(name).write_text(module_text(load(name)), encoding="utf-8")
            print(f"wrote firmware/dsc/ui/font_{name}.py")
    return 1 if options.check and names else 0


def _pages(columns: bytes, width: int) -> list[bytes]:
    return [columns[start : start + width] for start in range(0, len(columns), width)]


def _literal(data: bytes) -> str:
    return 'b"' + "".join(f"\\x{byte:02x}" for byte in data) + '"'


def _label(character: str) -> str:
    return "space" if character == " " else character


if __name__ == "__main__":
    raise SystemExit(main())
