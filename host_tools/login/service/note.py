"""What is known of a request on its way through the application: kept in its ASGI scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, cast

from host_tools.login.service.source import Source
from host_tools.login.serving.settings import Network

NAME: Final = "picodsc.note"  # in the scope

Scope = dict[str, Any]


@dataclass(slots=True)
class Note:
    """An id of 16 hex digits, where it comes from, and the API key's id once the key was found to be right.

    `client` is the address whom a client that is believed asks for.
    """

    id: str
    source: Source
    charge: Callable[[str], None]
    charge_client: Callable[[bytes], None]
    charge_account: Callable[[str], None]
    client: str | None = None
    key_id: str | None = None

    def is_from(self, networks: Iterable[Network]) -> bool:
        """Whether it comes from one of these networks, and that is sure."""
        return self.source.is_known and any(self.source.address in one for one in networks)


# The request's own note: a thread that works for it has it, too.
_current: ContextVar[Note | None] = ContextVar("note", default=None)


def begin(scope: Any, note: Note) -> None:
    """The request has this note from now on."""
    scope[NAME] = note
    _current.set(note)


def actor(service: str) -> Callable[[], str]:
    """Tells who does what is done, for the audit log: the service, or one of its API keys by name."""

    def who() -> str:
        note = _current.get()
        return service if note is None or note.key_id is None else f"{service}: {note.key_id}"

    return who


def note_of(scope: Any) -> Note:
    """The note of a request that came through the stack."""
    return cast(Note, scope[NAME])


def known_key(scope: Any, key_id: str) -> None:
    """Say whose API key this is, once it was found to be right: it goes into the log, and is charged.

    Raises ProblemError (429) if the key has sent too much.
    """
    note = note_of(scope)
    note.key_id = key_id
    note.charge(key_id)
