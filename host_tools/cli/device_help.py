"""`picodsc device confirm`, `unlock` and `resync`: help for a user's token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dsc.crypto.memory import wipe
from host_tools.cli.agreeing import OperatorOption, by_two
from host_tools.cli.answering import ChallengeOption, IdentifiedOption, ResponseOption, typed
from host_tools.cli.challenge import verdict
from host_tools.cli.conversation import AnswerOption, BeginOption, PageOption, Steps, converse
from host_tools.cli.exits import FAILED, OK, USAGE, note, stop
from host_tools.cli.login_system import DeviceOption, UserArgument, checked, login_system, print_json
from host_tools.cli.options import JsonOption, in_fours
from host_tools.cli.support import MOST_DIGITS
from host_tools.cli.user_help import identification

if TYPE_CHECKING:
    from host_tools.login.system import LoginSystem


def resync(user: UserArgument, device: DeviceOption = None, as_json: JsonOption = False) -> None:
    """Find a token's counter or clock again, by two codes.

    For a token whose plain codes were shown too often without being used, or whose clock is off. The two codes, one
    after the other, are asked for, or read from standard input, a line each; of codes by time, the second while the
    token shows it. --device is needed if USER has several tokens. Codes that are not found count as a failure (exit
    code 1).

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


def confirm(
    user: UserArgument,
    device: DeviceOption = None,
    page: PageOption = None,
    begin: BeginOption = False,
    answer: AnswerOption = None,
    number_for: Annotated[
        str | None,
        typer.Option(
            "--number-for",
            metavar="REFERENCE",
            help="The third step: read the number that the token shows from standard input.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Confirm a PIN change on a user's token.

    For who telephones. First USER's token answers a fresh challenge, which goes and counts as with 'picodsc
    challenge', and opens no session; a wrong response ends with 1. Then he begins the change on it, within ten
    minutes, and reads out the number that it shows; the answer is to be typed on the token. --device is needed if
    USER has several tokens that answer challenges.

    Three changes are confirmed in 24 hours, those in sessions and by 'picodsc confirm' included. A script takes three
    steps: --begin, --answer, --number-for, each with the reference of the first.

    \b
    Example:
      picodsc device confirm alice
      picodsc device confirm alice --begin --json
      echo 47110815 | picodsc device confirm alice --answer 7c04…91
      echo 12345679 | picodsc device confirm alice --number-for 7c04…91
    """
    name = checked(user)
    steps = Steps(begin, answer, page, as_json)
    steps.check()
    if number_for is not None and (begin or answer is not None or page is not None or device is not None):
        stop("--number-for is the last of three steps; all other options belong to those before", USAGE)
    from host_tools.login import pin_changes
    from host_tools.login.accounts import checked_name

    with login_system() as system:
        reference = number_for
        if reference is None:
            verified, reference = converse(
                steps,
                lambda: pin_changes.begin_pin_change(system, name, device),
                lambda which, shown: pin_changes.answer_pin_change_page(system, which, shown),
                lambda which, typed: (
                    pin_changes.answer_pin_change(system, which, typed, checked_name(name)),
                    which,
                ),
            )
            if answer is not None or not verified.accepted:
                _say_verified(accepted=verified.accepted, as_json=as_json)
                raise typer.Exit(OK if verified.accepted else FAILED)
        digits = _confirmation(system, reference, checked_name(name), again=number_for is None)
    if as_json:
        print_json({"accepted": True, "confirmation": digits})
    else:
        typer.echo(in_fours(digits))


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


def _confirmation(system: LoginSystem, reference: str, name: str, *, again: bool) -> str:
    """The answer to the number that is typed; `again`, by whoever has typed a wrong one."""
    from host_tools.inventory.desk_errors import ChangeNumberError
    from host_tools.login import pin_changes

    while True:
        shown = typed("Number that the token shows")
        if shown is None:
            stop(
                f"no number was given: give it within ten minutes of the response, with --number-for {reference}"
            )
        try:
            return pin_changes.confirm_by_telephone(system, reference, shown, name)
        except ChangeNumberError as error:
            if not again:
                raise
            note(error)


def _say_verified(*, accepted: bool, as_json: bool) -> None:
    """It does not tell by which PIN: who telephones may be listened to, and so may the desk."""
    if as_json:
        print_json({"accepted": accepted})
    else:
        typer.echo(verdict(accepted=accepted, is_alarm=False))
