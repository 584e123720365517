"""`picodsc inventory history` and `audit`: what was done, and whether the log of it is whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from host_tools.cli.exits import FAILED, USAGE, note, stop
from host_tools.cli.login_completion import complete_user
from host_tools.cli.opening import opened
from host_tools.cli.options import JsonOption, checked_serial, is_encodable

if TYPE_CHECKING:
    from host_tools.inventory.audit import Entry


def audit(
    head: Annotated[
        str | None,
        typer.Option(
            "--head", metavar="HEAD", help="A head that was kept elsewhere, which must be part of it."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check the audit log, and print its head.

    The head is the last entry's number and hash. Kept elsewhere, on paper for instance, it shows later that
    nothing of what was there has been changed or cut off. Ends with 1 if the log is not what was written. After
    a restore, a head from after the backup is no part of it any more, and rightly so: the entry "restored" tells
    of the backup's head; check that one, and keep a new one.

    \b
    Example:
      picodsc inventory audit --head "12 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    """
    from host_tools.inventory.audit import EMPTY, Head
    from host_tools.inventory.errors import AuditError, InventoryError

    try:
        with opened() as inventory:
            found = inventory.check_audit(EMPTY if head is None else Head.parse(head))
    except AuditError as error:
        stop(error, FAILED)
    except InventoryError as error:
        stop(error, USAGE)
    if as_json:
        typer.echo(json.dumps({"sequence": found.sequence, "hash": found.hash.hex()}))
    else:
        typer.echo(str(found))


def history(
    serial: Annotated[str | None, typer.Argument(metavar="SERIAL", hidden=True)] = None,
    user: Annotated[
        str | None,
        typer.Option(
            "--user",
            metavar="USER",
            autocompletion=complete_user,
            help="Only what concerns this user.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print what was done, oldest first.

    SERIAL leaves out all that concerns other tokens. Times are UTC. With --json, one object a line.

    \b
    Example:
      picodsc inventory history DS-1001
      picodsc inventory history --user alice
    """
    from host_tools.inventory.errors import InventoryError

    wanted = None if serial is None else checked_serial(serial)
    name = None if user is None else _checked_user(user)
    try:
        with opened() as inventory:
            entries = inventory.history(wanted, name)
    except InventoryError as error:
        stop(error, USAGE)
    if not entries and (wanted is not None or name is not None):
        _nothing_of(wanted, name)
    for entry in entries:
        typer.echo(json.dumps(as_fields(entry)) if as_json else as_line(entry))


def as_fields(entry: Entry) -> dict[str, Any]:
    """An entry as JSON has it."""
    fields = {"sequence": entry.sequence, "at": entry.at.isoformat(), "actor": entry.actor}
    return fields | {"event": entry.event, "serial": entry.serial, **entry.detail}


def as_line(entry: Entry) -> str:
    """An entry as people read it; what is empty is left out."""
    detail = ", ".join(f"{name} {value}" for name, value in entry.detail.items() if value not in (None, ""))
    parts = (f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.actor, entry.event, entry.serial or "-", detail)
    return "  ".join(parts).rstrip()


def _checked_user(name: str) -> str:
    """A user's name. Ends the command if it is no text."""
    if not is_encodable(name):
        stop("USER is not UTF-8", USAGE)
    return name


def _nothing_of(serial: str | None, user: str | None) -> None:
    """Say that nothing was done to it, which a name that was mistyped looks like, too."""
    if user is None:
        note(f"nothing is on record of a token {serial!r}; for a user, it is --user NAME")
    else:
        note(f"nothing is on record of a user {user!r}" + ("" if serial is None else f" with {serial!r}"))
