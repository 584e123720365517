"""What can go wrong with the inventory: one tree of errors that carry data and never a secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path


class InventoryError(Exception):
    """Base of everything that the inventory refuses."""


class InventoryPlaceError(InventoryError):
    """The file, folder or database (`place`, an address without its password) of the inventory cannot be used."""

    def __init__(self, place: Path | str, message: str) -> None:
        super().__init__(message)
        self.place = place


class NoInventoryError(InventoryPlaceError):
    """There is no inventory yet, and the caller did not ask for one to be made."""

    def __init__(self, place: Path | str) -> None:
        super().__init__(
            place,
            f"there is no inventory at {place}: `picodsc station init` makes one, and `picodsc token new` one to try "
            "things with",
        )


class UnusableFileError(InventoryPlaceError):
    """The operating system refused to read or write a file."""

    def __init__(self, place: Path, reason: str) -> None:
        super().__init__(place, f"cannot use {place}: {reason}")
        self.reason = reason


class ExposedFileError(InventoryPlaceError):
    """A secret file can be read or written by other users of this machine, or is one's (uid `owner`)."""

    def __init__(self, place: Path, mode: int, owner: int | None = None) -> None:
        super().__init__(
            place,
            f"{place} is open to other users (mode {mode:04o}, allowed is 0600): run `chmod 600` on it"
            if owner is None
            else f"{place} is another user's (uid {owner}), allowed is a file of your own or root's: copy it",
        )
        self.mode = mode
        self.owner = owner


class UnusableDatabaseError(InventoryPlaceError):
    """The database server is not there, or refuses; `reason` is in its words."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(place, f"cannot use the database {place}: {reason}")
        self.reason = reason


class AddressError(InventoryError):
    """What should say where the inventory is does not."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}; an inventory is in a file, or at postgresql://USER@HOST/DATABASE")


class ForeignDatabaseError(InventoryPlaceError):
    """The file or database is damaged, or is not an inventory at all."""

    def __init__(self, place: Path | str) -> None:
        super().__init__(place, f"{place} is damaged or is not a picodsc inventory; it was left as it is")


class NewerInventoryError(InventoryPlaceError):
    """The inventory was written by a later picodsc."""

    def __init__(self, place: Path | str, found: int, supported: int) -> None:
        super().__init__(
            place,
            f"{place} has schema version {found}, this picodsc knows versions up to {supported}: "
            "use the picodsc that wrote it, or a later one",
        )
        self.found = found
        self.supported = supported


class InventoryBusyError(InventoryPlaceError):
    """Another process held the inventory for longer than we wait."""

    def __init__(self, place: Path | str, seconds: int) -> None:
        super().__init__(place, f"another process has held {place} for {seconds} seconds; try again")
        self.seconds = seconds


class CustodyError(InventoryError):
    """Base of what goes wrong with the master key and what is wrapped under it."""


class MissingMasterKeyError(CustodyError):
    """The inventory holds keys, but the master key that they are wrapped under is not there."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(
            f"the master key of this inventory is missing: expected at {path}, bring it back from a backup, or say "
            "where else it is in PICODSC_MASTER_KEY"
        )
        self.path = path


class WrongMasterKeyError(CustodyError):
    """The master key is a good one, of another inventory."""

    def __init__(self) -> None:
        super().__init__("the master key is not the one that this inventory's keys are wrapped under")


class DamagedMasterKeyError(CustodyError):
    """The master key file does not hold a master key."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} does not hold a picodsc master key")
        self.path = path


class ForgottenKeyError(CustodyError):
    """Whoever holds the master keys has none of this version (any more)."""

    def __init__(self, version: int) -> None:
        super().__init__(
            f"version {version} of the master key is not there: if it was rotated just now, try again; else bring the "
            "master key back from a backup"
        )
        self.version = version


class PassphraseNeededError(CustodyError):
    """The master key is protected by a passphrase, and nobody is there to give it."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is protected by a passphrase; there is no terminal to ask for it at")
        self.path = path


class WrongPassphraseError(CustodyError):
    """The passphrase does not open the master key's file, or the file was changed."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"this is not the passphrase of {path}, or the file was changed")
        self.path = path


class UnwrapError(CustodyError):
    """A wrapped key was changed, or moved to another row, or wrapped under another master key."""

    def __init__(self) -> None:
        super().__init__("a wrapped key does not belong where it is stored, or was changed; it is not used")


