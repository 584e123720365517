"""States of a flash as values: recorded before each operation, and made from those as each power cut leaves them.

Runs under CPython and under MicroPython. What is cut runs only once, and equal states need to boot only once.
"""

from fakes.nor_flash import PAGE, SET, NorFlash, PowerCut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.nor_flash import Tear

    # The pages' cells, and (page, mask) for those that have bits in doubt.
    State = tuple[tuple[bytes, ...], tuple[tuple[int, bytes], ...]]
    # The state before it, offset, length, the bits to be changed, and whether they become set.
    Operation = tuple[State, int, int, int, bool]


class RecordingFlash(NorFlash):
    """A flash that starts in a given state, and keeps each operation with the state before it in `history`."""

    def __init__(self, state: "State", doubt: str = SET) -> None:
        pages, doubtful = state
        super().__init__(len(pages) * PAGE, b"".join(pages))
        self.doubtful = dict(doubtful)
        self.history: list[Operation] = []
        self._pages = list(pages)
        self._state: State | None = state
        self.power_on(doubt)

    def state(self) -> "State":
        """Return the present state."""
        if self._state is None:
            self._state = (tuple(self._pages), tuple(sorted(self.doubtful.items())))
        return self._state

    def _change(self, offset: int, length: int, targets: int, value: bool) -> None:
        self.history.append((self.state(), offset, length, targets, value))
        super()._change(offset, length, targets, value)
        if targets:
            self._state = None
            for start in range(offset, offset + length, PAGE):
                self._pages[start // PAGE] = _shared(bytes(self.cells[start : start + PAGE]))


def state_of(flash: NorFlash) -> "State":
    """Return the state of any flash."""
    return _pages(flash), tuple(sorted(flash.doubtful.items()))


def readings(state: "State") -> "list[bytes]":
    """Return what can be read from the flash: as it is, and where bits are in doubt, with all set and all clear."""
    pages, doubtful = state
    if not doubtful:
        return [b"".join(pages)]
    set_pages, clear_pages = list(pages), list(pages)
    for page, mask in doubtful:
        cells, bits = int.from_bytes(pages[page], "big"), int.from_bytes(mask, "big")
        set_pages[page] = (cells | bits).to_bytes(PAGE, "big")
        clear_pages[page] = ((cells | bits) ^ bits).to_bytes(PAGE, "big")
    return [b"".join(read) for read in (pages, set_pages, clear_pages)]


def cuts(
    history: "list[Operation]", end: "State", tears: "dict[str, Tear]"
) -> "Iterator[tuple[int, str, State]]":
    """Yield the state after each way in which power can fail: number of the operation, way, state."""
    for index, operation in enumerate(history):
        yield index + 1, "before", operation[0]
        for name, tear in tears.items():
            yield index + 1, name, torn(operation, tear)
        yield index + 1, "after", history[index + 1][0] if index + 1 < len(history) else end


def torn(operation: "Operation", tear: "Tear") -> "State":
    """Return the state that an operation leaves if power fails within it."""
    (pages, doubtful), offset, length, targets, value = operation
    first, end = offset // PAGE, (offset + length) // PAGE
    area = NorFlash(length, b"".join(pages[first:end]))
    area.doubtful = {page - first: mask for page, mask in doubtful if first <= page < end}
    area.cut(1, tear)
    try:  # noqa: SIM105 - MicroPython has no contextlib
        area._change(0, length, targets, value)
    except PowerCut:
        pass
    doubts = [(page, mask) for page, mask in doubtful if not first <= page < end]
    doubts += [(page + first, mask) for page, mask in area.doubtful.items()]
    return pages[:first] + _pages(area) + pages[end:], tuple(sorted(doubts))


def _pages(flash: NorFlash) -> "tuple[bytes, ...]":
    cells = bytes(flash.cells)
    return tuple([_shared(cells[start : start + PAGE]) for start in range(0, len(cells), PAGE)])


_seen: "dict[bytes, bytes]" = {}


def _shared(page: bytes) -> bytes:
    """Return the one object that stands for all equal pages, so that states are small and quick to compare."""
    return _seen.setdefault(page, page)
