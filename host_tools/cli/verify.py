"""`picodsc verify`: is this the right response? Words and exit codes for `host_tools.inventory.verify`."""

from typing import Annotated

import typer

from host_tools.cli.exits import FAILED, OK, USAGE, stop


def verify(
    serial: Annotated[
        str, typer.Option("--serial", metavar="SERIAL", help="Serial of the token.", show_default=False)
    ],
    challenge: Annotated[
        str,
        typer.Option(
            "--challenge",
            metavar="Q",
            help="The challenge that was typed on the token.",
            show_default=False,
        ),
    ],
    response: Annotated[
        str,
        typer.Option(
            "--response", metavar="DIGITS", help="The response that the token showed.", show_default=False
        ),
    ],
    credential: Annotated[
        str | None,
        typer.Option(
            "--credential",
            metavar="NAME",
            help="Label or id (hex) of the credential, if the token has several.",
        ),
    ] = None,
) -> None:
    """Check a token's response to a challenge of your choice.

    Prints "accepted" (exit code 0) or "rejected" (exit code 1). Whatever keeps it from judging, such as an
    unknown serial or a response with too few digits, is said on standard error (exit code 2).

    Spaces and dashes are ignored. With a suite that has a counter, each response is accepted once, up to 20
    counters ahead. Without a counter nothing is remembered: the same response to the same challenge is
    accepted each time it is checked, so this is a tool for development, not a login.

    \b
    Example:
      picodsc verify --serial DS-1001 --challenge 123456 --response "4711 0815"
    """
    # Here and not above: SQLAlchemy takes a moment to load, and `picodsc --help` should not wait for it.
    from host_tools.inventory import Inventory
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.verify import Verdict, verify_response

    try:
        with Inventory.open(create=False) as inventory:
            verdict = verify_response(inventory, serial.upper(), challenge, response, credential)
    except InventoryError as error:
        stop(error, USAGE)
    typer.echo(verdict.value)
    raise typer.Exit(OK if verdict is Verdict.ACCEPTED else FAILED)
