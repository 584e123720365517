"""A small hand for drawing SVG: shapes, texts and paths with rounded corners, over the standard library's XML."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

Point = tuple[float, float]

# What each system shows its own windows in; the file carries no font.
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif"


class Svg:
    """One drawing; shapes lie over those that were drawn before them. All lengths are user units."""

    def __init__(self, width: int, height: int, title: str, description: str) -> None:
        """A title and a description are what a screen reader tells of the picture."""
        self._root = ET.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {width} {height}",
                "width": str(width),
                "height": str(height),
                "role": "img",
                "aria-labelledby": "title description",
                "font-family": FONT,
            },
        )
        ET.SubElement(self._root, "title", {"id": "title"}).text = title
        ET.SubElement(self._root, "desc", {"id": "description"}).text = description

    def rectangle(
        self, x: float, y: float, width: float, height: float, radius: float = 0, **style: str | float
    ) -> None:
        """A rectangle from its upper left corner."""
        self._add("rect", style, x=x, y=y, width=width, height=height, rx=radius)

    def circle(self, centre: Point, radius: float, **style: str | float) -> None:
        """A circle."""
        self._add("circle", style, cx=centre[0], cy=centre[1], r=radius)

    def polygon(self, points: Sequence[Point], **style: str | float) -> None:
        """A closed shape."""
        self._add("path", style, d=_moves(points) + "Z")

    def line(self, points: Sequence[Point], radius: float = 0, **style: str | float) -> None:
        """A line through `points`, its corners rounded; `points` must be horizontally or vertically apart."""
        self._add("path", {"fill": "none", **style}, d=_rounded(points, radius))

    def text(
        self, position: Point, words: str, size: float, anchor: str = "start", **style: str | float
    ) -> None:
        """One line of text; `position` is on its base line, at the start, middle or end of it."""
        together = {"font-size": size, "text-anchor": anchor, **style}
        self._add("text", together, x=position[0], y=position[1]).text = words

    def to_text(self) -> str:
        """The file's text."""
        ET.indent(self._root, " ")
        return ET.tostring(self._root, encoding="unicode") + "\n"

    def _add(self, tag: str, style: dict[str, str | float], **attributes: str | float) -> ET.Element:
        together = {**attributes, **style}
        return ET.SubElement(
            self._root, tag, {name.replace("_", "-"): _number(value) for name, value in together.items()}
        )


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")


def _moves(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def _rounded(points: Sequence[Point], radius: float) -> str:
    """Path data that cuts each corner with a quadratic curve of `radius`, or less where there is no room."""
    parts = [f"M{_number(points[0][0])} {_number(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        entry, leave = _towards(corner, before, radius), _towards(corner, after, radius)
        parts.append("L{} {}".format(*map(_number, entry)))
        parts.append("Q{} {} {} {}".format(*map(_number, (*corner, *leave))))
    parts.append("L{} {}".format(*map(_number, points[-1])))
    return "".join(parts)


def _towards(start: Point, goal: Point, distance: float) -> Point:
    length = abs(goal[0] - start[0]) + abs(goal[1] - start[1])
    share = min(distance / length, 0.5) if length else 0
    return start[0] + (goal[0] - start[0]) * share, start[1] + (goal[1] - start[1]) * share
