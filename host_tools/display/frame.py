"""One picture of a small display: 1-bit pixels, comparable, drawn for people as PNG or as text."""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from os import PathLike

from PIL import Image

# An OLED's look: bluish-white pixels, dimmer at their edges, on near black, in a dark frame.
GLASS, PIXEL, PIXEL_EDGE, BEZEL = range(4)
PALETTE = (6, 9, 13, 206, 232, 255, 140, 164, 186, 28, 30, 34)
BEZEL_PIXELS = 6

HALF_BLOCKS = " ▀▄█"
BRAILLE_BLANK = 0x2800
# Bits of a braille character: two columns of four dots, the lowest row added last.
BRAILLE_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


class Frame:
    """An immutable picture, width x height pixels; `rows` are height sequences of width truthy (lit) values.

    Raises ValueError if the rows are not a rectangle of at least one pixel.
    """

    __slots__ = ("_data", "height", "width")

    width: int
    height: int
    # Display memory as from_vlsb takes it; bits below the last row are zero.
    _data: bytes

    def __init__(self, width: int, height: int, rows: Sequence[Sequence[object]]) -> None:
        if width < 1 or height < 1 or len(rows) != height or any(len(row) != width for row in rows):
            raise ValueError(f"a frame of {width}x{height} needs {height} rows of {width} pixels")
        data = bytes(
            sum(bool(row[x]) << bit for bit, row in enumerate(rows[top : top + 8]))
            for top in range(0, height, 8)
            for x in range(width)
        )
        self._fill(width, height, data)

    @classmethod
    def from_vlsb(cls, data: bytes | bytearray | memoryview, width: int, height: int) -> "Frame":
        """From display memory: pages of 8 rows, a byte a column, lowest bit at the top.

        Raises ValueError unless data is exactly (height + 7) // 8 * width bytes, at least one.
        """
        if width < 1 or height < 1 or len(data) != (height + 7) // 8 * width:
            raise ValueError(f"{len(data)} bytes are not the pages of {width}x{height} pixels")
        frame = cls.__new__(cls)
        visible = (1 << (height - 1) % 8 + 1) - 1
        last = len(data) - width
        frame._fill(width, height, bytes(data[:last]) + bytes(column & visible for column in data[last:]))
        return frame

    def _fill(self, width: int, height: int, data: bytes) -> None:
        object.__setattr__(self, "width", width)
        object.__setattr__(self, "height", height)
        object.__setattr__(self, "_data", data)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a frame does not change; {name} cannot be set")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frame) and self._state() == other._state()

    def __hash__(self) -> int:
        return hash(self._state())

    def __repr__(self) -> str:
        return f"<Frame {self.width}x{self.height} {self.sha256()[:12]}>"

    def pixel(self, x: int, y: int) -> int:
        """1 if lit, 0 if dark. Raises IndexError outside the frame."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            raise IndexError(f"({x}, {y}) is outside {self.width}x{self.height} pixels")
        return self._data[y // 8 * self.width + x] >> y % 8 & 1

    def vlsb(self) -> bytes:
        """The pixels as display memory, as from_vlsb takes them."""
        return self._data

    def rows(self) -> list[bytes]:
        """The pixels row by row, top to bottom: 1 if lit, 0 if dark."""
        width = self.width
        return [
            bytes(column >> y % 8 & 1 for column in self._data[y // 8 * width : (y // 8 + 1) * width])
            for y in range(self.height)
        ]

    def sha256(self) -> str:
        """Hex SHA-256 of width, height (big-endian 16 bits each) and vlsb(): what golden frames are compared by."""
        return hashlib.sha256(struct.pack(">HH", self.width, self.height) + self.vlsb()).hexdigest()

    def difference(self, other: "Frame") -> list[tuple[int, int]]:
        """The (x, y) at which two frames of one size differ, row by row. Raises ValueError for two sizes."""
        if (self.width, self.height) != (other.width, other.height):
            raise ValueError(f"a frame of {self.width}x{self.height} and one of {other.width}x{other.height}")
        return [
            (x, y)
            for y, (mine, theirs) in enumerate(zip(self.rows(), other.rows(), strict=True))
            if mine != theirs
            for x in range(self.width)
            if mine[x] != theirs[x]
        ]

    def blocks(self) -> str:
        """The frame in half-block characters: height / 2 lines of width characters."""
        return "\n".join(
            "".join(HALF_BLOCKS[upper | lower << 1] for upper, lower in zip(*pair, strict=True))
            for pair in self._bands(2)
        )

    def braille(self) -> str:
        """The frame in braille characters for narrow terminals: height / 4 lines of width / 2 characters."""
        lines = []
        for band in self._bands(4):
            padded = [row + b"\0" * (self.width % 2) for row in band]
            lines.append(
                "".join(
                    chr(
                        BRAILLE_BLANK
                        + sum(_dots(row, x, dots) for row, dots in zip(padded, BRAILLE_DOTS, strict=True))
                    )
                    for x in range(0, self.width, 2)
                )
            )
        return "\n".join(lines)

    def to_image(self, scale: int = 4, bezel: bool = True) -> Image.Image:
        """The frame as a palette picture, `scale` image pixels a pixel, in a dark frame if `bezel`.

        Raises ValueError for a scale below 1.
        """
        if scale < 1:
            raise ValueError(f"a scale of {scale}; it must be at least 1")
        glass = Image.frombytes("P", (self.width * scale, self.height * scale), self._scaled(scale))
        margin = BEZEL_PIXELS * scale if bezel else 0
        picture = Image.new("P", (glass.width + 2 * margin, glass.height + 2 * margin), BEZEL)
        half = margin // 2
        picture.paste(GLASS, (half, half, picture.width - half, picture.height - half))
        picture.paste(glass, (margin, margin))
        picture.putpalette(PALETTE)
        return picture

    def to_png(self, path: str | PathLike[str], scale: int = 4, bezel: bool = True) -> None:
        """Writes to_image() as a PNG; equal frames give equal files. Raises OSError and ValueError."""
        self.to_image(scale, bezel).save(path, format="PNG", optimize=True)

    def _scaled(self, scale: int) -> bytes:
        # Large pixels get a dimmer right and lower edge, as an OLED's pixels do not touch.
        edge = 1 if scale >= 3 else 0
        body = {0: bytes([GLASS]) * scale, 1: bytes([PIXEL]) * (scale - edge) + bytes([PIXEL_EDGE]) * edge}
        foot = {0: bytes([GLASS]) * scale, 1: bytes([PIXEL_EDGE]) * scale}
        lines = []
        for row in self.rows():
            lines += [b"".join(body[value] for value in row)] * (scale - edge)
            lines += [b"".join(foot[value] for value in row)] * edge
        return b"".join(lines)

    def _bands(self, size: int) -> Iterator[list[bytes]]:
        dark = bytes(self.width)
        rows = self.rows()
        for top in range(0, self.height, size):
            band = rows[top : top + size]
            yield band + [dark] * (size - len(band))

    def _state(self) -> tuple[int, int, bytes]:
        return self.width, self.height, self._data


def _dots(row: bytes, x: int, dots: tuple[int, int]) -> int:
    return row[x] * dots[0] + row[x + 1] * dots[1]
