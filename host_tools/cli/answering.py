"""A challenge for a token, and its response: typed here, or by a script in two steps."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from host_tools.cli.exits import FAILED, OK, USAGE, stop
from host_tools.cli.options import is_encodable

if TYPE_CHECKING:
    from host_tools.inventory import Inventory
    from host_tools.inventory.errors import InventoryError

STDIN: Final = "-"

ChallengeOption = Annotated[
    bool,
    typer.Option("--challenge", help="Print the challenge, and end: the first of two steps, for scripts."),
]
ResponseOption = Annotated[
    str | None,
    typer.Option(
        "--response",
        metavar="DIGITS",
        help="The response to the challenge that is open, the second step; - reads it from standard input.",
    ),
]
IdentifiedOption = Annotated[
    str | None,
    typer.Option("--identified-by", metavar="TEXT", help="How the user was identified, for the audit log."),
]
LiftingOption = Annotated[
    str | None,
    typer.Option(
        "--identified-by",
        metavar="TEXT",
        help="How the user was identified, for the audit log; lifts the block after 30 failures.",
    ),
]


def response_to(
    inventory: Inventory,
    serial: str,
    credential: str | bytes | None = None,
    *,
    page: str | None = None,
    purpose: str | None = None,
    challenge: bool = False,
    response: str | None = None,
) -> tuple[str, str | None]:
    """The token's response, and the challenge that was shown for it here, if there was one.

    A challenge for the same purpose (default: the help desk) that was not answered yet is shown again. Ends the command
    after the first of two steps. Raises what `asking.ask` raises.
    """
    if challenge and response is not None:
        stop("--challenge and --response exclude each other: they are two steps", USAGE)
    if response is not None:
        return (sys.stdin.readline().strip() if response == STDIN else response), None
    from host_tools.inventory.asking import HELP_DESK, ask

    asked = ask(inventory, serial, credential, page, purpose=HELP_DESK if purpose is None else purpose)
    lines = [f"challenge {asked.question}"] + ([] if asked.code is None else [f"code {asked.code}"])
    if challenge:
        typer.echo("\n".join(lines))
        raise typer.Exit(OK)
    typer.echo(f"To be answered by token {serial}:", err=True)
    typer.echo("\n".join(lines), err=True)
    given = typed("Response")
    if given is None:
        stop(
            f"no response was given; the challenge waits until {asked.expires_at:%H:%M:%S} UTC: give it with --response"
        )
    return given, asked.question


def typed(what: str, default: str = "") -> str | None:
    """What was typed, or came from standard input; the default, or None without one, if nothing was."""
    typer.echo(f"{what} [{default}]: " if default else f"{what}: ", err=True, nl=False)
    line = sys.stdin.readline()
    if not line.endswith("\n"):  # nobody typed it
        typer.echo(err=True)
    return line.strip() or default or None


def refuse(error: InventoryError) -> NoReturn:
    """End with 1 for what the rules refuse, and with 2 for what could not be asked for at all."""
    from host_tools.inventory.desk_errors import RefusedError

    stop(error, FAILED if isinstance(error, RefusedError) else USAGE)


def as_text(given: str) -> str:
    """What can be recorded; ends the command for bytes that are no text."""
    if not is_encodable(given):
        stop("this is not UTF-8; nothing was done", USAGE)
    return given
