"""Digits printed where a PIN could be looked at through paper: made-up ones, upon one another, in the PIN's own type.

They are outlines and not text, so that nothing but the PIN itself is found by searching the file. On the flap they
stand upside down, and on the back of the sheet mirrored, so that light through the folded paper shows them as it shows
the PIN. Each letter has others, or they could be taken away from what is seen.
"""

from __future__ import annotations

import random
from typing import Any, Final

from fontTools.pens.basePen import BasePen

from host_tools.station.paper import fonts

DIGITS: Final = "0123456789"
LAYERS: Final = 2
STEP_X: Final = 0.60  # from digit to digit, in type sizes: as in a PIN
STEP_Y: Final = 0.78
JITTER: Final = 0.18


class BlockOut:
    """Fills areas of a canvas with digits of one size; made before anything is drawn on it. Lengths are points."""

    def __init__(self, canvas: Any, size: float, chance: random.Random) -> None:
        self._canvas = canvas
        self._size = size
        self._chance = chance
        for digit in DIGITS:
            canvas.beginForm(_form(digit), 0, -size, size, size)
            path = canvas.beginPath()
            fonts.outline(digit, _Pen(path, size))
            canvas.drawPath(path, stroke=0, fill=1)
            canvas.endForm()

    def fill(self, x: float, y: float, width: float, height: float, flip_x: int = 1, flip_y: int = 1) -> None:
        """Cover the area, from its left lower corner; a flip is -1 for digits that are mirrored that way."""
        step_x, step_y = STEP_X * self._size, STEP_Y * self._size
        self._canvas.saveState()
        area = self._canvas.beginPath()
        area.rect(x, y, width, height)
        self._canvas.clipPath(area, stroke=0, fill=0)
        for _ in range(LAYERS):
            for row in range(int(height / step_y) + 2):
                for column in range(int(width / step_x) + 2):
                    self._canvas.saveState()
                    self._canvas.translate(
                        x + (column - 0.5 + self._off()) * step_x, y + (row - 0.5 + self._off()) * step_y
                    )
                    self._canvas.scale(flip_x, flip_y)
                    self._canvas.doForm(_form(self._chance.choice(DIGITS)))
                    self._canvas.restoreState()
        self._canvas.restoreState()

    def _off(self) -> float:
        return self._chance.uniform(-JITTER, JITTER)


class _Pen(BasePen):  # type: ignore[misc]
    """Draws on a path of reportlab."""

    def __init__(self, path: Any, size: float) -> None:
        super().__init__(None)
        self._path = path
        self._size = size

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - as fontTools calls it
        self._path.moveTo(*self._scaled(point))

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._path.lineTo(*self._scaled(point))

    def _curveToOne(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._path.curveTo(*(length for point in points for length in self._scaled(point)))

    def _closePath(self) -> None:  # noqa: N802
        self._path.close()

    def _scaled(self, point: tuple[float, float]) -> tuple[float, float]:
        return point[0] * self._size, point[1] * self._size


def _form(digit: str) -> str:
    return f"digit-{digit}"
