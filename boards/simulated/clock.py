"""Virtual time: it passes only while the firmware sleeps, and only as far as the host has granted."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simulated.host import Host


class Clock:
    """Milliseconds since power-on. Computing takes no time, so every run gives the same frames."""

    def __init__(self, host: "Host") -> None:
        self._host = host
        self._now = 0
        self._granted = 0

    def now(self) -> int:
        return self._now

    def sleep(self, milliseconds: int) -> None:
        wake = self._now + milliseconds
        while wake > self._granted:
            self._now = self._granted
            self._granted += self._host.take_commands(self._now)
        self._now = wake

    def skip(self) -> None:
        """Let the time that is left until the host's next command pass at once."""
        self._now = self._granted
