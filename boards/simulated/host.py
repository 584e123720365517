"""The pipe to the host: one command or event a line, words separated by blanks, bytes as hex.

Host to board:   run MS · press ROW COLUMN · release ROW COLUMN · link HEX · quit
Board to host:   idle NOW · i2c ADDRESS HEX · link HEX · reset NOW · fault NAME · tick

Time is virtual. The board runs until the milliseconds that it was granted are used up, says "idle", and
takes commands until it is granted more.
"""

import sys


class Quit(BaseException):
    """The host wants the board to end in order; not an Exception, so that no firmware code swallows it."""


class Host:
    """Sends events, takes commands; `on_command` is given each one but `run` and `quit`."""

    def __init__(self, on_command) -> None:  # type: ignore[no-untyped-def]
        self._on_command = on_command

    def event(self, *words: str) -> None:
        """Send one line."""
        sys.stdout.write(" ".join(words) + "\n")

    def take_commands(self, now: int) -> int:
        """Say that the granted time is used up; serve commands until more is granted, return how much (ms)."""
        self.event("idle", str(now))
        sys.stdout.flush()
        while True:
            words = sys.stdin.readline().split()
            if not words or words[0] == "quit":
                raise Quit
            if words[0] == "run":
                return int(words[1])
            self._on_command(words)
