"""CircuitPython's `digitalio` over pins with the interface of MicroPython's `machine.Pin`."""


class Direction:
    """Which way a pin works."""

    INPUT = "input"
    OUTPUT = "output"


class Pull:
    """The pull resistor of an input."""

    UP = "up"
    DOWN = "down"


class DigitalInOut:
    """One pin, driven the way CircuitPython's drivers expect.

    `pin` has the interface of machine.Pin: the constants IN, OUT, PULL_UP, PULL_DOWN, `init(mode, pull)`
    and `value([level])`. A new object leaves the pin as it is; setting `direction` configures it.
    """

    def __init__(self, pin) -> None:  # type: ignore[no-untyped-def]
        self._pin = pin
        self._direction = Direction.INPUT
        self._pull: str | None = None

    @property
    def direction(self) -> str:
        return self._direction

    @direction.setter
    def direction(self, direction: str) -> None:
        self._direction = direction
        if direction == Direction.OUTPUT:
            self._pull = None
            self._pin.init(self._pin.OUT)
        else:
            self._configure_input()

    @property
    def pull(self) -> str | None:
        return self._pull

    @pull.setter
    def pull(self, pull: str | None) -> None:
        self._pull = pull
        self._configure_input()

    @property
    def value(self) -> bool:
        return bool(self._pin.value())

    @value.setter
    def value(self, level: bool) -> None:
        self._pin.value(1 if level else 0)

    def _configure_input(self) -> None:
        pull = None
        if self._pull == Pull.UP:
            pull = self._pin.PULL_UP
        elif self._pull == Pull.DOWN:
            pull = self._pin.PULL_DOWN
        self._pin.init(self._pin.IN, pull)
