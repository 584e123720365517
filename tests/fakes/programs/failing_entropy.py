"""The firmware on a board whose random source has failed."""

from dsc.hal import EntropyError
from simulated import board, main


def read(entropy, length):
    """No bytes, as after a health test that failed."""
    raise EntropyError("repetition")


board.Entropy.read = read
main.run()
