"""A 4x4 key matrix without diodes: contacts bounce, and current takes every path there is."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simulated.clock import Clock

ROWS = 4
COLUMNS = 4


class Pin:
    """One line of the matrix, with the interface of machine.Pin."""

    IN = 0
    OUT = 1
    PULL_UP = 1
    PULL_DOWN = 2

    def __init__(self, matrix: "Matrix", line: int) -> None:
        self._matrix = matrix
        self._line = line
        self.drives_low = False
        self._output = False

    def init(self, mode: int, pull: int | None = None) -> None:
        self._output = mode == self.OUT
        self.drives_low = False

    def value(self, level: int | None = None) -> int | None:
        if level is None:
            return 0 if self._matrix.is_low(self._line) else 1
        self.drives_low = self._output and not level
        return None


class Matrix:
    """Lines 0-3 are the rows, 4-7 the columns; a closed contact joins a row and a column.

    For `bounce_ms` after a press or release the contact makes and breaks at random (fixed by key and time,
    so that all engines see the same). A line is low if any path of closed contacts joins it to one that is
    driven low: three closed corners of a rectangle make the fourth seem closed.
    """

    def __init__(self, clock: "Clock", bounce_ms: int, held: "list[list[int]] | None" = None) -> None:
        """`held` are the contacts, as [row, column], that were closed long before."""
        self._clock = clock
        self._bounce_ms = bounce_ms
        self._closed: dict[tuple[int, int], int] = {}  # contact -> when it was closed
        for row, column in held or ():
            self._closed[(row, column)] = -bounce_ms
        self._opening: dict[tuple[int, int], int] = {}  # contact -> when it was opened
        self.rows = [Pin(self, line) for line in range(ROWS)]
        self.columns = [Pin(self, ROWS + line) for line in range(COLUMNS)]
        self._lines = self.rows + self.columns

    def press(self, row: int, column: int) -> None:
        self._closed[(row, column)] = self._clock.now()
        self._opening.pop((row, column), None)

    def release(self, row: int, column: int) -> None:
        if self._closed.pop((row, column), None) is not None:
            self._opening[(row, column)] = self._clock.now()

    @property
    def at_rest(self) -> bool:
        """Whether no contact is closed, nor bounces: it stays so until the next press."""
        return not self._closed and not self._opening

    def is_low(self, line: int) -> bool:
        """Whether `line` is pulled low, directly or through closed contacts."""
        contacts = self._conducting()
        if not contacts:
            return self._lines[line].drives_low
        seen = {line}
        reached = [line]
        while reached:
            here = reached.pop()
            if self._lines[here].drives_low:
                return True
            for row, column in contacts:
                other = ROWS + column if here == row else row if here == ROWS + column else here
                if other not in seen:
                    seen.add(other)
                    reached.append(other)
        return False

    def _conducting(self) -> list[tuple[int, int]]:
        if self.at_rest:
            return []
        now = self._clock.now()
        contacts = []
        for contact, since in self._closed.items():
            if now - since >= self._bounce_ms or self._bounces_closed(contact, now):
                contacts.append(contact)
        for contact, since in list(self._opening.items()):
            if now - since >= self._bounce_ms:
                del self._opening[contact]
            elif self._bounces_closed(contact, now):
                contacts.append(contact)
        return contacts

    def _bounces_closed(self, contact: tuple[int, int], now: int) -> bool:
        mixed = ((now + 1) * 40503 + (contact[0] * COLUMNS + contact[1] + 1) * 30011) & 0xFFFF
        return bool((mixed * 25173 + 13849) & 0x4000)