class FieldError(InventoryError):
    """A value that was to be recorded is not allowed."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class SerialInUseError(InventoryError):
    """The serial belongs to another token; no serial is given twice."""

    def __init__(self, serial: str) -> None:
        super().__init__(
            f"serial {serial} is in use by another token: choose another one, or, if that token was never "
            f"finished or is gone for good, free it with `picodsc token forget {serial}`"
        )
        self.serial = serial


class IssuedSerialError(InventoryError):
    """The serial is of a batch, and given once: its token can't be forgotten."""

    def __init__(self, serial: str) -> None:
        super().__init__(
            f"serial {serial} is of a batch, and never given again: `picodsc inventory destroy {serial}` drops the keys"
        )
        self.serial = serial


class SerialFormError(InventoryError):
    """The text cannot be a serial of that batch; `reason` says why."""

    def __init__(self, serial: str, reason: str, nearest: Sequence[str] = ()) -> None:
        hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
        super().__init__(f"{serial!r} is no serial: {reason}{hint}")
        self.serial = serial
        self.reason = reason
        self.nearest = tuple(nearest)


class UnknownBatchError(InventoryError):
    """There is no batch with this prefix; `known` lists those that there are."""

    def __init__(self, prefix: str, known: Sequence[str]) -> None:
        super().__init__(f"there are no serials {prefix!r}; there are {', '.join(known) or 'none at all'}")
        self.prefix = prefix
        self.known = tuple(known)


class BatchInUseError(InventoryError):
    """There is a batch with this prefix already."""

    def __init__(self, prefix: str) -> None:
        super().__init__(f"there are serials {prefix} already")
        self.prefix = prefix


class BatchStoppedError(InventoryError):
    """A restore has stopped the batch: serials from `next_serial` on may have been issued since the backup."""

    def __init__(self, prefix: str, next_serial: str) -> None:
        super().__init__(
            f"the inventory was restored, and serials {prefix} from {next_serial} on may have been issued since the "
            f"backup: say which number was not, with `picodsc station batch {prefix} --first N`"
        )
        self.prefix = prefix
        self.next_serial = next_serial


class BatchSpentError(InventoryError):
    """All numbers of the batch were issued."""

    def __init__(self, prefix: str) -> None:
        super().__init__(f"all serials {prefix} were issued: begin a batch with another prefix")
        self.prefix = prefix


class AuditError(InventoryError):
    """The audit log is not what was written; `sequence` is the first entry that shows it."""

    def __init__(self, sequence: int, what: str) -> None:
        super().__init__(f"entry {sequence} of the audit log {what}")
        self.sequence = sequence


class CredentialInUseError(InventoryError):
    """A credential id is in the inventory already."""

    def __init__(self, credential_id: bytes) -> None:
        super().__init__(f"credential {credential_id.hex()} is in the inventory already")
        self.credential_id = credential_id


class UnknownSerialError(InventoryError):
    """No token has this serial; `nearest` lists those most like it, best first."""

    def __init__(self, serial: str, nearest: Sequence[str] = ()) -> None:
        hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
        super().__init__(f"no token has the serial {serial!r}{hint}")
        self.serial = serial
        self.nearest = tuple(nearest)


class TokenStateError(InventoryError):
    """The token is not in a state that the step begins from; `needed` are those states."""

    def __init__(self, serial: str, state: str, needed: Sequence[str]) -> None:
        wanted = " or ".join(one.replace("_", " ") for one in needed)
        super().__init__(f"token {serial} is {state.replace('_', ' ')}, it must be {wanted} for this")
        self.serial = serial
        self.state = state
        self.needed = tuple(needed)


class NoPinError(InventoryError):
    """No PIN of the token is kept for a letter."""

    def __init__(self, serial: str) -> None:
        super().__init__(
            f"no PIN of token {serial} is kept: its letter was made, or its PIN was not chosen by the station"
        )
        self.serial = serial


class UnknownCredentialError(InventoryError):
    """The token has no such credential; `choices` lists those that it has."""

    def __init__(self, serial: str, wanted: str, choices: Sequence[str]) -> None:
        super().__init__(
            f"token {serial} has no credential {wanted!r}; it has {', '.join(choices) or 'none'}"
        )
        self.serial = serial
        self.wanted = wanted
        self.choices = tuple(choices)


