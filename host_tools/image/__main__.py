"""The command line of the image builder: `python -m host_tools.image build|size|pins|reproducible|…`."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable

from host_tools.image import archive, board, build, dist, lock, pins, reproducible, size, stock, suite, unix
from host_tools.image.errors import ImageError, NotBuiltError, OutdatedPinsError, UnknownBoardError
from host_tools.image.places import Places

FAILED, USAGE, INTERRUPTED = 1, 2, 130


def main(arguments: list[str] | None = None, places: Places | None = None) -> int:
    """Runs one command. Returns the exit code; if it is not 0, the reason is on standard error.

    1: it failed. 2: it was asked for what there is not. 130: it was interrupted from the keyboard.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    actions: dict[str, Callable[[argparse.Namespace, Places], None]] = {
        "build": _build,
        "size": _size,
        "pins": _pins,
        "reproducible": _reproducible,
        "micropython": _micropython,
        "stock": _stock,
    }
    try:
        actions[options.command](options, places or Places())
    except UnknownBoardError as error:
        return _end(parser, error, USAGE)
    except (ImageError, OSError) as error:  # a full disk, say, or a folder that is not ours
        return _end(parser, error, FAILED)
    except KeyboardInterrupt:
        return _end(parser, "interrupted; what was half done is done again the next time", INTERRUPTED)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m host_tools.image", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    with_board = {
        "build": "the image of a board, into dist/",
        "size": "what it takes, against its budget",
        "reproducible": "build it again elsewhere, and compare every byte",
    }
    added = {name: commands.add_parser(name, help=summary) for name, summary in with_board.items()}
    for command in added.values():
        command.add_argument("board", nargs="?", default="pico", help="a folder of boards/ (default: pico)")
    added["reproducible"].add_argument(
        "--clones",
        type=int,
        choices=(1, 2),
        default=1,
        help="compare this tree, which must be its HEAD, with a clone (1), or two clones of HEAD (2)",
    )
    listed = commands.add_parser("pins", help="take what the suite in boards/sources.toml has today")
    listed.add_argument("--check", action="store_true", help="only say whether it has something else")
    commands.add_parser("micropython", help="MicroPython's Unix port, into build/micropython/")
    commands.add_parser("stock", help="MicroPython as anybody has it on a Pico, into build/stock/")
    return parser


def _end(parser: argparse.ArgumentParser, reason: object, code: int) -> int:
    print(f"{parser.prog}: {reason}", file=sys.stderr)
    return code


def _build(options: argparse.Namespace, places: Places) -> None:
    chosen = board.named(options.board)
    with lock.held(places.work):
        built = build.image(chosen, places)
        written = dist.write(built, places)
    print(f"{written.uf2.relative_to(places.root)}: build {built.build}, {len(built.modules)} frozen modules")


def _size(options: argparse.Namespace, places: Places) -> None:
    name = board.named(options.board).name
    elf = dist.files(name, places).elf
    with lock.held(places.work):
        if not elf.is_file():
            raise NotBuiltError(name, elf)
        used = size.use(elf)
    path = places.board(name) / "budget.toml"
    if not path.exists():
        print(size.table(used))
        print(f"{path.relative_to(places.root)} is not there: nothing to hold these against")
        return
    allowed = size.budget(path)
    print(size.table(used, allowed))
    size.check(used, allowed)


def _pins(options: argparse.Namespace, places: Places) -> None:
    old = pins.read(places.pins)
    new = suite.current(old, archive.addresses(), suite.keyring())
    changes = pins.changes(old, new)
    if not changes:
        print(f"{old.suite} has what is pinned")
        return
    if options.check:
        raise OutdatedPinsError(old.suite, changes)
    pins.update(places.pins, new)
    print("\n".join(changes))
    print(f"written to {places.pins.relative_to(places.root)}; now build and test")


def _reproducible(options: argparse.Namespace, places: Places) -> None:
    chosen = board.named(options.board)
    sums = reproducible.check(chosen, places, options.clones)
    for suffix, digest in sums.items():
        print(f"{digest}  {suffix}")
    print(f"the same in {'two clones of HEAD' if options.clones == 2 else 'this tree and in a clone of it'}")


def _micropython(_: argparse.Namespace, places: Places) -> None:
    with lock.held(places.work):
        print(unix.micropython(places).relative_to(places.root))


def _stock(_: argparse.Namespace, places: Places) -> None:
    with lock.held(places.work):
        print(stock.image(places).relative_to(places.root))


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s …", level=logging.INFO)  # the steps, as they begin
    raise SystemExit(main())
