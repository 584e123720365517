"""The vault's region of flash: pages and sectors by number, every access checked, every write read back."""

from dsc.protocol.layout import BLANK_PAGE, PAGE_SIZE, PAGES_PER_SECTOR, SECTOR_SIZE
from dsc.vault.errors import VaultRegionError, VaultWriteError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.hal import Flash

_AT_ONCE = 8  # pages that are looked at together where only blank ones are expected


class Region:
    """Pages (256 bytes) and sectors (4096 bytes) of a Flash port, numbered from 0."""

    def __init__(self, flash: "Flash") -> None:
        """Raises VaultRegionError unless the port has an even number of sectors, two or more."""
        size = flash.size
        if size < 2 * SECTOR_SIZE or size % (2 * SECTOR_SIZE):
            raise VaultRegionError(f"{size} bytes are not an even number of sectors of {SECTOR_SIZE}")
        self._flash = flash
        self.sectors = size // SECTOR_SIZE
        self.pages = size // PAGE_SIZE
        self.middle = self.sectors // 2  # first sector of the second half

    def read(self, page: int) -> bytes:
        """Return a page's 256 bytes."""
        self._check(page, self.pages)
        return self._flash.read(page * PAGE_SIZE, PAGE_SIZE)

    def first_written(self, page: int, end: int) -> int:
        """Return the first page from `page` on that is not blank; `end` if all before it are."""
        while page < end:
            count = min(_AT_ONCE, end - page)
            self._check(page + count - 1, self.pages)
            if not self._flash.is_blank(page * PAGE_SIZE, count * PAGE_SIZE):
                for index in range(count):
                    if self.read(page + index) != BLANK_PAGE:
                        return page + index
                return page  # a bit in doubt, somewhere among these, which reads as blank now
            page += count
        return end

    def write(self, page: int, image: bytes | bytearray, end: int = PAGE_SIZE) -> None:
        """Program a page so that it holds `image`, which may differ from the old one by cleared bits only.

        Raises VaultWriteError if it does not hold it afterwards, up to byte `end`.
        """
        self._program(page, image)
        if self.read(page)[:end] != image[:end]:
            raise VaultWriteError(page * PAGE_SIZE)

    def clear(self, page: int, start: int, data: bytes) -> None:
        """Clear, from byte `start` of a page, those bits that are clear in `data`; the rest stays as it is.

        Only these bits are read back: the rest of an interrupted page may read differently each time.
        """
        image = bytearray(self.read(page))
        for index, value in enumerate(data):
            image[start + index] &= value
        self._program(page, image)
        kept = self.read(page)
        for index, value in enumerate(data):
            if kept[start + index] & ~value:
                raise VaultWriteError(page * PAGE_SIZE)

    def program_byte(self, page: int, offset: int, image: bytes | bytearray) -> None:
        """Program a page with `image`, of which only the byte at `offset`, which is 0, must be kept."""
        self._program(page, image)
        if self.read(page)[offset]:
            raise VaultWriteError(page * PAGE_SIZE)

    def erase(self, sector: int) -> None:
        """Erase a sector. Raises VaultWriteError if it is not blank afterwards."""
        self._check(sector, self.sectors)
        self._flash.erase(sector * SECTOR_SIZE)
        first = sector * PAGES_PER_SECTOR
        written = self.first_written(first, first + PAGES_PER_SECTOR)
        if written < first + PAGES_PER_SECTOR:
            raise VaultWriteError(written * PAGE_SIZE)

    def _program(self, page: int, image: bytes | bytearray) -> None:
        self._check(page, self.pages)
        if len(image) != PAGE_SIZE:
            raise VaultRegionError(f"{len(image)} bytes are not a page")
        self._flash.program(page * PAGE_SIZE, image)

    def _check(self, number: int, end: int) -> None:
        if not 0 <= number < end:
            raise VaultRegionError(f"{number} is outside 0 to {end - 1}")
