"""`picodsc device unlock` and `resync`: help for a user's token."""

from __future__ import annotations

from typing import Annotated

import typer

from dsc.crypto.memory import wipe
from host_tools.cli.agreeing import OperatorOption, by_two
from host_tools.cli.answering import ChallengeOption, IdentifiedOption, ResponseOption, typed
from host_tools.cli.challenge import verdict
from host_tools.cli.exits import FAILED, OK, USAGE, stop
from host_tools.cli.login_system import DeviceOption, UserArgument, checked, login_system, print_json
from host_tools.cli.options import JsonOption, in_fours
from host_tools.cli.support import MOST_DIGITS
from host_tools.cli.user_help import identification


def resync(user: UserArgument, device: DeviceOption = None, as_json: JsonOption = False) -> None:
    """Find a token's counter again, by two codes.

    For a token whose plain codes were shown too often without being used. The two codes, one after the other, are
    asked for, or read from standard input, a line each. --device is needed if USER has several tokens. Codes that
    are not found count as a failure (exit code 1).

    \b
    Example:
      picodsc device resync alice
    """
    name = checked(user)
    from host_tools.login import help_desk

    with login_system() as system:
        first, second = typed("Code that the token shows"), typed("The next one")
        if first is None or second is None:
            stop("two codes are needed, which the token shows one after the other", USAGE)
        found = help_desk.resynchronise(system, name, first, second, device)
    if as_json:
        print_json({"accepted": found.accepted, "alarm": found.is_alarm})
    else:
        typer.echo(verdict(accepted=found.accepted, is_alarm=found.is_alarm))
    raise typer.Exit(OK if found.accepted else FAILED)


def unlock(
    user: UserArgument,
    n: Annotated[str, typer.Argument(metavar="N", hidden=True)],
    device: DeviceOption = None,
    identified_by: IdentifiedOption = None,
    again: Annotated[
        bool, typer.Option("--again", help="The token still shows N, though its code was given before.")
    ] = False,
    ahead: Annotated[
        bool, typer.Option("--ahead", help="N is not the next one: the inventory came back from a backup.")
    ] = False,
    operator: OperatorOption = None,
    challenge: ChallengeOption = False,
    response: ResponseOption = None,
) -> None:
    """Print an unlock code for a user's locked token.

    N is what its screen shows. All else is as with 'picodsc unlock', which takes a serial: make sure first that it
    is USER who asks, and say how with --identified-by; two operators are needed where the policy says so. --device
    is needed if USER has several tokens.

    \b
    Example:
      picodsc device unlock alice 1 --identified-by "called back on the number on file"
    """
    name = checked(user)
    if not (n.isascii() and n.isdecimal() and len(n) <= MOST_DIGITS):
        stop("N must be the number that the token shows", USAGE)
    by = identification(identified_by)
    from dsc.protocol.errors import UnlockError
    from host_tools.inventory import four_eyes
    from host_tools.inventory import help_desk as of_tokens
    from host_tools.login import help_desk

    with login_system() as system:
        try:
            code = by_two(
                system.inventory,
                four_eyes.UNLOCK,
                help_desk.serial_of(system, name, device),
                of_tokens.unlock_detail(int(n), by, again=again, ahead=ahead),
                lambda: help_desk.unlock(system, name, int(n), by, device, again=again, ahead=ahead),
                operator=operator,
                challenge=challenge,
                response=response,
            )
        except UnlockError as error:
            stop(error, USAGE)
    try:
        typer.echo(in_fours(code.decode()))
    finally:
        wipe(code)
