"""The vault: typed access to the records of one token."""

from dsc.protocol.layout import PAGE_SIZE
from dsc.protocol.pages import pages_needed
from dsc.protocol.records import (
    COUNTER_MAX,
    KIND_SERVER,
    TYPE_COUNTER,
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
from dsc.protocol.settings import Settings
from dsc.protocol.transaction import Field
from dsc.protocol.verified import (
    ATTEMPT_CODE,
    ATTEMPT_PIN,
    EVENT_BEGUN,
    EVENT_FORGIVEN,
    SECRETS,
    TYPE_ATTEMPTS,
    Attempts,
    Wrapping,
)
from dsc.vault import halves, making, memory, reset
from dsc.vault.contents import KNOWN, SEALS, Contents, check_unlocking, key
from dsc.vault.errors import (
    ContentError,
    CounterSpentError,
    UnknownCredentialError,
    UnknownRecordError,
    VaultDamagedError,
    VaultFormatError,
    VaultFullError,
    VaultStateError,
    VaultWriteError,
)
from dsc.vault.log import Log
from dsc.vault.region import Region

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsc.hal import Flash
    from dsc.protocol.extras import Form, Link
    from dsc.vault.contents import Content, Packed

BLANK = "blank"
UNSEALED = "unsealed"  # provisioning was begun and never finished; only a new one helps
SEALED = "sealed"


class Vault:
    """What a token keeps; `state` says whether there is anything: BLANK, UNSEALED or SEALED.

    One flash has one Vault at a time: another `mount`, a `provision` or an `erase` ends it. After an error while
    something was written, only a new `mount` can tell what is there: until then, whatever writes raises
    VaultStateError.
    """

    def __init__(self, region: Region) -> None:
        """For `mount` and `provision` only."""
        self.state = BLANK
        self._region = region
        self._generation = 0
        self._log: Log | None = None  # None while something is being written, too
        self._contents = Contents()

    @classmethod
    def mount(cls, flash: "Flash") -> "Vault":
        """Read a vault, finishing first what a power cut interrupted: a write, a void, a compaction, a reset.

        Nothing is written before all of it was understood. Raises VaultDamagedError, VaultFormatError or
        UnknownRecordError rather than guess, VaultRegionError for a region of impossible size, VaultWriteError for
        a worn sector.
        """
        before = memory.collect_often()
        try:
            return cls._mount(Region(flash))
        finally:
            memory.collect_as_before(before)

    @classmethod
    def _mount(cls, region: Region) -> "Vault":
        reset.resume(region)
        vault = cls(region)
        found = halves.survey(region)
        if found.half == halves.BLANK:
            return vault
        vault.state = UNSEALED
        if found.half == halves.BEGUN:
            return vault
        log = Log.read(region, found.half, KNOWN)
        current = log.current()
        kinds = [record.kind for record in current]
        resetting = TYPE_RESET in kinds  # whatever else they say, it is about to be erased
        if not resetting:
            vault._contents = Contents.load(current)
            vault.state = SEALED if TYPE_SEAL in kinds else UNSEALED
        halves.settle(region, found)
        log.recover()
        if resetting:
            reset.run(region)
            return cls(region)
        vault._generation = found.generation
        if vault.state == SEALED:
            halves.finish(region, 1 - found.half)
        vault._log = log
        if vault.state == SEALED and kinds[-1] == TYPE_SEAL and kinds.count(TYPE_SEAL) < SEALS:
            # Power failed between the seals, or the last one has decayed.
            vault._write(Seal())
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
        wrapping: Wrapping | None = None,
        forms: "Sequence[Form]" = (),
        links: "Sequence[Link]" = (),
        settings: Settings | None = None,
    ) -> "Vault":
        """Make a new vault; `offset` is None in verified mode, `wrapping` in soft mode.

        Raises ContentError for contents that do not fit together, and whatever `provision_with` raises.
        """
        contents = making.new_contents(
            root, offset, credentials, labels, counters, wrapping, forms, links, settings
        )
        return cls.provision_with(flash, contents)

    @classmethod
    def provision_with(cls, flash: "Flash", contents: "list[Content]") -> "Vault":
        """Erase everything, write a new vault of `making.new_contents`, seal it, and return it as `mount` reads it.

        After a cut the region is as it was, or blank, or holds a vault that is not sealed; then everything
        must be made anew, keys and all. The list is emptied. Raises VaultStateError if there is a sealed vault, which
        must be erased first, VaultFullError, and whatever `mount` raises.
        """
        state = cls.mount(flash).state
        if state == SEALED:
            raise VaultStateError(state, "erase it before making a new one")
        making.write(Region(flash), contents)
        contents.clear()
        return cls.mount(flash)

    @staticmethod
    def erase(flash: "Flash") -> None:
        """Erase everything, whatever it is; a damaged vault as well. After a cut, `mount` completes it.

        The region is blank afterwards, with a completed reset mark. Raises VaultWriteError if a sector is worn out,
        after everything else has been destroyed.
        """
        region = Region(flash)
        try:
            vault = Vault.mount(flash)
            if vault.state == SEALED:
                vault._give_up()
        except (VaultDamagedError, UnknownRecordError, VaultFormatError):
            pass  # nothing to be lost that could still be used
        except VaultWriteError:
            pass  # it is given up, as far as the flash still obeys
        reset.run(region)

    def _give_up(self) -> None:
        """Say in a committed record that a reset is under way: bits that may be in doubt do not end a sealed vault."""
        log = self._take_log()
        if not log.has_reserve():
            # A power cut has torn the reset record before, and the page that is kept for it is gone.
            self._compact(log, self._contents.packed(log.current()))
            log = self._take_log()
        log.append(Reset.TYPE, Reset.VERSION, Reset().encode())

    @property
    def root(self) -> Root:
        """What never changes. Raises VaultStateError unless it is sealed."""
        if not self._contents.root:
            raise VaultStateError(self.state, "there is no root record")
        return self._contents.root

    @property
    def offset(self) -> PinOffset:
        """The PIN offset of a soft vault. Raises VaultStateError unless it is sealed, and in verified mode."""
        if not self._contents.offset:
            raise VaultStateError(self.state, "there is no PIN offset")
        return self._contents.offset

    @property
    def wrapping(self) -> Wrapping:
        """What PIN and unlock code open. Raises VaultStateError unless the vault is sealed, and in soft mode."""
        if not self._contents.wrapping:
            raise VaultStateError(self.state, "there is no wrapping")
        return self._contents.wrapping

    @property
    def settings(self) -> Settings:
        """What the user has chosen; the defaults if nothing was."""
        return self._contents.settings or Settings()

    def credentials(self) -> list[Credential]:
        """Return what a user logs in with, with labels, in the order in which it was made; no server keys."""
        return [each for each in self._contents.credentials if each.kind != KIND_SERVER]

    def credential(self, credential_id: bytes | bytearray) -> Credential:
        """Return the one of `credentials` with this id (16 bytes). Raises UnknownCredentialError."""
        for credential in self.credentials():
            if credential.id == credential_id:
                return credential
        raise UnknownCredentialError(bytes(credential_id))

    def form(self, credential_id: bytes | bytearray) -> list[Field] | None:
        """Return what a credential asks for when it signs; None if it signs nothing. Raises UnknownCredentialError."""
        self.credential(credential_id)
        form = self._contents.form(bytes(credential_id))
        return [Field(*field) for field in form.fields] if form else None

    def server(self, credential_id: bytes | bytearray) -> Credential | None:
        """Return the server key that goes with a credential; None without one. Raises UnknownCredentialError."""
        self.credential(credential_id)
        return self._contents.server(bytes(credential_id))

    def counter(self, credential_id: bytes | bytearray) -> int:
        """Return a credential's counter: the next value to be used. Raises UnknownCredentialError."""
        self.credential(credential_id)
        return self._contents.value((TYPE_COUNTER, bytes(credential_id)))

    def advance_counter(self, credential_id: bytes | bytearray) -> int:
        """Add one to a counter, and return it once it is on the flash.

        Only then may the value before it be used: after a cut the counter is the old or the new one, and a
        code that was shown is never made again. Raises UnknownCredentialError, CounterSpentError at 2^64 - 1,
        VaultFullError.
        """
        value = self.counter(credential_id) + 1
        if value > COUNTER_MAX:
            raise CounterSpentError
        owner = bytes(credential_id)
        if (TYPE_COUNTER, owner) not in self._contents.found:
            # A first record begins with a used mark, which proves that it was committed if its commit word decays.
            self._write(Counter(owner, 0))
        self._advance(Counter(owner, value))
        return value

    def replace_offset(self, offset: PinOffset) -> None:
        """Commit a new PIN offset, and zero the old one. Soft mode only.

        Raises ContentError, VaultStateError.
        """
        check_unlocking(self.root, offset, self._contents.wrapping)
        self._write(offset)

    def replace_wrapping(self, wrapping: Wrapping) -> None:
        """Commit a new wrapping, and zero the old one; the attempts that it names are forgiven. Verified mode only.

        Raises ContentError, VaultStateError.
        """
        check_unlocking(self.root, self._contents.offset, wrapping)
        was = self.wrapping
        if wrapping.unlock_number < was.unlock_number:
            raise ContentError("the numbers of unlock codes never go back")
        for secret, before, now in (
            (ATTEMPT_PIN, was.pin_attempts, wrapping.pin_attempts),
            (ATTEMPT_CODE, was.code_attempts, wrapping.code_attempts),
        ):
            if not before <= now <= self.attempts(secret):
                raise ContentError("attempts are forgiven once they were made, and stay forgiven")
        self._write(wrapping)

    def attempts(self, secret: int) -> int:
        """Return how many attempts at a secret (ATTEMPT_PIN, ATTEMPT_CODE) were ever begun.

        Raises VaultStateError in soft mode, where nothing on the token can tell a failure, ValueError for another
        secret.
        """
        _ = self.wrapping
        if secret not in SECRETS:
            raise ValueError(f"{secret} is no secret that is counted")
        return self._contents.value((TYPE_ATTEMPTS, (secret, EVENT_BEGUN)))

    def failures(self, secret: int) -> int:
        """Return how many attempts failed, or were interrupted, since the last that was right. Raises as `attempts`."""
        self.attempts(secret)
        return self._contents.failures(secret)

    def begin_attempt(self, secret: int) -> int:
        """Record an attempt, and return the failures with this one once that is on the flash, and read back.

        Only then may the secret be tried: no power cut makes an attempt that was made unmade. Raises as `attempts`.
        """
        self._advance(Attempts(secret, EVENT_BEGUN, self.attempts(secret) + 1))
        return self.failures(secret)

    def forgive(self, secret: int) -> None:
        """Forgive all attempts made so far, because the last one was right. Raises VaultStateError in soft mode."""
        if self.failures(secret):
            self._advance(Attempts(secret, EVENT_FORGIVEN, self.attempts(secret)))

    def rename(self, credential_id: bytes | bytearray, label: str) -> None:
        """Give a credential another label. Raises UnknownCredentialError, RecordError, VaultFullError."""
        self.credential(credential_id)
        self._write(Label(bytes(credential_id), label))

    def replace_settings(self, settings: Settings) -> None:
        """Commit what the user has chosen. Raises RecordError, VaultFullError, VaultStateError."""
        self._write(settings)

    def delete(self, credential_id: bytes | bytearray) -> None:
        """Forget a credential, its label, counter, form and server key, by a compaction that leaves them out.

        Before a cut it is there, and after it there is nothing of it on the flash. Raises UnknownCredentialError,
        ContentError for the last one, which a factory reset deletes.
        """
        server = self.server(credential_id)
        if len(self.credentials()) == 1:
            raise ContentError("a vault keeps at least one credential")
        gone = (bytes(credential_id), bytes(server.id)) if server else (bytes(credential_id),)
        log = self._take_log()
        self._compact(log, self._contents.packed(log.current(), without=gone))

    def compact(self) -> None:
        """Write what is current into the other half, and erase this one."""
        log = self._take_log()
        self._compact(log, self._contents.packed(log.current()))

    def free_bytes(self) -> int:
        """Return how many bytes of flash are free for records, after a compaction if need be; they take whole pages."""
        log = self._log
        if not log:
            # Of a vault that an error left in doubt nothing is free.
            return 0 if self.state == SEALED else Log(self._region, 0).capacity() * PAGE_SIZE
        return max(0, log.capacity() - sum(record.pages for record in log.records)) * PAGE_SIZE

    def _advance(self, content: "Counter | Attempts") -> None:
        """Bring a counter to the base of `content`: by a mark, or if there is none left, by this as a new record."""
        entry = self._contents.found[key(content)]
        record = entry[0]
        marks = content.base - entry[1].base  # type: ignore[union-attr]
        if marks > record.marks:
            self._write(content)
            return
        log = self._take_log()
        log.mark(record, marks)
        self._log = log

    def _write(self, content: "Content") -> None:
        """Append a record in place of the one with its key, if there is one; compact the log if it is full."""
        entry = self._contents.found.get(key(content))
        old = entry[0] if entry and not isinstance(content, Seal) else None
        payload = content.encode()
        log = self._take_log()
        if log.has_room(pages_needed(len(payload))):
            self._contents.replace(log.append(content.TYPE, content.VERSION, payload, old), content)
            self._log = log
        else:
            new = None if isinstance(content, Seal) else content  # a compaction writes the seals anew
            self._compact(log, self._contents.packed(log.current(), old, new))

    def _compact(self, log: Log, records: "list[Packed]") -> None:
        other = Log(self._region, 1 - log.half)
        try:
            making.check_room(other, [pages_needed(len(entry[2])) for entry in records], 0)
        except VaultFullError:
            self._log = log  # nothing was written
            raise
        before = memory.collect_often()
        try:
            self._move(records, log, other)
        finally:
            memory.collect_as_before(before)

    def _move(self, records: "list[Packed]", log: Log, other: Log) -> None:
        halves.check_ready(self._region, other.half)
        header = halves.begin(self._region, other.half, self._generation + 1)
        for kind, version, payload, used, _ in records:
            other.copy(kind, version, payload, used)
        halves.commit(self._region, other.half, header)
        self._generation += 1
        halves.retire(self._region, log.half)
        self._contents = Contents.moved(records, other.records)
        self._log = other

    def _take_log(self) -> Log:
        """The log, for one write; it is given back when that has succeeded."""
        log = self._log
        if self.state != SEALED or not log:
            reason = (
                "only a sealed vault can be written to"
                if self.state != SEALED
                else "an error left it in doubt"
            )
            raise VaultStateError(self.state, reason)
        self._log = None
        return log
