"""Power-on of the image: the application of a sealed token, or the factory screen and then the REPL."""

import machine

# From the leaves up: an import within an import takes some 600 bytes of a stack that has 8 KiB.
for _name in (
    "dsc.crypto.ocra",
    "dsc.protocol.messages",
    "dsc.protocol.records",
    "dsc.protocol.verified",
    "dsc.protocol.pages",
    "dsc.ui.canvas",
    "dsc.ui.oled",
    "dsc.ui.keypad",
    "dsc.vault.contents",
    "dsc.vault.store",
    "dsc.app.token",
    "dsc.app.login",
    "dsc.app.serving",
):
    __import__(_name)

from dsc.app import main  # noqa: E402 - after their leaves
from pico import build_info  # noqa: E402
from pico.board import Board, Identity  # noqa: E402

USB_SIE_CTRL = 0x5011_004C  # RP2040 data sheet, section 4.1.4; USB's registers lie there on the RP2350 too
USB_PULLUP_EN = 1 << 16
USB_MEMORY = 0x5010_0000  # 4 KiB of packets (section 4.1.2.2)
USB_MEMORY_BYTES = 4096


def boot() -> None:
    """Run the token. Returns on a blank one, whose screen is then kept alive by a timer while USB's REPL runs."""
    if machine.mem32[USB_SIE_CTRL] & USB_PULLUP_EN:
        # A soft reset from the REPL: USB is up already, and must not be while an application runs.
        machine.reset()
    for offset in range(0, USB_MEMORY_BYTES, 4):
        machine.mem32[USB_MEMORY + offset] = 0  # a restart leaves it: the order of a token that was just made
    board = Board(Identity(build_info.BOARD, build_info.BUILD))
    waiting = main.start(board)
    if waiting is None:
        machine.reset()
    else:
        board.lend_time(waiting.tick)
