"""`picodsc user identify`, `sessions` and `end-sessions`: help for a user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from host_tools.cli.answering import LiftingOption, as_text, typed
from host_tools.cli.exits import USAGE, stop
from host_tools.cli.key_files import counted
from host_tools.cli.login_system import UserArgument, checked, login_system, moment, print_json
from host_tools.cli.options import JsonOption

if TYPE_CHECKING:
    from host_tools.login.overview import OpenSession


def identify(user: UserArgument, identified_by: LiftingOption = None) -> None:
    """Record that a user was identified, which lifts a block.

    Make sure first that it is USER who asks, and say how with --identified-by (it is asked for if left out). That
    stays in the audit log for ever: no PIN, no code, no number of a document belongs there. A block comes of 30
    failures without a success. A lock of a day, after ten in a row, goes on.

    \b
    Example:
      picodsc user identify alice --identified-by "called back on the number on file"
    """
    name, by = checked(user), identification(identified_by)
    from host_tools.login import help_desk

    with login_system() as system:
        lifted = help_desk.identify(system, name, by)
    typer.echo("the block is lifted" if lifted else "this is on record; there was no block")


def sessions(user: UserArgument, as_json: JsonOption = False) -> None:
    """Print a user's open sessions.

    With --json, one object a line. Times are UTC.

    \b
    Example:
      picodsc user sessions alice
    """
    name = checked(user)
    from host_tools.login.overview import overview

    with login_system() as system:
        found = overview(system, name).sessions
    for one in found:
        if as_json:
            print_json(session_fields(one))
        else:
            typer.echo(session_line(one))


def end_sessions(user: UserArgument) -> None:
    """End all sessions of a user.

    Nothing waits for USER's answer any more, either.

    \b
    Example:
      picodsc user end-sessions alice
    """
    name = checked(user)
    from host_tools.login import help_desk

    with login_system() as system:
        count = help_desk.end_sessions(system, name)
    typer.echo(f"{counted(count, 'session')} ended")


def identification(given: str | None) -> str:
    """How the user was identified, which is asked for if it was not said."""
    by = given if given is not None else typed("How the user was identified")
    if by is None:
        stop("say how the user was identified, with --identified-by", USAGE)
    return as_text(by)


def session_fields(one: OpenSession) -> dict[str, Any]:
    """A session as JSON has it."""
    return {
        "device": one.device,
        "opened_at": one.opened_at,
        "expires_at": one.expires_at,
        "limited": one.is_limited,
        "alarm": one.is_alarm,
    }


def session_line(one: OpenSession) -> str:
    """A session as people read it."""
    words = [f"device {one.device}", moment(one.opened_at), "to", moment(one.expires_at)]
    words += ["limited"] * one.is_limited + ["alarm"] * one.is_alarm
    return "  ".join(words)
