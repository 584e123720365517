"""The vault's region: the last 128 KiB of the board's flash, raw, every access on the grid and in its bounds."""

import rp2

from dsc.hal import FlashError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc import hal

PAGE = 256
SECTOR = 4096
BLANK = memoryview(b"\xff" * 1024)
ERASE_BLOCK = 6  # of MicroPython's block device protocol (vfs.AbstractBlockDev.ioctl)


class Flash:
    """The region that the image sets aside (mpconfigboard.h); no file system is ever put there.

    MicroPython checks none of this: a negative block number would reach the firmware, and a page that is not
    whole programs whatever lies behind it in memory.
    """

    def __init__(self, watchdog: "hal.Watchdog") -> None:
        self._device = rp2.Flash()
        self._cells = memoryview(self._device)  # type: ignore[arg-type]  # the stubs lack the buffer that it is
        self._page = bytearray(PAGE)
        self._watchdog = watchdog
        self.size = len(self._cells)

    def read(self, offset: int, length: int) -> bytes:
        if offset < 0 or length < 0 or offset + length > self.size:
            raise FlashError("read", offset, "outside the region")
        return bytes(self._cells[offset : offset + length])

    def is_blank(self, offset: int, length: int) -> bool:
        if offset < 0 or length < 0 or offset + length > self.size:
            raise FlashError("read", offset, "outside the region")
        end = offset + length
        while offset < end:
            count = min(len(BLANK), end - offset)
            if self._cells[offset : offset + count] != BLANK[:count]:
                return False
            offset += count
        return True

    def program(self, offset: int, data: "hal.Buffer") -> None:
        if offset % PAGE or len(data) != PAGE:
            raise FlashError("program", offset, "takes one whole page of %d bytes" % PAGE)
        if not 0 <= offset < self.size:
            raise FlashError("program", offset, "outside the region")
        self._watchdog.feed()
        # The chip can't be read while it programs, so the bytes must come from RAM, and constants are in flash.
        self._page[:] = data
        self._device.writeblocks(offset // SECTOR, self._page, offset % SECTOR)

    def erase(self, offset: int) -> None:
        if offset % SECTOR:
            raise FlashError("erase", offset, "takes one whole sector of %d bytes" % SECTOR)
        if not 0 <= offset < self.size:
            raise FlashError("erase", offset, "outside the region")
        self._watchdog.feed()
        self._device.ioctl(ERASE_BLOCK, offset // SECTOR)
        self._watchdog.feed()
