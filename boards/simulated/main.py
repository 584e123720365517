"""Runs the firmware on the simulated board; the first line of the standard input is its configuration."""

import json
import sys

from simulated.board import Board
from simulated.host import Quit

from dsc.app import main


def run() -> None:
    """Power on, and run until the host ends it or the board resets."""
    board = Board(json.loads(sys.stdin.readline()))
    try:
        main.run(board)
    except Quit:
        sys.stdout.flush()
    except Exception as error:  # noqa: BLE001 - MicroPython would print it among the events
        board.report(error)
        sys.exit(1)


if __name__ == "__main__":
    run()
