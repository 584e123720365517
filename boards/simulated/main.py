"""Runs the firmware on the simulated board; the first line of the standard input is its configuration."""

import json
import sys

from dsc.app import main
from simulated.board import Board, print_traceback
from simulated.host import Quit


def run() -> None:
    """Power on, and run until the host ends it or the board resets."""
    board = None
    try:
        board = Board(json.loads(sys.stdin.readline()))
        main.run(board)
    except Quit:
        sys.stdout.flush()
    except Exception as error:  # noqa: BLE001 - MicroPython would print it among the events
        if board:
            board.report(error)
        else:
            print_traceback(error)
        sys.exit(1)


if __name__ == "__main__":
    run()
