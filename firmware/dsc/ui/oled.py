"""The SSD1306 panel through Adafruit's driver, sending it only what changed."""

from adafruit_ssd1306 import SSD1306_I2C

import busio
from dsc.hal import DisplayMissingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.hal import Display

ADDRESS = 0x3C  # SA0 tied low (SSD1306 data sheet rev. 1.1, section 8.1.5)

# Control bytes before a stream of commands, and before a stream of data (section 8.1.5.2).
COMMANDS = 0x00
DATA = 0x40
SET_COLUMNS = 0x21  # first, last (section 10.1.4)
SET_PAGES = 0x22  # first, last (section 10.1.5)


class Panel(SSD1306_I2C):  # type: ignore[misc]  # the driver's types are not ours to check
    """The driver's panel. A frame takes 24 ms on the wire, each of its eight pages three: those that the panel has
    already are left out.
    """

    def __init__(self, bus, width: int, height: int) -> None:  # type: ignore[no-untyped-def]
        self._sent = bytearray(width * height // 8)  # what the panel has
        self._is_known = False  # whether it has that
        self._window = bytearray((COMMANDS, SET_COLUMNS, 0, width - 1, SET_PAGES, 0, 0))
        super().__init__(width, height, busio.I2C(bus), addr=ADDRESS)

    @property
    def pixels(self) -> memoryview:
        """The frame without the control byte that the driver keeps before it."""
        return memoryview(self.buffer)[1:]

    def poweron(self) -> None:
        """Light the panel; the next frame is sent whole, in case it lost what it had."""
        self._is_known = False
        super().poweron()

    def show(self) -> None:
        """Send the pages that changed. OSError if the panel does not answer; the next frame is sent whole then."""
        pixels, sent, width = self.pixels, memoryview(self._sent), self.width
        changed = []
        for start in range(0, len(sent), width):
            if not self._is_known or pixels[start : start + width] != sent[start : start + width]:
                changed.append(start // width)
        self._is_known = False
        while changed:
            first = last = changed.pop(0)
            while changed and changed[0] == last + 1:
                last = changed.pop(0)
            self._send(first, last)
        sent[:] = pixels
        self._is_known = True

    def _send(self, first: int, last: int) -> None:
        """Send the pages `first` to `last`."""
        window, buffer = self._window, self.buffer
        window[5], window[6] = first, last
        start = first * self.width
        kept = buffer[start]
        buffer[start] = DATA  # a control byte, in the place of a pixel column before the first one
        try:
            with self.i2c_device:
                self.i2c_device.write(window)
                self.i2c_device.write(memoryview(buffer)[start : (last + 1) * self.width + 1])
        finally:
            buffer[start] = kept


def open_display(bus, width: int = 128, height: int = 64) -> "Display":  # type: ignore[no-untyped-def]
    """Start the panel on a machine.I2C-like `bus`; it comes up cleared.

    Raises DisplayMissingError if nothing acknowledges the address.
    """
    try:
        display: Display = Panel(bus, width, height)
        return display
    except (ValueError, OSError):
        raise DisplayMissingError(ADDRESS)
