"""What the records of a vault say together, and what they must be for that; what a compaction keeps of them."""

from dsc.protocol import extras, records, settings, verified
from dsc.protocol.errors import RecordError
from dsc.protocol.extras import TYPE_FORM, TYPE_LINK, Form, Link
from dsc.protocol.records import (
    COUNTER_MAX,
    CRITICAL,
    KIND_SERVER,
    MODE_SOFT,
    TYPE_LABEL,
    TYPE_SEAL,
    Counter,
    Credential,
    Label,
    PinOffset,
    Reset,
    Root,
    Seal,
)
from dsc.protocol.settings import Settings
from dsc.protocol.verified import (
    ATTEMPT_PIN,
    EVENT_BEGUN,
    EVENT_FORGIVEN,
    EVENTS,
    SECRETS,
    TYPE_ATTEMPTS,
    Attempts,
    Wrapping,
)
from dsc.vault.errors import ContentError, VaultDamagedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsc.protocol.pages import Record

    Owned = Credential | Label | Counter | Form | Link
    Content = Root | PinOffset | Owned | Settings | Seal | Reset | Wrapping | Attempts
    Key = tuple[int, object]
    # Kind, version, payload, used marks, what it says if that is known.
    Packed = tuple[int, int, bytes | bytearray, int, Content | None]

_CLASSES = records.CLASSES + verified.CLASSES + extras.CLASSES + settings.CLASSES
KNOWN = {cls.TYPE: cls.VERSION for cls in _CLASSES}
_DECODERS = {cls.TYPE: cls.decode for cls in _CLASSES}
_OWNED = (Credential, Label, Counter, Form, Link)  # what has a credential's id, and goes with it

# One would do, but if it were the last record, a single bit of its commit word could make it a record that was
# never committed, and the token one that anybody may provision. Any committed one seals.
SEALS = 2


class Contents:
    """The fields of a sealed vault, and the records that can be marked or replaced, by their `key`."""

    def __init__(self) -> None:
        self.root: Root | None = None
        self.offset: PinOffset | None = None
        self.wrapping: Wrapping | None = None
        self.credentials: list[Credential] = []  # of all kinds
        self.settings: Settings | None = None
        self.found: dict[Key, tuple[Record, Content]] = {}

    @classmethod
    def load(cls, current: "list[Record]") -> "Contents":
        """Take what the records that were not replaced say. Raises VaultDamagedError for one that says nothing.

        Without a seal among them, what they say is worth nothing; with one, it must fit together.
        """
        contents = cls()
        try:
            for record in current:
                # What is not critical, and of a version that is not known, is left alone.
                content = decoded(record)
                if content:
                    if record.kind & CRITICAL and record.kind != TYPE_SEAL and key(content) in contents.found:
                        raise ContentError("two records say the same thing, and none replaces the other")
                    contents._keep(record, content)
            if (TYPE_SEAL, None) not in contents.found:
                return cls()
            contents._check()
        except (RecordError, ContentError) as error:
            raise VaultDamagedError(str(error))
        return contents

    @classmethod
    def moved(cls, written: "list[Packed]", moved: "list[Record]") -> "Contents":
        """Take what a compaction has written, record by record."""
        contents = cls()
        for entry, record in zip(written, moved):
            if entry[4]:
                contents._keep(record, entry[4])
        contents._check()
        return contents

    def packed(
        self,
        current: "list[Record]",
        old: "Record | None" = None,
        new: "Content | None" = None,
        without: "tuple[bytes, ...]" = (),
    ) -> "list[Packed]":
        """Return the records that a compaction writes: all current ones, with `new` for `old`, the seals last.

        `without` are the ids (16 bytes) of credentials that are left out with all that is theirs. Marks that were
        used go into the base of their record, and all others are as they were, byte by byte.
        """
        known = {record.sequence: content for record, content in self.found.values()}
        result: list[Packed] = []
        for record in current:
            if record is old or record.kind == TYPE_SEAL:
                continue
            content = known.get(record.sequence) or decoded(record)
            if isinstance(content, _OWNED) and bytes(content.id) in without:
                continue
            payload: bytes | bytearray = record.payload
            used = record.used
            # What is kept in memory stays as it is until the compaction has succeeded.
            if isinstance(content, Counter):
                content = Counter(content.id, _value(record, content))
            elif isinstance(content, Attempts):
                content = Attempts(content.secret, content.event, _value(record, content))
            if isinstance(content, (Counter, Attempts)):
                payload, used = content.encode(), 0
            result.append((record.kind, record.version, payload, used, content))
        if new:
            result.append((new.TYPE, new.VERSION, new.encode(), 0, new))
        for _ in range(SEALS):
            result.append((TYPE_SEAL, Seal.VERSION, b"", 0, Seal()))
        return result

    def value(self, key: "Key") -> int:
        """Return how far a counter or the attempts have come; 0 without a record."""
        entry = self.found.get(key)
        return _value(entry[0], entry[1]) if entry else 0  # type: ignore[arg-type]

    def form(self, credential_id: bytes) -> Form | None:
        """Return what a credential signs, if it signs anything."""
        entry = self.found.get((TYPE_FORM, credential_id))
        return entry[1] if entry else None  # type: ignore[return-value]

    def server(self, credential_id: bytes) -> Credential | None:
        """Return the server key that goes with a login credential, if there is one."""
        entry = self.found.get((TYPE_LINK, credential_id))
        if not entry:
            return None
        server_id = entry[1].server_id  # type: ignore[union-attr]
        return next(each for each in self.credentials if each.id == server_id)

    def failures(self, secret: int) -> int:
        """Return how many attempts at a secret failed, or were interrupted, since the last that was right."""
        wrapping = self.wrapping
        made = 0
        if wrapping:
            made = wrapping.pin_attempts if secret == ATTEMPT_PIN else wrapping.code_attempts
        forgiven = max(made, self.value((TYPE_ATTEMPTS, (secret, EVENT_FORGIVEN))))
        return self.value((TYPE_ATTEMPTS, (secret, EVENT_BEGUN))) - forgiven

    def replace(self, record: "Record", content: "Content") -> None:
        """Take what a record says that was appended, in place of the one with its key."""
        self._keep(record, content)
        if isinstance(content, Label):
            for credential in self.credentials:
                if credential.id == content.id:
                    credential.label = content.label

    def _keep(self, record: "Record", content: "Content") -> None:
        if isinstance(content, Root):
            self.root = content
        elif isinstance(content, PinOffset):
            self.offset = content
        elif isinstance(content, Wrapping):
            self.wrapping = content
        elif isinstance(content, Credential):
            self.credentials.append(content)
        elif isinstance(content, Settings):
            self.settings = content
        self.found[key(content)] = (record, content)

    def _check(self) -> None:
        for credential in self.credentials:
            entry = self.found.get((TYPE_LABEL, bytes(credential.id)))
            credential.label = entry[1].label if entry else ""  # type: ignore[union-attr]
        if not self.root:
            raise ContentError("there is no root record")
        check_unlocking(self.root, self.offset, self.wrapping)
        forms, links = [], []
        for _, content in self.found.values():
            if isinstance(content, Form):
                forms.append(content)
            elif isinstance(content, Link):
                links.append(content)
        check_belongings(self.credentials, forms, links)
        attempts = [found for kind, found in self.found if kind == TYPE_ATTEMPTS]
        if self.wrapping:
            if len(attempts) != len(SECRETS) * len(EVENTS):
                raise ContentError("attempts are not counted")
            if any(self.failures(secret) < 0 for secret in SECRETS):
                raise ContentError("more attempts are forgiven than were made")
        elif attempts:
            raise ContentError("a soft vault counts no attempts")


