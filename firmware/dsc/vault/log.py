"""The log of records in one half of the region: append and mark; old or new after every power cut."""

from dsc.protocol.records import CRITICAL, MARKED, TYPE_RESET
from dsc.vault import headers
from dsc.vault.errors import MarksSpentError, UnknownRecordError, VaultFullError
from dsc.vault.headers import NEVER_VALID, VOID, committed
from dsc.vault.pages import MAX_PAGES, NOTHING, Record, encode, mark_offset, opened
from dsc.vault.region import PAGE_SIZE, ZERO_PAGE
from dsc.vault.scan import scan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.vault.region import Region

    _Check = Callable[[list[Record]], None]

# Always left free, so that a full vault can still be reset.
RESERVED_PAGES = 1


class Log:
    """Records, oldest first, in `records`; each append and each mark is on the flash when it returns."""

    def __init__(self, region: "Region", half: int) -> None:
        """For `create` and `mount` only."""
        self.records: list[Record] = []
        self._region = region
        self._pages = region.record_pages(half)
        self._free = 0

    @classmethod
    def create(cls, region: "Region", generation: int = 1) -> "Log":
        """Start an empty log in the first half of an erased region."""
        image = headers.encode_half(generation, region.sectors)
        page = headers.half_page(region, 0)
        region.write(page, image)
        region.write(page, committed(image))
        return cls(region, 0)

    @classmethod
    def mount(
        cls, region: "Region", half: int, known: dict[int, int], check: "_Check | None" = None
    ) -> "Log":
        """Read the log of a half, and finish what a power cut interrupted there.

        `known` gives the newest version that is understood of each record type. `check` is handed the records
        that were not replaced, and raises whatever it has against them. Nothing is written before everything
        was understood. Raises UnknownRecordError, VaultDamagedError, VaultWriteError.
        """
        log = cls(region, half)
        found = scan(region, log._pages)
        for record in found.records:
            if record.kind & CRITICAL and not 1 <= record.version <= known.get(record.kind, 0):
                raise UnknownRecordError(record.kind, record.version)
        superseded = [record.supersedes for record in found.records if record.supersedes != NOTHING]
        if check:
            check([record for record in found.records if record.sequence not in superseded])
        log.records = found.records
        log._free = found.free
        log._settle()
        for remnant in found.remnants:
            log._zero(remnant.position, remnant.length)
        for record in list(log.records):
            if record.sequence in superseded:
                log._void(record)
        return log

    def append(
        self, kind: int, version: int, payload: bytes | bytearray, old: Record | None = None
    ) -> Record:
        """Commit a record, and void the one that it replaces, if any.

        Raises VaultFullError; ValueError for a payload of more than MAX_PAGES pages, or for one of a marked
        record that leaves no room for marks.
        """
        last = self.records[-1].sequence if self.records else 0
        record = Record(
            kind, version, last + 1, old.sequence if old else NOTHING, bytes(payload), position=self._free
        )
        self._check_room(record)
        self._free += record.pages
        pages = self._pages[record.position : self._free]
        images = encode(record)
        for page, image in zip(pages, images):
            self._region.write(page, opened())
            self._region.write(page, image)
        self._region.write(pages[0], committed(images[0]))
        self.records.append(record)
        if old:
            self._void(old)
        return record

    def mark(self, record: Record) -> None:
        """Use a record's next mark. Raises MarksSpentError if there is none left."""
        if record.used >= record.marks:
            raise MarksSpentError
        self._region.clear(self._pages[record.position], mark_offset(record, record.used), b"\x00")
        record.used += 1

    def free_bytes(self) -> int:
        """Return how many bytes of flash further records may take; each takes whole pages of 256 bytes."""
        return max(0, len(self._pages) - self._free - RESERVED_PAGES) * PAGE_SIZE

    def _check_room(self, record: Record) -> None:
        if record.pages > MAX_PAGES or (record.kind & MARKED and record.marks < 1):
            raise ValueError(f"a payload of {len(record.payload)} bytes does not fit into a record")
        free = (len(self._pages) - self._free) * PAGE_SIZE if record.kind == TYPE_RESET else self.free_bytes()
        if record.pages * PAGE_SIZE > free:
            raise VaultFullError(record.pages * PAGE_SIZE, free)

    def _void(self, record: Record) -> None:
        # Superseded records only: mount refuses any other that it finds half voided.
        self._zero(record.position, record.pages)
        self.records.remove(record)

    def _settle(self) -> None:
        """Program again what was last written, so that bits in doubt read from now on as they were read."""
        for record in self.records:
            if record is self.records[-1] or record.used:
                images = encode(record)
                images[0] = committed(images[0])
                # The next mark may be in doubt as well: it read as unused, and is not looked at again.
                end = mark_offset(record, record.used) if record.marks else PAGE_SIZE
                for index, image in enumerate(images):
                    self._region.write(self._pages[record.position + index], image, end)

    def _zero(self, position: int, length: int) -> None:
        # The commit word first: it makes the record void. The first page last: while it can be read, it tells
        # how far there is to go.
        pages = self._pages[position : position + length]
        for page in pages:
            self._region.clear(page, 0, NEVER_VALID)
        self._region.clear(pages[0], 0, VOID)
        for page in reversed(pages):
            self._region.write(page, ZERO_PAGE)
