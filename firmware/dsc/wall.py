"""The time of day on a board without a clock that runs on a battery: known once it was set, until power goes."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class WallClock:
    """Unix seconds, counted on by the board's clock; `now` gives its milliseconds since power-on."""

    def __init__(self, now: "Callable[[], int]", seconds: int | None = None) -> None:
        self._now = now
        self._begun: int | None = None  # Unix milliseconds at power-on
        if seconds is not None:
            self.set(seconds)

    def read(self) -> int | None:
        """Unix seconds; None as long as nobody has set them."""
        return None if self._begun is None else (self._begun + self._now()) // 1000

    def set(self, seconds: int) -> None:
        """Take `seconds` for the present time."""
        self._begun = 1000 * seconds - self._now()
