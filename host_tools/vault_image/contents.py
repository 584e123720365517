"""What the records of a vault say together, and whether that is a sealed vault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from dsc.protocol.errors import RecordError
from dsc.protocol.extras import Form, Link
from dsc.protocol.pages import Record
from dsc.protocol.records import (
    KIND_SERVER,
    MODE_SOFT,
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
    Attempts,
    Wrapping,
)
from host_tools.vault_image.fields import Content, content, is_critical, is_known, value
from host_tools.vault_image.scan import Fault

_COUNTERS: Final = len(SECRETS) * len(EVENTS)  # of attempts, in a verified vault


@dataclass
class Contents:
    """The fields of a vault; of several labels or settings the latest counts."""

    root: Root | None = None
    offset: PinOffset | None = None
    wrapping: Wrapping | None = None
    credentials: list[Credential] = field(default_factory=list)  # server keys among them
    forms: list[Form] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    settings: Settings | None = None
    counters: dict[bytes, int] = field(default_factory=dict)  # by credential id: the next value
    attempts: dict[tuple[int, int], int] = field(default_factory=dict)  # by secret and event
    sealed: bool = False
    resetting: bool = False
    unknown: Record | None = None  # the first one that a firmware must know, and does not
    faults: list[Fault] = field(default_factory=list)  # by record
    misfit: str = ""  # what does not fit together in a sealed vault

    def failures(self, secret: int) -> int:
        """How many attempts at a secret have failed since the last that was right; below 0 is a misfit."""
        made = 0
        if self.wrapping:
            made = self.wrapping.pin_attempts if secret == ATTEMPT_PIN else self.wrapping.code_attempts
        forgiven = max(made, self.attempts.get((secret, EVENT_FORGIVEN), 0))
        return self.attempts.get((secret, EVENT_BEGUN), 0) - forgiven


def load(committed: Sequence[Record], current: Sequence[Record]) -> Contents:
    """Take what the committed records say, of which the current ones were not replaced."""
    contents = Contents(resetting=any(record.kind == Reset.TYPE for record in current))
    for record in committed:
        if is_critical(record.kind) and not is_known(record) and contents.unknown is None:
            contents.unknown = record
    labels: dict[bytes, str] = {}
    seen: set[object] = set()
    for record in current:
        try:
            said = content(record)
        except RecordError as error:
            contents.faults.append(Fault(record.position, error.reason))
            continue
        subject = _subject(said)
        if subject in seen:
            contents.faults.append(
                Fault(record.position, "an earlier record says the same, and is not replaced")
            )
        elif subject is not None:
            seen.add(subject)
        _keep(contents, record, said, labels)
    for credential in contents.credentials:
        credential.label = labels.get(bytes(credential.id), "")
    if contents.sealed:
        contents.misfit = _misfit(contents)
    return contents


def _subject(said: Content | None) -> object:
    """What only one critical record may tell of; None for what may be told several times."""
    match said:
        case None | Label() | Settings() | Seal():
            return None
        case Credential() | Counter() | Form() | Link():
            return said.TYPE, bytes(said.id)
        case Attempts():
            return said.TYPE, said.secret, said.event
        case _:
            return said.TYPE


def _keep(contents: Contents, record: Record, said: Content | None, labels: dict[bytes, str]) -> None:
    match said:
        case Root() as root:
            contents.root = root
        case PinOffset() as offset:
            contents.offset = offset
        case Wrapping() as wrapping:
            contents.wrapping = wrapping
        case Credential() as credential:
            contents.credentials.append(credential)
        case Form() as form:
            contents.forms.append(form)
        case Link() as link:
            contents.links.append(link)
        case Settings() as settings:
            contents.settings = settings
        case Label() as label:
            labels[bytes(label.id)] = label.label
        case Counter() as counter:
            contents.counters[bytes(counter.id)] = value(record, counter)
        case Attempts() as attempts:
            contents.attempts[attempts.secret, attempts.event] = value(record, attempts)
        case Seal():
            contents.sealed = True


def _misfit(contents: Contents) -> str:
    if contents.root is None:
        return "there is no root record"
    soft = contents.root.mode == MODE_SOFT
    if (contents.offset is None) == soft:
        return "a soft vault has a PIN offset, a verified one has none"
    if (contents.wrapping is None) != soft:
        return "a verified vault has a wrapping, a soft one has none"
    if contents.offset and len(contents.offset.offset) != contents.root.pin_length:
        return "the offset has not as many digits as the PIN"
    misplaced = _misplaced(contents)
    if misplaced:
        return misplaced
    if soft:
        return "a soft vault counts no attempts" if contents.attempts else ""
    if len(contents.attempts) != _COUNTERS:
        return "attempts are not counted"
    if any(contents.failures(secret) < 0 for secret in SECRETS):
        return "more attempts are forgiven than were made"
    return ""


def _misplaced(contents: Contents) -> str:
    logins = {bytes(each.id): each for each in contents.credentials if each.kind != KIND_SERVER}
    servers = {bytes(each.id) for each in contents.credentials if each.kind == KIND_SERVER}
    signing = {owner for owner, each in logins.items() if each.sign}
    if any(bytes(form.id) not in signing for form in contents.forms):
        return "a form belongs to no credential that signs"
    if any(bytes(link.id) not in logins or bytes(link.server_id) not in servers for link in contents.links):
        return "a link joins no credential with a server key"
    if len({bytes(link.server_id) for link in contents.links}) != len(contents.links):
        return "a server key belongs to two credentials"
    return ""
