"""The log of records in one half of the region: append and mark; old or new after every power cut."""

from dsc.protocol.layout import NEVER_VALID, PAGE_SIZE, VALID, VOID, ZERO_PAGE, committed, record_pages
from dsc.protocol.pages import BEGUN, MAX_PAGES, NOTHING, Record, encode, mark_offset, opened
from dsc.protocol.records import CRITICAL, MARKED, TYPE_RESET
from dsc.vault.errors import MarksSpentError, UnknownRecordError, VaultFullError
from dsc.vault.scan import scan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.vault.region import Region
    from dsc.vault.scan import Remnant

# Always left free, so that a full vault can still be reset.
RESERVED_PAGES = 1


class Log:
    """Records, oldest first, in `records`; each append and each mark is on the flash when it returns."""

    def __init__(self, region: "Region", half: int) -> None:
        """An empty log in a half (0 or 1) that is erased."""
        self.records: list[Record] = []
        self.half = half
        self._region = region
        self._pages = record_pages(region.sectors, half)
        self._free = 0
        self._remnants: list[Remnant] = []

    @classmethod
    def read(cls, region: "Region", half: int, known: dict[int, int]) -> "Log":
        """Read the log of a half, without writing; `recover` must follow before anything is written to it.

        `known` gives the newest version that is understood of each record type. Raises UnknownRecordError,
        VaultDamagedError.
        """
        log = cls(region, half)
        found = scan(region, log._pages)
        for record in found.records:
            if record.kind & CRITICAL and not 1 <= record.version <= known.get(record.kind, 0):
                raise UnknownRecordError(record.kind, record.version)
        log.records = found.records
        log._free = found.free
        log._remnants = found.remnants
        return log

    def current(self) -> list[Record]:
        """Return the records that were not replaced."""
        superseded = self._superseded()
        return [record for record in self.records if record.sequence not in superseded]

    def recover(self) -> None:
        """Finish what a power cut interrupted in a log that was read. Raises VaultWriteError."""
        superseded = self._superseded()
        self._settle(superseded)
        for remnant in self._remnants:
            for index in range(remnant.length):
                # As in `append`: a page that seems blank after a cut must have no bits in doubt but those of this byte.
                # The rest is programmed as the scan read it: read again, a commit word in doubt may have become valid.
                image = bytearray(remnant.images[index])
                image[BEGUN] = 0
                self._region.program_byte(self._pages[remnant.position + index], BEGUN, image)
            self._zero(remnant.position, remnant.length)
        self._remnants = []
        self._settle_zeroed()
        for record in list(self.records):
            if record.sequence in superseded:
                self._void(record)

    def append(
        self, kind: int, version: int, payload: bytes | bytearray, old: Record | None = None, used: int = 0
    ) -> Record:
        """Commit a record with `used` marks, and void the one that it replaces, if any.

        Raises VaultFullError; ValueError for a payload of more than MAX_PAGES pages, or for one of a marked
        record that leaves no room for marks.
        """
        record, pages = self._place(kind, version, payload, old, used)
        images = encode(record)
        for page, image in zip(pages, images):
            self._region.write(page, opened())
            self._region.write(page, image)
        self._region.write(pages[0], committed(images[0]))
        self.records.append(record)
        if old:
            self._void(old)
        return record

    def copy(self, kind: int, version: int, payload: bytes | bytearray, used: int = 0) -> Record:
        """Put a record into a half that is not committed yet, each page by one write. Raises as `append` does.

        Whatever is torn there is erased with the half, so the commit word needs no write of its own.
        """
        record, pages = self._place(kind, version, payload, None, used)
        images = encode(record)
        images[0][0:4] = VALID
        for page, image in zip(pages, images):
            self._region.write(page, image)
        self.records.append(record)
        return record

    def mark(self, record: Record, count: int) -> None:
        """Bring the used marks of a record to `count` by one write. Raises MarksSpentError if it has not so many."""
        if not record.used < count <= record.marks:
            raise MarksSpentError
        # Those before it count as used as well: marks are used in order.
        self._region.clear(self._pages[record.position], mark_offset(record, count - 1), b"\x00")
        record.used = count

    def has_room(self, pages: int) -> bool:
        """Whether a record of so many pages can be appended as things are."""
        return pages <= self._tail() - RESERVED_PAGES

    def has_reserve(self) -> bool:
        """Whether the page is there that is kept for the record of a reset."""
        return self._tail() >= RESERVED_PAGES

    def capacity(self) -> int:
        """Return how many pages the records of a half may take at most."""
        return len(self._pages) - RESERVED_PAGES

    def _place(
        self, kind: int, version: int, payload: bytes | bytearray, old: Record | None, used: int
    ) -> "tuple[Record, list[int]]":
        """Reserve the pages of a new record."""
        last = self.records[-1].sequence if self.records else 0
        kept = payload if isinstance(payload, bytes) else bytes(payload)
        supersedes = old.sequence if old else NOTHING
        record = Record(kind, version, last + 1, supersedes, kept, self._free, used)
        if record.pages > MAX_PAGES or (kind & MARKED and record.marks < 1):
            raise ValueError(f"a payload of {len(payload)} bytes does not fit into a record")
        free = self._tail() if kind == TYPE_RESET else self._tail() - RESERVED_PAGES
        if record.pages > free:
            raise VaultFullError(record.pages * PAGE_SIZE, max(0, free) * PAGE_SIZE)
        self._free += record.pages
        return record, self._pages[record.position : self._free]

    def _tail(self) -> int:
        return len(self._pages) - self._free

    def _superseded(self) -> list[int]:
        return [record.supersedes for record in self.records if record.supersedes != NOTHING]

    def _void(self, record: Record) -> None:
        # Superseded records only: a boot refuses any other that it finds half voided.
        self._zero(record.position, record.pages)
        self.records.remove(record)

    def _settle(self, superseded: list[int]) -> None:
        """Program again what was last written, so that bits in doubt read from now on as they were read.

        Not what was replaced: its commit word may be in doubt already, and it is zeroed next.
        """
        for record in self.records:
            if record.sequence in superseded:
                continue
            if record.used:
                self._settle_last_mark(record)
            if record is self.records[-1] or record.used:
                images = encode(record)
                images[0] = committed(images[0])
                # The next mark may be in doubt as well: it read as unused, and is not looked at again.
                end = mark_offset(record, record.used) if record.marks else PAGE_SIZE
                for index, image in enumerate(images):
                    self._region.write(self._pages[record.position + index], image, end)

    def _settle_last_mark(self, record: Record) -> None:
        """Program the last used mark again, before those that it skipped: a cut must not leave one of these alone."""
        page = self._pages[record.position]
        offset = mark_offset(record, record.used - 1)
        image = bytearray(self._region.read(page))
        image[offset] = 0
        image[offset + 1 :] = b"\xff" * (PAGE_SIZE - offset - 1)
        self._region.program_byte(page, offset, image)

    def _settle_zeroed(self) -> None:
        """Program zeroed pages again: their last bits may be in doubt, and show at a later boot what was there.

        That was the last thing to be written only if the last record has replaced another one and was not used since,
        or if it was an unfinished record behind the last one.
        """
        last = self.records[-1] if self.records else None
        first = last.position if last else 0
        if last and last.supersedes != NOTHING and not last.used:
            first = 0
        for page in self._pages[first : self._free]:
            if self._region.read(page) == ZERO_PAGE:
                self._region.write(page, ZERO_PAGE)

    def _zero(self, position: int, length: int) -> None:
        # The commit word first: it makes the record void. The first page last: while it can be read, it tells
        # how far there is to go.
        pages = self._pages[position : position + length]
        for page in pages:
            self._region.clear(page, 0, NEVER_VALID)
        self._region.clear(pages[0], 0, VOID)
        for page in reversed(pages):
            self._region.write(page, ZERO_PAGE)
