"""The firmware on a flash that loses power at the operation whose number is in the image's name + ".cut"."""

import sys

from simulated import board, main


class FailingFlash(board.Flash):
    """Counts programs and erases; the last one changes half of its page or sector."""

    def __init__(self, path):
        super().__init__(path)
        with open(path + ".cut") as file:
            self._left = int(file.read())

    def program(self, offset, data):
        self._left -= 1
        if self._left:
            super().program(offset, data)
        else:
            super().program(offset, bytes(data[:128]) + b"\xff" * 128)
            sys.exit(1)

    def erase(self, offset):
        self._left -= 1
        if self._left:
            super().erase(offset)
        else:
            for i in range(offset, offset + 2048):
                self._cells[i] = 0xFF
            self._store(offset, 2048)
            sys.exit(1)


board.Flash = FailingFlash
main.run()