class AmbiguousCredentialError(InventoryError):
    """The token has several credentials that fit; `choices` lists them."""

    def __init__(self, serial: str, choices: Sequence[str]) -> None:
        super().__init__(f"token {serial} has several credentials, name one of {', '.join(choices)}")
        self.serial = serial
        self.choices = tuple(choices)


class NoUnlockError(InventoryError):
    """The token has no unlock codes: in soft mode nothing locks it."""

    def __init__(self, serial: str) -> None:
        super().__init__(f"token {serial} has no unlock codes: nothing locks a token in soft mode")
        self.serial = serial


class NoAlarmError(InventoryError):
    """The credential has no alarm key, because it has no duress PIN."""

    def __init__(self, credential: str) -> None:
        super().__init__(f"credential {credential} has no alarm key")
        self.credential = credential


class NoFormError(InventoryError):
    """The credential signs no transactions."""

    def __init__(self, credential: str) -> None:
        super().__init__(f"credential {credential} has no form, so it signs no transactions")
        self.credential = credential


class ValueCountError(InventoryError):
    """There are more values, or fewer, than are `expected`: one for each field of the credential's form."""

    def __init__(self, expected: int, labels: Sequence[str], count: int) -> None:
        super().__init__(f"the form has {expected} fields, {', '.join(labels)}, and there are {count} values")
        self.expected = expected
        self.labels = tuple(labels)


class ReferenceUsedError(InventoryError):
    """A transaction with this reference was accepted before; each is good for one."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"a transaction with the reference {reference} was accepted already")
        self.reference = reference


class ChallengeError(InventoryError):
    """Base of what goes wrong with a challenge."""


class SequenceExhaustedError(ChallengeError):
    """Every challenge was issued once: the device has to be retired."""

    def __init__(self, count: int) -> None:
        super().__init__(f"all {count} challenges of this credential were issued: retire the device")
        self.count = count


class AllowanceSpentError(ChallengeError):
    """So much was issued to the credential that more has to wait until `next_at` (UTC)."""

    def __init__(self, next_at: datetime) -> None:
        super().__init__(
            f"too much was issued to this credential for now; the next can be had at {next_at:%Y-%m-%d %H:%M:%S} UTC"
        )
        self.next_at = next_at


class QuestionLengthError(ChallengeError):
    """Challenge sequences exist for 4 to 18 digits."""

    def __init__(self, length: int) -> None:
        super().__init__(f"challenges of {length} digits are not issued, only of 4 to 18")
        self.length = length


class ChallengeFormatError(ChallengeError):
    """The text is no question that the credential's suite allows."""

    def __init__(self, expected: str) -> None:
        super().__init__(f"this is not a challenge for this credential: expected {expected}")
        self.expected = expected


class ChallengeNotOpenError(ChallengeError):
    """The challenge cannot be answered (any more); `reason` is "unknown", "used" or "expired"."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            {
                "unknown": "this challenge was not issued to this credential",
                "used": "this challenge was answered already; ask for a new one",
                "expired": "this challenge has expired; ask for a new one",
            }[reason]
        )
        self.reason = reason


class CounterUnsureError(InventoryError):
    """Since a restore it is not known how far the token has counted: an old code would be taken for a new one."""

    def __init__(self, credential: str, remedy: str) -> None:
        super().__init__(
            f"the inventory was restored, and credential {credential} may have counted on since the backup: {remedy}"
        )
        self.credential = credential


class ReferenceNotIssuedError(InventoryError):
    """In the login service, and everywhere since a restore, a transaction needs a reference that was issued."""

    def __init__(self, reference: str, *, restored: bool) -> None:
        super().__init__(
            f"the inventory was restored, and the reference {reference} was not issued since: it may have been used"
            if restored
            else f"the reference {reference} was not issued for this credential"
        )
        self.reference = reference


class ResponseFormatError(InventoryError):
    """The text cannot be a response of the credential's suite, right or wrong."""

    def __init__(self, expected: str) -> None:
        super().__init__(f"this is not a response of this credential: expected {expected}")
        self.expected = expected


class UnverifiableError(InventoryError):
    """The credential cannot be verified from what the inventory knows."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what} cannot be verified here: {reason}")
        self.what = what
        self.reason = reason
