"""`picodsc card` and `passcode`: what bridges the time until a token."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dsc.crypto.memory import wipe
from host_tools.cli.answering import LiftingOption
from host_tools.cli.devices import as_fields, as_line
from host_tools.cli.exits import note, stop
from host_tools.cli.login_system import (
    NumberArgument,
    UserArgument,
    checked,
    login_system,
    moment,
    print_json,
)
from host_tools.cli.options import JsonOption, in_fours
from host_tools.cli.user_help import identification

if TYPE_CHECKING:
    from host_tools.login.accounts import User
    from host_tools.login.issuing import IssuedCard
    from host_tools.login.paper.card import Card

card_app = typer.Typer(help="Make Security Code Cards.", no_args_is_help=True, rich_markup_mode=None)
passcode_app = typer.Typer(help="Give temporary passcodes.", no_args_is_help=True, rich_markup_mode=None)
PAPERS = ("a4", "letter")  # as login.paper.card has them, which takes a moment to load


@card_app.command()
def issue(
    user: UserArgument,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="A new file, .pdf or .png.", show_default=False)
    ],
    online: Annotated[
        bool, typer.Option("--online", help="The temporary card; by default the one that stays.")
    ] = False,
    paper: Annotated[
        str, typer.Option("--paper", metavar="|".join(PAPERS), help="What it is printed on.")
    ] = "a4",
    sender: Annotated[str, typer.Option("--sender", metavar="TEXT", help="Who issues it.")] = "",
    contact: Annotated[
        str, typer.Option("--contact", metavar="TEXT", help="Where the help desk can be called.")
    ] = "",
) -> None:
    """Make a card of codes for a user.

    The file is the only place where its codes are shown, in USER's language: print it, and destroy it. The card is
    ready; it is activated as any device, by two of its codes. A card of the same kind that was never activated
    ends at once, one that is in use when the new one is activated.

    \b
    Example:
      picodsc card issue alice --online --out card.pdf
    """
    name = checked(user)
    from host_tools.login import accounts, issuing
    from host_tools.login.device_life import end_device
    from host_tools.login.paper.making import check_place, make_card

    if paper not in PAPERS:
        raise typer.BadParameter(f"{paper!r} is not {' or '.join(PAPERS)}", param_hint="--paper")
    with login_system() as system:
        found = accounts.user(system, name)
        check_place(out)  # before anything is issued
        issued = issuing.issue_card(system, name, online=online)
        try:
            make_card(out, _face(issued, found, paper, sender, contact), issued.codes)
        except BaseException:
            end_device(system, name, issued.device.id)  # nobody will ever see its codes
            raise
        finally:
            wipe(*issued.codes)
    typer.echo(
        f"{out}: card {issued.serial} of {found.name}, device {issued.device.id}, {len(issued.codes)} codes"
    )
    note("its codes are in this file only: print it, then destroy it")


@card_app.command()
def show(user: UserArgument, as_json: JsonOption = False) -> None:
    """Print a user's cards, without their codes.

    With --json, one object a line. Times are UTC.

    \b
    Example:
      picodsc card show alice
    """
    name = checked(user)
    from host_tools.login.devices import Method, devices
    from host_tools.login.issuing import card_serial

    with login_system() as system:
        found = [one for one in devices(system, name) if one.method is Method.CARD]
    for one in found:
        if as_json:
            print_json({**as_fields(one), "serial": card_serial(one)})
        else:
            typer.echo(f"{card_serial(one)}  {as_line(one)}")


@card_app.command()
def end(user: UserArgument, number: NumberArgument) -> None:
    """End a card: its codes are good for nothing any more.

    DEVICE is the device's number, as 'picodsc card show' prints it after the card's serial.

    \b
    Example:
      picodsc card end alice 2
    """
    name = checked(user)
    from host_tools.login.device_life import end_device
    from host_tools.login.devices import Method, devices

    with login_system() as system:
        if all(one.id != number or one.method is not Method.CARD for one in devices(system, name)):
            stop(f"device {number} of {name!r} is no card; see 'picodsc card show {name}'")
        end_device(system, name, number)
    typer.echo(f"device {number} of {name.lower()} has ended")


@passcode_app.command(name="issue")
def issue_passcode(user: UserArgument, identified_by: LiftingOption = None) -> None:
    """Print a temporary passcode, once, to be read out.

    Make sure first that it is USER who asks, and say how with --identified-by (it is asked for if left out). That
    stays in the audit log for ever: no PIN, no code, no number of a document belongs there. It is active at once,
    ends an earlier one, and is never issued twice in a row. A block, after 30 failures without a success, is lifted.
    A lock of a day, after ten in a row, goes on. It says so.

    \b
    Example:
      picodsc passcode issue alice --identified-by "called back on the number on file"
    """
    name, by = checked(user), identification(identified_by)
    from host_tools.login.issuing import issue_passcode as issued

    with login_system() as system:
        passcode = issued(system, name, by)
    try:
        typer.echo(in_fours(passcode.code.decode()))
    finally:
        wipe(passcode.code)
    if passcode.lifted:
        note("the block is lifted")
    if passcode.locked_until is not None:
        note(f"the login is locked until {moment(passcode.locked_until)} UTC, with this passcode, too")


def _face(issued: IssuedCard, user: User, paper: str, sender: str, contact: str) -> Card:
    from host_tools.login.paper.card import Card, Paper

    expires = issued.expires_at
    return Card(
        issued.serial,
        issued.device.kind,
        user.name,
        sender,
        contact,
        issued.issued_at.date(),
        None if expires is None else expires.date(),
        user.language,
        Paper(paper),
    )
