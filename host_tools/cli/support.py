"""`picodsc confirm`, `unlock` and `page`: what the service answers a token with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

import typer

from host_tools.cli.agreeing import OperatorOption, by_two
from host_tools.cli.answering import (
    ChallengeOption,
    IdentifiedOption,
    LiftingOption,
    ResponseOption,
    as_text,
    refuse,
    response_to,
    typed,
)
from host_tools.cli.exits import FAILED, USAGE, note, stop
from host_tools.cli.opening import opened
from host_tools.cli.options import CredentialOption, JsonOption, SerialArgument, checked_serial, in_fours

if TYPE_CHECKING:
    from host_tools.inventory import Inventory

MOST_DIGITS: Final = 20  # of a number of 64 bits
PageOption = Annotated[
    str | None,
    typer.Option(
        "--page",
        metavar="DIGITS",
        help="What a token that checks the page shows first, to be typed into a page.",
    ),
]


def confirm(
    serial: SerialArgument,
    number: Annotated[str | None, typer.Argument(metavar="NUMBER", hidden=True)] = None,
    credential: CredentialOption = None,
    page: PageOption = None,
    identified_by: LiftingOption = None,
    challenge: ChallengeOption = False,
    response: ResponseOption = None,
) -> None:
    """Print the answer that confirms a PIN change.

    First the token answers a fresh challenge; within ten minutes its owner begins the change on it, and reads out
    the number that it shows; the answer is to be typed on the token. SERIAL is the token's, NUMBER the eight
    digits; it is asked for if left out. With NUMBER, and an answer that was accepted within ten minutes, here or
    at a login that counts failures, no challenge is asked.

    Three changes are confirmed in 24 hours. Ten wrong responses in a row within 24 hours lock the credential for
    24 hours after the last one, 30 without a right one block the token until its user was identified. Ends
    with 1 for what these rules refuse.

    \b
    Example:
      picodsc confirm DS-1001
      picodsc confirm DS-1001 "1234 5679"
    """
    serial = checked_serial(serial)
    from host_tools.inventory import help_desk
    from host_tools.inventory.desk_errors import SessionNeededError
    from host_tools.inventory.errors import InventoryError

    try:
        with opened() as inventory:
            if number is not None:
                help_desk.checked_number(number)
            if identified_by is not None:
                help_desk.identify(inventory, serial, as_text(identified_by), credential)
            if number is not None and response is None and not challenge:
                try:
                    answer = help_desk.confirm(inventory, serial, number, credential)
                except SessionNeededError as error:
                    note(f"{error}. Leave the change on the token (hold C), and begin it again afterwards")
                else:
                    typer.echo(in_fours(answer))
                    return
            given, question = response_to(
                inventory, serial, credential, page=page, challenge=challenge, response=response
            )
            help_desk.authenticate(inventory, serial, given, credential, question)
            if response is not None and number is None:
                typer.echo("accepted")
                return
            _confirm_typed(inventory, serial, number, credential, again=response is None)
    except InventoryError as error:
        refuse(error)


def _confirm_typed(
    inventory: Inventory, serial: str, number: str | None, credential: str | None, *, again: bool
) -> None:
    """Print the answer to the number, which is asked for if there is none, or, `again`, a new one by now."""
    from host_tools.inventory import help_desk
    from host_tools.inventory.desk_errors import ChangeNumberError

    while True:
        shown = typed("Number that the token shows", number or "") if again else number
        if shown is None:
            stop("accepted, but no number was given: give it within ten minutes", FAILED)
        try:
            answer = help_desk.confirm(inventory, serial, shown, credential)
        except ChangeNumberError as error:
            note(error)
            continue
        typer.echo(in_fours(answer))
        return


def unlock(
    serial: SerialArgument,
    n: Annotated[str, typer.Argument(metavar="N", hidden=True)],
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
    """Print an unlock code for a locked token.

    SERIAL and N are what its screen shows. The code lets a new PIN be set, whatever the old one was: make sure
    first that it is the token's owner who asks, and say how with --identified-by (it is asked for if left out).
    That stays in the audit log for ever: no PIN, no code, no number of a document belongs there.

    Codes are given in order, three in 24 hours. Only tokens in verified mode lock. Where 'picodsc operator
    policy' says so, two operators are needed: --operator asks, another approves, then this is given once more.
    Ends with 1 for what these rules refuse.

    \b
    Example:
      picodsc unlock DS-1001 1 --identified-by "called back on the number on file"
    """
    serial = checked_serial(serial)
    from dsc.crypto.memory import wipe
    from dsc.protocol.errors import UnlockError
    from host_tools.inventory import four_eyes, help_desk
    from host_tools.inventory.errors import InventoryError

    if not (n.isascii() and n.isdecimal() and len(n) <= MOST_DIGITS):
        stop("N must be the number that the token shows", USAGE)
    by = identified_by if identified_by is not None else typed("How the user was identified")
    if by is None:
        stop("say how the user was identified, with --identified-by", USAGE)
    by = as_text(by)
    try:
        with opened() as inventory:
            code = by_two(
                inventory,
                four_eyes.UNLOCK,
                serial,
                help_desk.unlock_detail(int(n), by, again=again, ahead=ahead),
                lambda: help_desk.unlock(inventory, serial, int(n), by, again=again, ahead=ahead),
                operator=operator,
                challenge=challenge,
                response=response,
            )
    except UnlockError as error:
        stop(error, USAGE)
    except InventoryError as error:
        refuse(error)
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
