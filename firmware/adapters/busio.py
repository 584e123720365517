"""CircuitPython's `busio` over a bus with the interface of MicroPython's `machine.I2C`."""


class I2C:
    """An I²C bus with CircuitPython's locking, for one driver at a time.

    `bus` has the interface of machine.I2C: `writeto(address, data)` and `readfrom_into(address, buffer)`,
    which raise OSError where no device answers.
    """

    def __init__(self, bus) -> None:  # type: ignore[no-untyped-def]
        self._bus = bus
        self._locked = False

    def try_lock(self) -> bool:
        if self._locked:
            return False
        self._locked = True
        return True

    def unlock(self) -> None:
        self._locked = False

    def writeto(
        self, address: int, buffer: bytes | bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        if start == 0 and (end is None or end == len(buffer)):
            self._bus.writeto(address, buffer)  # the whole frame buffer goes out without a copy
        else:
            self._bus.writeto(address, memoryview(buffer)[start : len(buffer) if end is None else end])

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        self._bus.readfrom_into(address, memoryview(buffer)[start : len(buffer) if end is None else end])


class SPI:
    """Named by the display driver's annotations; the token has no SPI device."""
