"""The firmware on a board that something restarted: what did is in the image's name + ".cause"."""

from simulated import board, main

make = board.Flash
causes = []


def open_flash(path):
    """The flash, once it is known what happened."""
    with open(path + ".cause") as file:
        causes.append(file.read())
    return make(path)


board.Flash = open_flash
board.Power.failure = lambda power: causes[-1]
main.run()
