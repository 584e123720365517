"""Which row an SSD1306 drives on each line of the glass: multiplex ratio, offset, scan direction and COM pins.

Source: Solomon Systech, SSD1306 data sheet, revision 1.1, sections 10.1.11 to 10.1.18 with tables 10-1 to 10-3.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

OUTPUTS: Final = 64
_ALTERNATIVE, _SWAPPED = 0x10, 0x20  # of the command for COM pins


@lru_cache(maxsize=32)
def driven_rows(
    width: int, height: int, ratio: int, offset: int, scan_down: bool, com_pins: int
) -> tuple[int | None, ...]:
    """For each line from the top of an upright module, the row driven there; None if none is.

    `ratio` rows (16 to 64) are driven in all; `offset` is the display offset in rows, `scan_down` the direction
    from COM[ratio-1] to COM0, `com_pins` the parameter of command 0xDA. The glass of a usual module
    has COM0 at the bottom, and neighbouring lines at alternate sides unless it is more than twice as wide as high.
    """
    alternative_glass = width <= 2 * height
    rows: list[int | None] = []
    for line in range(height):
        wire = height - 1 - line
        pad = wire // 2 + wire % 2 * (OUTPUTS // 2) if alternative_glass else wire
        output = _output_at(pad, com_pins)
        row = (ratio - 1 - output if scan_down else output) + offset
        rows.append(row % OUTPUTS if row % OUTPUTS < ratio else None)
    return tuple(rows)


def _output_at(pad: int, com_pins: int) -> int:
    """The COM output at a pad, counted along the left side and then the right (section 10.1.18)."""
    if com_pins & _SWAPPED:
        pad = (pad + OUTPUTS // 2) % OUTPUTS
    if com_pins & _ALTERNATIVE:
        return pad % (OUTPUTS // 2) * 2 + pad // (OUTPUTS // 2)
    return pad
