"""The firmware on a flash that writes down every operation in a file beside its image."""

from simulated import board, main


class LoggedFlash(board.Flash):
    """Appends "read", "program" or "erase" and the place, one a line, to the image's name + ".log"."""

    def __init__(self, path):
        super().__init__(path)
        self._log = open(path + ".log", "a")  # noqa: SIM115 - open as long as the board runs

    def read(self, offset, length):
        self._note("read", offset, length)
        return super().read(offset, length)

    def program(self, offset, data):
        self._note("program", offset, len(data))
        super().program(offset, data)

    def erase(self, offset):
        self._note("erase", offset, 0)
        super().erase(offset)

    def _note(self, operation, offset, length):
        self._log.write(f"{operation} {offset} {length}\n")
        self._log.flush()


board.Flash = LoggedFlash
main.run()
