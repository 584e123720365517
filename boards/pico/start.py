"""Power-on of the image: the application of a sealed token, or the factory screen and then the REPL."""

import machine

from dsc.app import main
from pico import build_info
from pico.board import Board, Identity

USB_SIE_CTRL = 0x5011_004C  # RP2040 data sheet, section 4.1.4; USB's registers lie there on the RP2350 too
USB_PULLUP_EN = 1 << 16


def boot() -> None:
    """Run the token. Returns on a blank one, whose screen is then kept alive by a timer while USB's REPL runs."""
    if machine.mem32[USB_SIE_CTRL] & USB_PULLUP_EN:
        # A soft reset from the REPL: USB is up already, and must not be while an application runs.
        machine.reset()
    board = Board(Identity(build_info.BOARD, build_info.BUILD))
    waiting = main.start(board)
    if waiting is None:
        machine.reset()
    else:
        board.lend_time(waiting.tick)
