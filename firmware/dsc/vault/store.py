"""The vault: typed access to the records of one token, and their making."""

from dsc.protocol.errors import RecordError
from dsc.protocol.records import (
    CLASSES,
    COUNTER_MAX,
    MODE_SOFT,
    TYPE_RESET,
    TYPE_SEAL,
    Counter,
    Credential,
    Label,
    PinOffset,
    Reset,
    Root,
    Seal,
)
from dsc.vault import headers, reset
from dsc.vault.errors import (
    ContentError,
    CounterSpentError,
    UnknownCredentialError,
    UnknownRecordError,
    VaultDamagedError,
    VaultFormatError,
    VaultFullError,
    VaultStateError,
)
from dsc.vault.log import RESERVED_PAGES, Log
from dsc.vault.pages import pages_needed
from dsc.vault.region import PAGE_SIZE, Region

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.hal import Flash
    from dsc.vault.pages import Record

    _Content = Root | PinOffset | Credential | Label | Counter | Seal | Reset

BLANK = "blank"
UNSEALED = "unsealed"  # provisioning was begun and never finished; only a new one helps
SEALED = "sealed"

_KNOWN = {cls.TYPE: cls.VERSION for cls in CLASSES}
_DECODERS = {cls.TYPE: cls.decode for cls in CLASSES}

# One would do, but if it were the last record, a single bit of its commit word could make it a record that was
# never committed, and the token one that anybody may provision. Any committed one seals.
_SEALS = 2


