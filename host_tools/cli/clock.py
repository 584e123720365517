"""`picodsc clock`: whether the clock is behind what is on record, and what to do then."""

from __future__ import annotations

from typing import Annotated

import typer

from host_tools.cli.answering import typed
from host_tools.cli.exits import FAILED, OK, stop
from host_tools.cli.login_system import believing_system, field, moment, print_json, span
from host_tools.cli.options import JsonOption

app = typer.Typer(help="Judge the clock of logins.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def show(as_json: JsonOption = False) -> None:
    """Print what the clock shows, and the newest time on record.

    The login service never goes back behind the audit log's newest entry: a clock that was set back must open
    nothing again. Ends with 1 if the clock is behind it, by more than the policy's tolerance. If the clock is wrong,
    set it right; if it is right now and was wrong before, 'picodsc clock accept' says so.

    \b
    Example:
      picodsc clock show
    """
    from host_tools.login.clock_record import clock_record

    with believing_system() as system:
        found = clock_record(system)
        action = system.rules().clock.back.value
    behind = found.behind
    if as_json:
        print_json(
            {
                "shows": found.shows,
                "record": found.record,
                "behind_seconds": None if behind is None else behind.total_seconds(),
                "policy": action,
            }
        )
    else:
        field("clock", found.shows)
        field("record", found.record)
        field("behind", "no" if behind is None else span(behind))
        if behind is not None:
            field("policy", action)
    raise typer.Exit(OK if behind is None else FAILED)


@app.command()
def accept(yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False) -> None:
    """Believe the clock, although it is behind what is on record.

    For a clock that was ahead, and was set right since. STOP THE LOGIN SERVICE FIRST: a process that runs goes by
    the later time, and would write it once more. All sessions end, nothing waits for an answer any more, and what
    was counted at a time that is yet to come (failures, withdrawals, messages) goes back by as much. The audit log
    keeps its entries, and has one more. To confirm, type what day it is.

    \b
    Example:
      picodsc clock accept
    """
    from host_tools.login.clock_record import accept_clock, clock_record

    with believing_system() as system:
        found = clock_record(system)
        if found.behind is None:
            typer.echo("the clock is not behind what is on record; nothing was done")
            return
        if not yes:
            typer.echo(
                f"The clock shows {moment(found.shows)} UTC, and the newest entry is of {moment(found.record)} UTC.",
                err=True,
            )
            if typed("Type today's date, such as 2026-11-29, to confirm") != f"{found.shows:%Y-%m-%d}":
                stop("that is another date than the clock shows; nothing was done", FAILED)
        accepted = accept_clock(system)
    behind = accepted.behind
    if behind is None:
        typer.echo("the clock is not behind what is on record any more; nothing was done")
    else:
        typer.echo(
            f"the clock is believed again, {span(behind)} before the record; start the login service anew"
        )
