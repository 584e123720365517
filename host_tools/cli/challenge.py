"""`picodsc challenge`: a login at the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from host_tools.cli.conversation import AnswerOption, BeginOption, PageOption, Steps, converse
from host_tools.cli.exits import FAILED, OK, note
from host_tools.cli.login_system import DeviceOption, UserArgument, checked, login_system, print_json
from host_tools.cli.options import JsonOption

if TYPE_CHECKING:
    from host_tools.login.answering import Answered


def challenge(
    user: UserArgument,
    device: DeviceOption = None,
    page: PageOption = None,
    begin: BeginOption = False,
    answer: AnswerOption = None,
    session: Annotated[
        bool, typer.Option("--session", help="Keep the session that it opens, and print it: it is a secret.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Log a user in by his device, to try it or to help.

    USER's password is not asked for: whoever gives this command vouches for him. Prints what the device is asked,
    asks for the response, and prints "accepted", "accepted with alarm" (the duress PIN was typed), or "rejected"
    (exit code 1). It counts as any login: it is in the audit log, a wrong response is a failure, ten in a row
    lock. The session that it opens is ended at once.

    A script takes two steps: --begin prints a reference, and --answer with it reads the response from standard
    input. What waits is shown again by --begin until it is answered or has expired. A token that checks the page
    first shows a number for it: --begin --page.

    \b
    Example:
      picodsc challenge alice
      picodsc challenge alice --begin --json
      echo 47110815 | picodsc challenge alice --answer 7c04…91
    """
    name = checked(user)
    steps = Steps(begin, answer, page, as_json)
    steps.check()
    from host_tools.login import answering
    from host_tools.login.accounts import checked_name
    from host_tools.login.beginning import begin_vouched
    from host_tools.login.sessions import end_session

    with login_system() as system:
        found = converse(
            steps,
            lambda: begin_vouched(system, name, device),
            lambda reference, number: answering.answer_page(system, reference, number),
            lambda reference, typed: answering.answer(system, reference, typed, checked_name(name)),
        )
        if found.session is not None and not session:
            end_session(system, found.session)
    _print(found, with_session=session, as_json=as_json)
    raise typer.Exit(OK if found.accepted else FAILED)


def _print(found: Answered, *, with_session: bool, as_json: bool) -> None:
    kept = found.session if with_session else None
    if as_json:
        print_json(
            {
                "accepted": found.accepted,
                "alarm": found.is_alarm,
                "limited": found.is_limited,
                "user": found.user,
                "device": found.device,
                "session": kept,
                "expires_at": found.expires_at if kept else None,
            }
        )
        return
    typer.echo(verdict(accepted=found.accepted, is_alarm=found.is_alarm))
    if found.is_limited:
        note("this device is good for obtaining an online card only, by now")
    if kept:
        typer.echo(kept)


def verdict(*, accepted: bool, is_alarm: bool) -> str:
    """The words of `picodsc verify`."""
    if not accepted:
        return "rejected"
    return "accepted with alarm" if is_alarm else "accepted"
