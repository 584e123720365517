"""NOR flash in a file: programming clears bits, only erasing sets them, every access is on the grid."""

from dsc.hal import FlashError

PAGE = 256
SECTOR = 4096
SIZE = 128 * 1024


class Flash:
    """The vault's region as the file `path` of `SIZE` bytes; each operation is in the file when it returns.

    Raises FlashError for an access outside the region or off the grid, OSError if the file is not there or
    has another size.
    """

    size = SIZE

    def __init__(self, path: str) -> None:
        self._file = open(path, "r+b")  # noqa: SIM115 - MicroPython has no pathlib; open as long as the board runs
        self._cells = bytearray(self._file.read(SIZE + 1))
        if len(self._cells) != SIZE:
            self._file.close()
            raise OSError(f"{path} is not a flash image of {SIZE} bytes")

    def read(self, offset: int, length: int) -> bytes:
        if offset < 0 or length < 0 or offset + length > SIZE:
            raise FlashError("read", offset, "outside the region")
        return bytes(self._cells[offset : offset + length])

    def is_blank(self, offset: int, length: int) -> bool:
        return self.read(offset, length) == b"\xff" * length

    def program(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        if offset % PAGE or len(data) != PAGE:
            raise FlashError("program", offset, f"takes one whole page of {PAGE} bytes")
        if not 0 <= offset < SIZE:
            raise FlashError("program", offset, "outside the region")
        for i in range(PAGE):
            self._cells[offset + i] &= data[i]
        self._store(offset, PAGE)

    def erase(self, offset: int) -> None:
        if offset % SECTOR:
            raise FlashError("erase", offset, f"takes one whole sector of {SECTOR} bytes")
        if not 0 <= offset < SIZE:
            raise FlashError("erase", offset, "outside the region")
        self._cells[offset : offset + SECTOR] = b"\xff" * SECTOR
        self._store(offset, SECTOR)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _store(self, offset: int, length: int) -> None:
        self._file.seek(offset)
        self._file.write(self._cells[offset : offset + length])
        self._file.flush()