def key(content: "Content") -> "Key":
    """Return what a record shares with the one that replaces it."""
    if isinstance(content, _OWNED):
        return (content.TYPE, bytes(content.id))
    if isinstance(content, Attempts):
        return (content.TYPE, (content.secret, content.event))
    return (content.TYPE, None)


def decoded(record: "Record") -> "Content | None":
    """Return what a record says; None for one that is not known. Raises RecordError."""
    if not 1 <= record.version <= KNOWN.get(record.kind, 0):
        return None
    return _DECODERS[record.kind](record.payload)


def check_belongings(
    credentials: "Iterable[Credential]", forms: "Iterable[Form]", links: "Iterable[Link]"
) -> None:
    """Refuse a form without a credential that signs, and a link that joins no login with a server key of its own.

    Raises ContentError.
    """
    owners = {bytes(credential.id): credential for credential in credentials}
    for form in forms:
        owner = owners.get(bytes(form.id))
        if owner is None or owner.kind == KIND_SERVER or not owner.sign:
            raise ContentError("a form belongs to no credential that signs")
    linked = []
    for link in links:
        login, server = owners.get(bytes(link.id)), owners.get(bytes(link.server_id))
        if login is None or login.kind == KIND_SERVER or server is None or server.kind != KIND_SERVER:
            raise ContentError("a link joins no credential with a server key")
        if server in linked:
            raise ContentError("a server key belongs to two credentials")
        linked.append(server)


def check_unlocking(root: Root, offset: PinOffset | None, wrapping: Wrapping | None) -> None:
    """Refuse an offset or a wrapping that does not go with the root. Raises ContentError."""
    soft = root.mode == MODE_SOFT
    if (offset is None) == soft:
        raise ContentError("a soft vault has a PIN offset, a verified one has none")
    if (wrapping is None) != soft:
        raise ContentError("a verified vault has a wrapping, a soft one has none")
    if offset and len(offset.offset) != root.pin_length:
        raise ContentError("the offset has not as many digits as the PIN")


def _value(record: "Record", content: Counter | Attempts) -> int:
    return min(content.base + record.used, COUNTER_MAX)
