"""`picodsc station resolve`: doubts listed, and settled by the token or by the sight of its unit."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from host_tools.cli.answering import refuse
from host_tools.cli.exits import USAGE, note, stop
from host_tools.cli.opening import opened
from host_tools.cli.options import CredentialOption, checked_serial
from host_tools.cli.station_units import SimulatedByOption, desk_at, one_units

if TYPE_CHECKING:
    from host_tools.inventory import Inventory


def resolve(
    serial: Annotated[str | None, typer.Argument(metavar="SERIAL", hidden=True)] = None,
    port: Annotated[
        str | None,
        typer.Option(
            "--port", metavar="PORT|usb|DIR", help="The unit is here, and blank: say so to the inventory."
        ),
    ] = None,
    credential: CredentialOption = None,
    engine: SimulatedByOption = "rp2040",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what is in doubt as JSON, one object a line.")
    ] = False,
) -> None:
    """Settle what became of a token whose making broke off.

    Without SERIAL, list the tokens in doubt. Otherwise a challenge is shown, to be typed on the token after its PIN; a
    right response proves that it sealed. Wrong ones count as at a login: ten in a row lock the credential for a day,
    and after 30 only --port is left. A credential that failed its proof has to answer itself. With --port (usb is the
    only one there) the unit itself is looked at: if it is blank it never sealed, or was reset since; its keys are
    dropped, and it can be provisioned again.

    \b
    Example:
      picodsc station resolve
      picodsc station resolve DS-0000174
      picodsc station resolve DS-0000174 --port usb
    """
    from host_tools.inventory.errors import InventoryError

    try:
        with opened() as inventory:
            if serial is None:
                _list_doubts(inventory, as_json=as_json)
            elif port is not None:
                _see_blank(inventory, checked_serial(serial), port, engine)
            else:
                _ask_challenge(inventory, checked_serial(serial), credential)
    except InventoryError as error:
        refuse(error)


def _list_doubts(inventory: Inventory, *, as_json: bool) -> None:
    from host_tools.inventory.units import tokens_in_doubt

    doubtful = tokens_in_doubt(inventory)
    if not doubtful:
        note("no token is in doubt")
    for token in doubtful:
        if as_json:
            fields = {
                "serial": token.serial,
                "uid": token.uid.hex(),
                "recorded_at": token.created_at.isoformat(),
            }
            typer.echo(json.dumps(fields))
        else:
            typer.echo(f"{token.serial}  unit {token.uid.hex()}  since {token.created_at:%Y-%m-%d %H:%M:%S}")


def _see_blank(inventory: Inventory, serial: str, port: str, engine: str) -> None:
    from host_tools.station.resolve import see_blank

    desk = desk_at(None if port == "usb" else port, None, engine, several=False, prepare=None)
    try:
        with closing(desk.one()) as unit:
            see_blank(inventory, serial, unit)
    except one_units() as error:
        stop(error)
    typer.echo(f"token {serial} is blank: its keys are dropped, and the unit can be provisioned again")


def _ask_challenge(inventory: Inventory, serial: str, credential: str | None) -> None:
    from host_tools.inventory import Credential
    from host_tools.inventory.errors import ResponseFormatError
    from host_tools.station import resolve as resolving
    from host_tools.station.errors import SealedLetterError

    try:
        asked = resolving.ask(inventory, serial, credential)
    except SealedLetterError as error:
        stop(error, USAGE)
    if isinstance(asked, Credential):
        typer.echo(f"Have the token show a code of {asked.label}.", err=True)
    else:
        typer.echo(f"challenge {asked.question}", err=True)
        typer.echo("Type the token's PIN on it, OK, then the challenge, OK.", err=True)
    try:
        while True:
            response = _typed_response()
            try:
                verdict = resolving.judge(inventory, asked, response)
                break
            except ResponseFormatError as error:
                if not sys.stdin.isatty():
                    raise
                typer.echo(f"{error}.", err=True)
    except typer.Abort:
        stop("no response was given; the token stays in doubt", USAGE)
    if not verdict.accepted:
        stop(f"that is not the response; token {serial} stays in doubt")
    typer.echo(f"token {serial} is sealed: it has proved itself")


def _typed_response() -> str:
    """A line that was typed, or piped; raises typer.Abort at the end of the input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Response", err=True))
    line = sys.stdin.readline().strip()
    if not line:
        raise typer.Abort
    return line
