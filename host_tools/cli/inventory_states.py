"""`picodsc inventory assign`, `release`, `ship`, `return`, `destroy`: a token's way, several at once or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from host_tools.cli.answering import refuse
from host_tools.cli.exits import USAGE, stop
from host_tools.cli.opening import opened
from host_tools.cli.options import checked_serial, is_encodable

if TYPE_CHECKING:
    from host_tools.inventory.lifecycle import Step

Serials = Annotated[list[str], typer.Argument(metavar="SERIAL...", hidden=True)]


def assign(serials: Serials, user: Annotated[str, typer.Argument(metavar="USER", hidden=True)]) -> None:
    """Give sealed tokens to a user.

    SERIAL... are the tokens; USER is whose they are from now on, 1 to 64 characters. Of several, all are
    assigned or none.

    \b
    Example:
      picodsc inventory assign DS-1001 alice
    """
    if not is_encodable(user):
        stop("USER is not UTF-8", USAGE)
    from host_tools.inventory.lifecycle import ASSIGN

    _take(ASSIGN, serials, user)


def release(serials: Serials) -> None:
    """Take assigned tokens from their users, before they are sent.

    SERIAL... are the tokens. Of several, all are released or none.

    \b
    Example:
      picodsc inventory release DS-1001
    """
    from host_tools.inventory.lifecycle import RELEASE

    _take(RELEASE, serials)


def ship(serials: Serials) -> None:
    """Note that assigned tokens were sent to their users.

    SERIAL... are the tokens. Of several, all are noted or none.

    \b
    Example:
      picodsc inventory ship DS-1001 DS-1002
    """
    from host_tools.inventory.lifecycle import SHIP

    _take(SHIP, serials)


def take_back(serials: Serials) -> None:
    """Note that tokens came back from their users.

    SERIAL... are the tokens. Nobody gets them before they are made anew: somebody else knows the PIN. Of
    several, all are noted or none.

    \b
    Example:
      picodsc inventory return DS-1001
    """
    from host_tools.inventory.lifecycle import TAKE_BACK

    _take(TAKE_BACK, serials)


def destroy(
    serials: Serials, yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False
) -> None:
    """Drop the keys of tokens that are gone for good. THIS CANNOT BE UNDONE.

    SERIAL... are the tokens, which were destroyed or lost. Their codes can never be verified again, even if one
    still works; their serials and history stay, and are never given again. Backups from before still hold the
    keys. Of several, all are dropped or none.

    To confirm, the serial has to be typed, or of several, how many they are.

    \b
    Example:
      picodsc inventory destroy DS-1001
    """
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.lifecycle import DESTROY

    wanted = list(dict.fromkeys(checked_serial(serial) for serial in serials))
    if not yes:
        try:
            with opened() as inventory:
                states = [inventory.token(serial).state.words for serial in wanted]
        except InventoryError as error:
            stop(error, USAGE)
        typer.echo("The keys of these tokens are about to be dropped. This cannot be undone:", err=True)
        for serial, state in zip(wanted, states, strict=True):
            typer.echo(f"  {serial} ({state})", err=True)
        right, asked = (
            (wanted[0], "the serial") if len(wanted) == 1 else (str(len(wanted)), "how many they are")
        )
        if typer.prompt(f"Type {asked} to confirm", err=True).strip().upper() != right:
            stop("that is something else; nothing was dropped")
    _take(DESTROY, wanted)


def _take(step: Step, serials: list[str], user: str | None = None) -> None:
    wanted = [checked_serial(serial) for serial in serials]
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.lifecycle import take

    try:
        with opened() as inventory:
            tokens = take(inventory, step, wanted, user)
    except InventoryError as error:
        refuse(error)
    for token in tokens:
        of = "" if token.user is None else f", of {token.user}"
        typer.echo(f"{token.serial} is {token.state.words}{of}")
