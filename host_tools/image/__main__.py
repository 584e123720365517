"""The command line of the image builder: `python -m host_tools.image build|size|micropython|stock`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from host_tools.image import board, build, dist, lock, size, stock, unix
from host_tools.image.errors import ImageError
from host_tools.image.places import Places


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. Returns the exit code: 1 if it failed, with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="python -m host_tools.image", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, summary in (
        ("build", "the image of a board, into dist/"),
        ("size", "what it takes, against its budget"),
    ):
        command = commands.add_parser(name, help=summary)
        command.add_argument("board", nargs="?", default="pico", help="a folder of boards/ (default: pico)")
    commands.add_parser("micropython", help="MicroPython's Unix port, into build/micropython/")
    commands.add_parser("stock", help="MicroPython as anybody has it on a Pico, into build/stock/")
    options = parser.parse_args(arguments)
    actions: dict[str, Callable[[argparse.Namespace, Places], None]] = {
        "build": _build,
        "size": _size,
        "micropython": _micropython,
        "stock": _stock,
    }
    places = Places()
    try:
        with lock.held(places.work):
            actions[options.command](options, places)
    except ImageError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


def _build(options: argparse.Namespace, places: Places) -> None:
    built = build.image(board.named(options.board), places)
    written = dist.write(built, places)
    print(f"{written.uf2.relative_to(places.root)}: build {built.build}, {len(built.modules)} frozen modules")


def _size(options: argparse.Namespace, places: Places) -> None:
    used = size.use(dist.files(board.named(options.board).name, places).elf)
    allowed = size.budget(places.board(options.board) / "budget.toml")
    print(size.table(used, allowed))
    size.check(used, allowed)


def _micropython(_: argparse.Namespace, places: Places) -> None:
    print(unix.micropython(places).relative_to(places.root))


def _stock(_: argparse.Namespace, places: Places) -> None:
    print(stock.image(places).relative_to(places.root))


if __name__ == "__main__":
    raise SystemExit(main())
