"""Power-on of the image: the application of a sealed token, or the factory screen and then the REPL."""

import native

# From the leaves up: an import within an import takes some 600 bytes of a stack that has 8 KiB.
for _name in (
    "dsc.crypto.ocra",
    "dsc.protocol.records",
    "dsc.protocol.verified",
    "dsc.protocol.pages",
    "dsc.protocol.plain",
    "dsc.protocol.transaction",
    "dsc.ui.canvas",
    "dsc.ui.oled",
    "dsc.ui.keypad",
    "dsc.ui.texts",
    "dsc.vault.contents",
    "dsc.vault.log",
    "dsc.vault.making",
    "dsc.vault.store",
    "dsc.app.token",
    "dsc.app.pin",
    "dsc.app.unsealing",
    "dsc.app.credential",
    "dsc.app.codes",
    "dsc.app.application",
):
    __import__(_name)

from dsc.app import main  # noqa: E402 - after their leaves
from pico import build_info  # noqa: E402
from pico.board import Board, Identity  # noqa: E402


def boot() -> None:
    """Run the token. Returns on a blank one, whose screen is then kept alive by a timer while USB's REPL runs."""
    board = Board(Identity(build_info.BOARD, build_info.BUILD))
    waiting = main.start(board)
    if waiting is None:
        native.restart(native.WANTED)
    else:
        native.open_door()
        board.lend_time(waiting.tick)
