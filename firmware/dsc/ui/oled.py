"""The SSD1306 panel through Adafruit's driver."""

from adafruit_ssd1306 import SSD1306_I2C

import busio
from dsc.hal import DisplayMissingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.hal import Display

ADDRESS = 0x3C  # SA0 tied low (SSD1306 data sheet rev. 1.1, section 8.1.5)


def open_display(bus, width: int = 128, height: int = 64) -> "Display":  # type: ignore[no-untyped-def]
    """Start the panel on a machine.I2C-like `bus`; it comes up cleared.

    Raises DisplayMissingError if nothing acknowledges the address.
    """
    try:
        display: Display = SSD1306_I2C(width, height, busio.I2C(bus), addr=ADDRESS)
        return display
    except (ValueError, OSError):
        raise DisplayMissingError(ADDRESS)
