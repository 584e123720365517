"""`picodsc confirm`, `unlock` and `page`: what the service answers a token with."""

from __future__ import annotations

import json
from typing import Annotated, Final

import typer

from host_tools.cli.exits import USAGE, stop
from host_tools.cli.opening import opened
from host_tools.cli.options import CredentialOption, JsonOption, SerialArgument, checked_serial, in_fours

MOST_DIGITS: Final = 20  # of a number of 64 bits
_SEPARATORS: Final = str.maketrans("", "", " -")


def confirm(
    serial: SerialArgument,
    number: Annotated[str, typer.Argument(metavar="NUMBER", hidden=True)],
    credential: CredentialOption = None,
    alarm: Annotated[
        bool, typer.Option("--alarm", help="Answer with the alarm key: the session was opened under duress.")
    ] = False,
) -> None:
    """Print the answer that confirms a PIN change.

    It is to be typed on the token. SERIAL is the token's; NUMBER is the eight digits that it shows. Before
    telling anybody, make sure that it is the token's owner who asks: by a right response of this token to a
    fresh challenge.

    \b
    Example:
      picodsc confirm DS-1001 "1234 5678"
    """
    serial = checked_serial(serial)
    from dsc.crypto.errors import QuestionError
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.support import confirm_pin_change

    try:
        with opened() as inventory:
            shown = number.translate(_SEPARATORS)
            typer.echo(in_fours(confirm_pin_change(inventory, serial, shown, credential, alarm=alarm)))
    except QuestionError:
        stop("NUMBER must be the eight digits that the token shows", USAGE)
    except InventoryError as error:
        stop(error, USAGE)


def unlock(
    serial: SerialArgument,
    n: Annotated[str, typer.Argument(metavar="N", hidden=True)],
) -> None:
    """Print an unlock code for a locked token.

    SERIAL and N are what its screen shows. The code lets a new PIN be set, whatever the old one was: make sure
    first that it is the token's owner who asks. Only tokens in verified mode lock.

    \b
    Example:
      picodsc unlock DS-1001 1
    """
    serial = checked_serial(serial)
    from dsc.crypto.memory import wipe
    from dsc.protocol.errors import UnlockError
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.support import code_to_unlock

    if not (n.isascii() and n.isdecimal() and len(n) <= MOST_DIGITS):
        stop("N must be the number that the token shows", USAGE)
    try:
        with opened() as inventory:
            code = code_to_unlock(inventory, serial, int(n))
    except (InventoryError, UnlockError) as error:
        stop(error, USAGE)
    try:
        typer.echo(in_fours(code.decode()))
    finally:
        wipe(code)


def page(
    serial: SerialArgument,
    number: Annotated[str, typer.Argument(metavar="NUMBER", hidden=True)],
    credential: CredentialOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what a login page shows in mutual mode.

    That is a fresh challenge, and the code by which the page proves itself to the token. SERIAL is the token's;
    NUMBER is what it shows to be typed into the page. The token's response to the challenge is then judged by
    'picodsc verify', once, within three minutes.

    \b
    Example:
      picodsc page DS-1001 "123 457"
    """
    serial = checked_serial(serial)
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.mutual_mode import answer_page

    try:
        with opened() as inventory:
            answered = answer_page(inventory, serial, number, credential)
    except InventoryError as error:
        stop(error, USAGE)
    if as_json:
        typer.echo(json.dumps({"challenge": answered.server_question, "code": answered.code}))
        return
    typer.echo(f"challenge {answered.server_question}")
    typer.echo(f"code {answered.code}")
