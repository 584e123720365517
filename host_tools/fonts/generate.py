"""Compiles the font art into the modules that the token carries: `python -m host_tools.fonts.generate [--check]`."""

import argparse
import sys
from pathlib import Path

from host_tools.fonts.art import FontArt, load

FONTS = ("small", "large")
FIRMWARE_UI = Path(__file__).resolve().parents[2] / "firmware" / "dsc" / "ui"


def module_path(name: str) -> Path:
    """Where the module of the font `name` lives."""
    return FIRMWARE_UI / f"font_{name}.py"


def module_text(font: FontArt) -> str:
    """The Python source of a font's module: WIDTH, HEIGHT, CODES and DATA."""
    codes = "".join(f"    0x{ord(character):04X},  # {_label(character)}\n" for character in font.glyphs)
    data = "".join(
        f"    {_literal(page)}  # {_label(character)}\n"
        for character in font.glyphs
        for page in _pages(font.columns(character), font.width)
    )
    return (
        f'"""The {font.name} font, generated from host_tools/fonts/{font.name}.txt by `make fonts`; do not edit."""\n'
        "\n"
        f"WIDTH = {font.width}\n"
        f"HEIGHT = {font.height}\n"
        "\n"
        "# Code points of the glyphs, ascending.\n"
        f"CODES = (\n{codes})\n"
        "\n"
        "# The glyphs in the same order, each HEIGHT // 8 pages of WIDTH column bytes, lowest bit at the top.\n"
        f"DATA = (\n{data})\n"
    )


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
