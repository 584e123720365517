"""`picodsc token`: make simulated tokens, and forget tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from host_tools.cli.exits import FAILED, USAGE, stop
from host_tools.cli.options import EngineOption, is_encodable

app = typer.Typer(help="Make simulated tokens; forget tokens.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def group() -> None:
    """Make simulated tokens; forget tokens."""


@app.command()
def new(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The new token's folder; made, or empty.")],
    serial: Annotated[
        str, typer.Option("--serial", help="1 to 20 of 0-9 A-Z -; lower case is raised.", show_default=False)
    ],
    pin: Annotated[
        str | None,
        typer.Option("--pin", help="4 to 8 digits, no easy ones; asked for if left out.", show_default=False),
    ] = None,
    suite: Annotated[
        str, typer.Option("--suite", help="The OCRA suite it answers logins with.")
    ] = "OCRA-1:HOTP-SHA256-8:QN06",
    label: Annotated[
        list[str] | None,
        typer.Option(
            "--label", help="What the user calls the credential; give it twice for two credentials."
        ),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(
            "--rounds",
            min=1,
            max=10_000_000,
            help="PBKDF2 rounds of the PIN, for tests; else the board's own.",
        ),
    ] = None,
    engine: EngineOption = "cpython",
) -> None:
    """Make and seal a simulated token in DIR.

    The firmware's own factory flow makes it, in a process of its own. The token's key goes into the inventory,
    where 'picodsc verify' finds it; PICODSC_HOME chooses another place for that.

    \b
    Example:
      picodsc token new mytoken --serial DEV-0001 --pin 4711
    """
    for option, given in (("--serial", [serial]), ("--pin", [pin or ""]), ("--label", label or [])):
        if any(not is_encodable(text) for text in given):
            stop(f"{option} is not UTF-8", USAGE)
    if pin is None:
        pin = typer.prompt("PIN", hide_input=True, confirmation_prompt=True)
    # These take a moment to load, and `picodsc --help` should not wait for them.
    from dsc.crypto.errors import CryptoError
    from dsc.protocol.errors import MessageError, ProtocolError
    from host_tools.engines.errors import EngineError
    from host_tools.inventory import Inventory
    from host_tools.inventory.errors import InventoryError
    from host_tools.simulator.folder import TokenFolderError
    from host_tools.station.errors import SameLabelError, StationError, TokenRefusedError
    from host_tools.station.make import Order, make_token

    order = Order(serial.upper(), bytearray(pin.encode()), suite, tuple(label or [""]), rounds or 0)
    try:
        with Inventory.open() as inventory:
            made = make_token(inventory, directory, order, engine)
    except MessageError as error:
        stop(error.reason, USAGE)
    except (
        TokenFolderError,
        InventoryError,
        SameLabelError,
        TokenRefusedError,
        CryptoError,
        ProtocolError,
    ) as error:
        stop(error, USAGE)
    except (StationError, EngineError) as error:
        stop(error, FAILED)
    typer.echo(f"{made.path}: token {made.serial} is sealed")


@app.command()
def forget(
    serial: Annotated[str, typer.Argument(metavar="SERIAL", help="The token's serial.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,
) -> None:
    """Remove a token and its keys from the inventory. THIS CANNOT BE UNDONE.

    The token's codes can never be verified again, even if the token itself still works. For a token that is lost
    or destroyed, and for one in doubt: 'picodsc token new' was killed while it made it. That leaves a hidden folder
    too, beside DIR and named .DIR- with eight more characters, which can be deleted. The serial is free again.

    To confirm, the serial has to be typed. Nothing is removed if it is not the same.

    \b
    Example:
      picodsc token forget DEV-0001
    """
    if not is_encodable(serial):
        stop("SERIAL is not UTF-8", USAGE)
    serial = serial.upper()
    from host_tools.inventory import Inventory
    from host_tools.inventory.errors import InventoryError

    try:
        with Inventory.open(create=False) as inventory:
            state = inventory.token(serial).state.replace("_", " ")
            if not yes:
                typer.echo(
                    f"Token {serial} ({state}) and its keys are about to be removed from the inventory. This cannot "
                    "be undone: its codes can never be verified again.",
                    err=True,
                )
                typed = typer.prompt("Type the serial to confirm", err=True)
                if typed.strip().upper() != serial:
                    stop("that is another serial; nothing was removed")
            inventory.forget(serial)
    except InventoryError as error:
        stop(error, USAGE)
    typer.echo(f"token {serial} is forgotten: its codes can never be verified again")
