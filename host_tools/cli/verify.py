"""`picodsc verify` and `resync`: is this the right code? Words and exit codes for the inventory's verdicts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from host_tools.cli.answering import LiftingOption, as_text, refuse
from host_tools.cli.exits import FAILED, OK, USAGE, stop
from host_tools.cli.opening import opened
from host_tools.cli.options import CredentialOption, JsonOption, SerialArgument, checked_serial

if TYPE_CHECKING:
    from host_tools.inventory import Inventory
    from host_tools.inventory.verify import Verdict


def verify(
    serial: Annotated[
        str, typer.Option("--serial", metavar="SERIAL", help="Serial of the token.", show_default=False)
    ],
    response: Annotated[
        str,
        typer.Option(
            "--response",
            metavar="DIGITS",
            help="The response, or the code, that the token showed.",
            show_default=False,
        ),
    ],
    challenge: Annotated[
        str | None,
        typer.Option(
            "--challenge",
            metavar="Q",
            help="The challenge that was typed on the token; left out for plain codes.",
            show_default=False,
        ),
    ] = None,
    credential: CredentialOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check what a token showed at a login.

    That is its response to a challenge of your choice, or its plain one-time code. Prints "accepted" or
    "accepted with alarm" (the duress PIN was typed; exit code 0), or "rejected" (exit code 1). Whatever keeps it
    from judging, such as an unknown serial or a response with too few digits, is said on standard error (exit
    code 2).

    Spaces and dashes are ignored. With a suite that has a counter, each response is accepted once, up to 20
    counters ahead, and so is a plain code by counter; one by time is accepted once, one step early or late of
    where the last one has shown the token's clock to be.
    Without a counter nothing is remembered: the same response to the same challenge is accepted each time it is
    checked, so this is a tool for development, not a login. A token that checks the login page takes no
    challenge of your choice, only that of 'picodsc page'.

    \b
    Example:
      picodsc verify --serial DS-1001 --challenge 123456 --response "4711 0815"
    """
    serial = checked_serial(serial)
    # Here and not above: SQLAlchemy takes a moment to load, and `picodsc --help` should not wait for it.
    from host_tools.inventory.errors import InventoryError

    try:
        with opened() as inventory:
            verdict = _verdict(inventory, serial, challenge, response, credential)
    except InventoryError as error:
        stop(error, USAGE)
    _end(verdict, as_json=as_json)


def resync(
    serial: SerialArgument,
    first: Annotated[str, typer.Argument(metavar="CODE", hidden=True)],
    second: Annotated[str, typer.Argument(metavar="CODE", hidden=True)],
    credential: CredentialOption = None,
    identified_by: LiftingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find a token's counter or clock again, by two codes.

    For a token whose plain codes were shown too often without being used, or whose clock is off. SERIAL is the
    token's; the two CODEs are those that it showed one after the other, of codes by time the second while the token
    shows it. They are looked for among the next 1,000, or up to half an hour from now. Prints and ends as 'picodsc
    verify' does; then the code after these two is the next one accepted. What is not found counts as a
    failure: ten in a row lock the credential for a day, 30 without a success block the token until its user was
    identified.

    \b
    Example:
      picodsc resync DS-1001 "755 224" "287 082"
    """
    serial = checked_serial(serial)
    from host_tools.inventory import help_desk
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.plain_codes import resynchronise

    try:
        with opened() as inventory:
            if identified_by is not None:
                help_desk.identify(inventory, serial, as_text(identified_by), credential)
            verdict = resynchronise(inventory, serial, first, second, credential)
    except InventoryError as error:
        refuse(error)
    _end(verdict, as_json=as_json)


def _verdict(
    inventory: Inventory, serial: str, challenge: str | None, response: str, wanted: str | None
) -> Verdict:
    from host_tools.inventory.mutual_mode import verify_mutual
    from host_tools.inventory.plain_codes import verify_code
    from host_tools.inventory.verify import verify_response

    credential = inventory.credential(serial, wanted)
    if challenge is None:
        return verify_code(inventory, serial, response, credential.id)
    if credential.server_id is not None:
        return verify_mutual(inventory, serial, challenge, response, credential.id)
    return verify_response(inventory, serial, challenge, response, credential.id)


def _end(verdict: Verdict, *, as_json: bool) -> NoReturn:
    typer.echo(json.dumps({"verdict": verdict.value}) if as_json else verdict.value)
    raise typer.Exit(OK if verdict.accepted else FAILED)
