"""Reading a half of the log from end to end, without writing: what is accepted, what was left unfinished."""

from dsc.protocol.errors import PageError
from dsc.protocol.layout import BLANK_PAGE, PAGES_PER_SECTOR, VALID, VOID, ZERO_PAGE, only_clears
from dsc.protocol.pages import MAX_PAGES, NOTHING, declared_pages, decode, is_first
from dsc.vault.errors import VaultDamagedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.protocol.pages import Record
    from dsc.vault.region import Region


class Remnant:
    """Neighbouring pages that hold no record: one that was being written, or one that was being voided."""

    def __init__(self, position: int, page: bytes) -> None:
        self.position = position
        self.length = 1
        self.written = 1  # pages up to the last that is not zero
        self.images = [page]  # as they were read


class Scan:
    """What a half holds: records in order, remnants to be voided, the position of the first free page."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.remnants: list[Remnant] = []
        self.free = 0


def scan(region: "Region", pages: list[int]) -> Scan:
    """Read the record pages of a half, each exactly once, because doubtful bits may read differently.

    Raises VaultDamagedError for whatever no history of appends, voids and power cuts leaves behind.
    """
    result = Scan()
    position = 0
    while position < len(pages):
        page = region.read(pages[position])
        if page == BLANK_PAGE:
            break
        if is_first(page):
            record = _accept(region, pages, position, page)
            last = result.records[-1].sequence if result.records else 0
            # Numbers begin at 1 in each half, and every record takes a page at least.
            if not last < record.sequence <= position + 1:
                raise VaultDamagedError(f"the record at page {position} is out of sequence")
            result.records.append(record)
            position += record.pages
        else:
            _reject(result.remnants, position, page)
            position += 1
    result.free = position
    _check_blank(region, pages, result.free + 1)
    _judge(result)
    return result


def _check_blank(region: "Region", pages: list[int], position: int) -> None:
    while position < len(pages):
        first = pages[position]
        end = min(first - first % PAGES_PER_SECTOR + PAGES_PER_SECTOR, pages[-1] + 1)
        written = region.first_written(first, end)
        if written < end:
            raise VaultDamagedError(f"page {position + written - first} is written behind blank ones")
        position += end - first


def _accept(region: "Region", pages: list[int], position: int, page: bytes) -> "Record":
    count = declared_pages(page)
    if not count or position + count > len(pages):
        raise VaultDamagedError(f"the record at page {position} has an impossible length")
    images = [page] + [region.read(pages[position + index]) for index in range(1, count)]
    try:
        record = decode(images, position)
    except PageError as error:
        raise VaultDamagedError(error.reason)
    if record.supersedes != NOTHING and record.supersedes >= record.sequence:
        raise VaultDamagedError(f"the record at page {position} replaces a later one")
    return record


def _reject(remnants: list[Remnant], position: int, page: bytes) -> None:
    last = remnants[-1] if remnants else None
    if last and last.position + last.length == position and last.length < MAX_PAGES:
        # Zeroing may have been interrupted on any page of a record, so zero pages behind it belong to it as
        # well: they are zeroed again, because their bits may be in doubt.
        last.length += 1
        last.images.append(page)
        if page != ZERO_PAGE:
            last.written = last.length
    elif page != ZERO_PAGE:
        remnants.append(Remnant(position, page))


def _judge(result: Scan) -> None:
    """Refuse remnants that no power cut leaves: each must be the last one, superseded, or void already."""
    end = result.records[-1].position if result.records else -1
    superseded = [record.supersedes for record in result.records]
    last = [remnant for remnant in result.remnants if remnant.position > end]
    if len(last) > 1:
        raise VaultDamagedError(f"page {last[1].position} belongs to no record")
    for remnant in last:
        _check_unfinished(remnant, result.records)
    for remnant in result.remnants:
        first = remnant.images[0]
        word = first[0:4]
        if remnant in last or word == VOID:
            continue
        # Voiding clears bits of a valid commit word; nothing else of the record has been touched yet.
        voiding = only_clears(word, VALID)
        sequence = int.from_bytes(first[16:20], "big")
        if not voiding or sequence not in superseded or declared_pages(first) != remnant.written:
            raise VaultDamagedError(f"the record at page {remnant.position} is not committed")


def _check_unfinished(remnant: Remnant, records: "list[Record]") -> None:
    """Refuse a last record that seems uncommitted, but has had consequences: its commit word has decayed.

    A mark is used, and a replaced record is voided, only when the record has been committed for sure.
    """
    first = remnant.images[0]
    if first[0:4] == VOID:
        return
    try:
        record = decode(remnant.images[: declared_pages(first) or 1], remnant.position)
    except PageError:
        return  # interrupted before all of it was written
    replaced = record.supersedes != NOTHING and all(record.supersedes != old.sequence for old in records)
    if record.used or replaced:
        raise VaultDamagedError(f"the record at page {remnant.position} was committed, and is no more")