class Vault:
    """What a token keeps; `state` says whether there is anything: BLANK, UNSEALED or SEALED."""

    def __init__(self, region: Region) -> None:
        """For `mount` and `provision` only."""
        self.state = BLANK
        self._region = region
        self._log: Log | None = None
        self._root: Root | None = None
        self._offset: PinOffset | None = None
        self._credentials: list[Credential] = []
        self._counters: dict[bytes, tuple[Record, Counter]] = {}
        self._offset_record: Record | None = None

    @classmethod
    def mount(cls, flash: "Flash") -> "Vault":
        """Read a vault, finishing first what a power cut interrupted: a write, a void, a reset.

        Raises VaultDamagedError, VaultFormatError or UnknownRecordError rather than guess, VaultRegionError
        for a region of impossible size, VaultWriteError for a worn sector.
        """
        region = Region(flash)
        reset.resume(region)
        vault = cls(region)
        half = headers.survey(region)
        if half == headers.BLANK:
            return vault
        vault.state = UNSEALED
        if half == headers.BEGUN:
            return vault
        log = vault._log = Log.mount(region, half, _KNOWN, vault._load)
        kinds = [record.kind for record in log.records]
        if TYPE_RESET in kinds:
            reset.run(region)
            return cls(region)
        lone = vault.state == SEALED and kinds[-1] == TYPE_SEAL and kinds.count(TYPE_SEAL) < _SEALS
        if lone and log.free_bytes():
            # Power failed between the seals, or the last one has decayed.
            log.append(Seal.TYPE, Seal.VERSION, Seal().encode())
        return vault

    @classmethod
    def provision(
        cls,
        flash: "Flash",
        root: Root,
        offset: PinOffset | None,
        credentials: list[Credential],
        labels: list[Label],
        counters: list[Counter],
    ) -> "Vault":
        """Erase everything, write a new vault, seal it, and return it as `mount` reads it.

        After a cut the region is as it was, or blank, or holds a vault that is not sealed; then everything
        must be made anew, keys and all. `offset` is None in verified mode. Raises VaultStateError if there is
        a sealed vault, which must be erased first, ContentError for contents that do not fit together,
        VaultFullError, and whatever `mount` raises.
        """
        state = cls.mount(flash).state
        if state == SEALED:
            raise VaultStateError(state, "erase it before making a new one")
        _check_content(root, offset, credentials, labels, counters)
        region = Region(flash)
        records: list[_Content] = [root]
        records += [offset] if offset else []
        records += credentials
        records += labels
        records += counters
        records += [Seal()] * _SEALS
        payloads = [record.encode() for record in records]
        needed = sum([pages_needed(len(payload)) for payload in payloads])
        # One page is left over, so that a second seal that a power cut tore can be written anew.
        room = len(region.record_pages(0)) - RESERVED_PAGES - 1
        if needed > room:
            raise VaultFullError(needed * PAGE_SIZE, room * PAGE_SIZE)
        reset.run(region)
        log = Log.create(region)
        for record, payload in zip(records, payloads):
            log.append(record.TYPE, record.VERSION, payload)
        return cls.mount(flash)

    @staticmethod
    def erase(flash: "Flash") -> None:
        """Erase everything, whatever it is; a damaged vault as well. After a cut, `mount` completes it.

        The region is blank afterwards, with a completed reset mark.
        """
        region = Region(flash)
        try:
            vault = Vault.mount(flash)
            if vault.state == SEALED and vault._log:
                # A sealed vault is given up by a committed record, never by bits that may be in doubt.
                vault._log.append(Reset.TYPE, Reset.VERSION, Reset().encode())
        except (VaultDamagedError, UnknownRecordError, VaultFormatError):
            pass  # nothing to be lost that could still be used
        reset.run(region)

    @property
    def root(self) -> Root:
        """What seals the vault. Raises VaultStateError unless it is sealed."""
        if not self._root:
            raise VaultStateError(self.state, "there is no root record")
        return self._root

    @property
    def offset(self) -> PinOffset:
        """The PIN offset of a soft vault. Raises VaultStateError unless it is sealed, and in verified mode."""
        if not self._offset:
            raise VaultStateError(self.state, "there is no PIN offset")
        return self._offset

    def credentials(self) -> list[Credential]:
        """Return all credentials with their labels, in the order in which they were made."""
        return list(self._credentials)

    def credential(self, credential_id: bytes | bytearray) -> Credential:
        """Return the credential with this id (16 bytes). Raises UnknownCredentialError."""
        for credential in self._credentials:
            if credential.id == credential_id:
                return credential
        raise UnknownCredentialError(bytes(credential_id))

    def counter(self, credential_id: bytes | bytearray) -> int:
        """Return a credential's counter: the next value to be used. Raises UnknownCredentialError."""
        self.credential(credential_id)
        entry = self._counters.get(bytes(credential_id))
        return min(entry[1].base + entry[0].used, COUNTER_MAX) if entry else 0

    def advance_counter(self, credential_id: bytes | bytearray) -> int:
        """Add one to a counter, and return it once it is on the flash.

        Only then may the value before it be used: after a cut the counter is the old or the new one, and a
        code that was shown is never made again. Raises UnknownCredentialError, CounterSpentError at 2^64 - 1,
        VaultFullError.
        """
        value = self.counter(credential_id) + 1
        if value > COUNTER_MAX:
            raise CounterSpentError
        key = bytes(credential_id)
        # A first record begins with a used mark, which proves that it was committed if its commit word decays.
        entry = self._counters.get(key) or self._append_counter(Counter(key, 0), None)
        if entry[0].used < entry[0].marks:
            self._sealed_log().mark(entry[0])
        else:
            self._append_counter(Counter(key, value), entry[0])
        return value

    def replace_offset(self, offset: PinOffset) -> None:
        """Commit a new PIN offset, and zero the old one.

        Raises ContentError, VaultStateError, VaultFullError.
        """
        log = self._sealed_log()
        if not self._offset_record:
            raise ContentError("a verified vault has no PIN offset")
        _check_offset(self.root, offset)
        self._offset_record = log.append(
            PinOffset.TYPE, PinOffset.VERSION, offset.encode(), self._offset_record
        )
        self._offset = offset

    def free_bytes(self) -> int:
        """Return how many bytes of flash are free for records; each record takes whole pages of 256 bytes."""
        if self._log:
            return self._log.free_bytes()
        return (len(self._region.record_pages(0)) - RESERVED_PAGES) * PAGE_SIZE

    def _append_counter(self, counter: Counter, old: "Record | None") -> "tuple[Record, Counter]":
        record = self._sealed_log().append(Counter.TYPE, Counter.VERSION, counter.encode(), old)
        entry = self._counters[bytes(counter.id)] = (record, counter)
        return entry

    def _sealed_log(self) -> Log:
        if self.state != SEALED or not self._log:
            raise VaultStateError(self.state, "only a sealed vault can be written to")
        return self._log

    def _load(self, records: "list[Record]") -> None:
        """Take what the records say, as far as the vault is sealed; called before anything is written."""
        kinds = [record.kind for record in records]
        if TYPE_RESET in kinds:
            return  # whatever they say, it is about to be erased
        try:
            # What is not critical, and of a version that is not known, is left alone.
            contents = [
                (record, _DECODERS[record.kind](record.payload))
                for record in records
                if 1 <= record.version <= _KNOWN.get(record.kind, 0)
            ]
            if TYPE_SEAL in kinds:
                self._keep(contents)
                self.state = SEALED
        except (RecordError, ContentError) as error:
            raise VaultDamagedError(str(error))

    def _keep(self, contents: "list[tuple[Record, _Content]]") -> None:
        labels: dict[bytes, str] = {}
        for record, content in contents:
            if isinstance(content, Root):
                self._root = content
            elif isinstance(content, PinOffset):
                self._offset, self._offset_record = content, record
            elif isinstance(content, Credential):
                self._credentials.append(content)
            elif isinstance(content, Label):
                labels[bytes(content.id)] = content.label
            elif isinstance(content, Counter):
                self._counters[bytes(content.id)] = (record, content)
        for credential in self._credentials:
            credential.label = labels.get(bytes(credential.id), "")
        if not self._root:
            raise VaultDamagedError("there is no root record")
        _check_offset(self._root, self._offset)


def _check_content(
    root: Root,
    offset: PinOffset | None,
    credentials: list[Credential],
    labels: list[Label],
    counters: list[Counter],
) -> None:
    _check_offset(root, offset)
    ids = [bytes(credential.id) for credential in credentials]
    if len(set(ids)) != len(ids):
        raise ContentError("two credentials have the same id")
    for name, owners in (("label", labels), ("counter", counters)):
        owned = [bytes(owner.id) for owner in owners]
        if len(set(owned)) != len(owned) or not set(owned) <= set(ids):
            raise ContentError(f"a {name} belongs to no credential, or is the second one")


def _check_offset(root: Root, offset: PinOffset | None) -> None:
    if (offset is None) == (root.mode == MODE_SOFT):
        raise ContentError("a soft vault has a PIN offset, a verified one has none")
    if offset and len(offset.offset) != root.pin_length:
        raise ContentError("the offset has not as many digits as the PIN")
