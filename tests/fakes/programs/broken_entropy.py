"""The firmware on a board whose random source has failed its health test already."""

from simulated import board, main

board.Entropy.failed = "repetition"
main.run()
