"""What must hold when a token boots with any image whatever in its vault's region."""

from dsc.protocol.layout import (
    BLANK_PAGE,
    MARK_SIZE,
    MARK_START,
    PAGE_SIZE,
    SECTOR_SIZE,
    VALID,
    ZERO_PAGE,
    is_begun,
)
from dsc.protocol.records import TYPE_RESET
from dsc.vault.errors import VaultError
from dsc.vault.store import BLANK, SEALED, Vault
from fakes.nor_flash import NorFlash
from fakes.vault_contents import everything

MOST_OPERATIONS = 700  # a reset of four sectors takes about 30, and zeroing every page there is about 500
MOST_READS = 2000


class Watched(NorFlash):
    """Flash that counts what a boot does to it, and gives up on one that does not end."""

    def __init__(self, size: int, image: bytes) -> None:
        super().__init__(size, image)
        self.erased: set[int] = set()

    def read(self, offset: int, length: int) -> bytes:
        if self.reads > MOST_READS:
            raise AssertionError("a boot that does not end")
        return super().read(offset, length)

    def program(self, offset: int, data: "bytes | bytearray | memoryview") -> None:
        if self.operations > MOST_OPERATIONS:
            raise AssertionError("a boot that does not end")
        super().program(offset, data)

    def erase(self, offset: int) -> None:
        self.erased.add(offset // SECTOR_SIZE)
        super().erase(offset)


def boot(image: bytes) -> str:
    """Boot with an image, check what holds for all, and return what came of it: the state, or the error's name.

    Raises AssertionError, or whatever the vault raised that it must not.
    """
    flash = Watched(len(image), image)
    resetting = reset_begun(image)
    try:
        vault = Vault.mount(flash)
    except VaultError as error:
        if not resetting:
            assert flash.operations == 0, "something was written before all of it was understood"
        return type(error).__name__
    if vault.state == BLANK:
        assert resetting or blank(image), "a region that holds something was taken for a blank one"
    if not resetting:
        half = vault._log.half if vault._log else None
        first = 0 if half == 0 else len(image) // SECTOR_SIZE // 2
        kept = set(range(first, first + len(image) // SECTOR_SIZE // 2)) if half is not None else set()
        assert not flash.erased & kept, "the half that holds the vault was erased"
    found = everything(vault)
    again = Watched(len(image), bytes(flash.cells))
    assert everything(Vault.mount(again)) == found, "the next boot sees something else"
    if vault.state == SEALED:
        assert again.cells == flash.cells, "a boot leaves work to the next one"
        # What is programmed again, so that no bit of it is in doubt: records and their marks, and what was zeroed.
        assert again.operations <= 3 * len(vault._log.records) + zeroed(flash.cells), (
            "a boot does more than it has to"
        )
        assert not again.erased
    return vault.state


def zeroed(image: bytes | bytearray) -> int:
    """How many pages are zero."""
    return sum(image[start : start + PAGE_SIZE] == ZERO_PAGE for start in range(0, len(image), PAGE_SIZE))


def reset_begun(image: bytes) -> bool:
    """Whether the image says that it is to be erased: by a mark, or by a committed reset record."""
    half = len(image) // 2
    marks = [image[start + MARK_START : start + MARK_START + MARK_SIZE] for start in (0, half)]
    pages = [image[start : start + PAGE_SIZE] for start in range(0, len(image), PAGE_SIZE)]
    return any(is_begun(mark) for mark in marks) or any(
        page[0:4] == VALID and page[5] == TYPE_RESET for page in pages
    )


def blank(image: bytes) -> bool:
    """Whether nothing is written but sectors' headers, and the mark of a reset that is complete, or all but that."""
    pages = {start: image[start : start + PAGE_SIZE] for start in range(0, len(image), PAGE_SIZE)}
    return all(page == BLANK_PAGE or start % SECTOR_SIZE == 0 for start, page in pages.items())
