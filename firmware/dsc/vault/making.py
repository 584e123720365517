"""A new vault: what must fit together in it, and its writing, from the erased region to the seals."""

from dsc.protocol.layout import PAGE_SIZE
from dsc.protocol.pages import pages_needed
from dsc.protocol.records import KIND_SERVER, Counter, Credential, Label, PinOffset, Root, Seal
from dsc.protocol.verified import EVENTS, SECRETS, Attempts, Wrapping
from dsc.vault import halves, reset
from dsc.vault.contents import SEALS, check_belongings, check_unlocking
from dsc.vault.errors import ContentError, VaultFullError
from dsc.vault.log import Log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsc.protocol.extras import Form, Link
    from dsc.protocol.settings import Settings
    from dsc.vault.contents import Content
    from dsc.vault.region import Region

# Left free: one for a second seal that a power cut tore and that is written anew, and one so that counters and
# attempts are worth their compactions.
_SPARE_PAGES = 2


def new_contents(
    root: Root,
    offset: PinOffset | None,
    credentials: "Sequence[Credential]",
    labels: "Sequence[Label]",
    counters: "Sequence[Counter]",
    wrapping: Wrapping | None,
    forms: "Sequence[Form]",
    links: "Sequence[Link]",
    settings: "Settings | None",
) -> "list[Content]":
    """Return the records of a new vault in the order in which they are written. Raises ContentError."""
    check_unlocking(root, offset, wrapping)
    if wrapping and (wrapping.pin_attempts or wrapping.code_attempts):
        raise ContentError("nobody has tried anything yet")
    if all(credential.kind == KIND_SERVER for credential in credentials):
        raise ContentError("a vault keeps at least one credential")
    ids = [bytes(credential.id) for credential in credentials]
    if len(set(ids)) != len(ids):
        raise ContentError("two credentials have the same id")
    for name, owners in (("label", labels), ("counter", counters), ("form", forms), ("link", links)):
        owned = [bytes(owner.id) for owner in owners]
        if len(set(owned)) != len(owned) or not set(owned) <= set(ids):
            raise ContentError(f"a {name} belongs to no credential, or is the second one")
    check_belongings(credentials, forms, links)
    contents: list[Content] = [root]
    contents += [offset] if offset else []
    contents += [wrapping] if wrapping else []
    contents += no_attempts() if wrapping else []
    contents += credentials
    contents += labels
    contents += counters
    contents += forms
    contents += links
    contents += [settings] if settings else []
    contents += [Seal()] * SEALS
    return contents


def no_attempts() -> list[Attempts]:
    """Return the records that count attempts in a new vault."""
    return [Attempts(secret, event, 0) for secret in SECRETS for event in EVENTS]


def write(region: "Region", contents: "list[Content]") -> None:
    """Erase the region and write a vault into it. Raises VaultFullError before anything is erased.

    Each record is encoded when its turn comes: a vault's worth of payloads does not fit into memory beside all that
    they are made of.
    """
    log = Log(region, 0)
    check_room(log, [pages_needed(len(content.encode())) for content in contents], _SPARE_PAGES)
    reset.run(region)
    halves.commit(region, 0, halves.begin(region, 0, 1))
    for content in contents:
        log.append(content.TYPE, content.VERSION, content.encode())


def check_room(log: Log, pages: list[int], spare: int) -> None:
    """Refuse records of so many pages each that a half has no room for, beside `spare` pages. Raises VaultFullError."""
    room = log.capacity() - spare
    needed = sum(pages)
    if needed > room:
        raise VaultFullError(needed * PAGE_SIZE, room * PAGE_SIZE)
