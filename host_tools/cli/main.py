"""The command `picodsc`: its groups, its help."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import Annotated, Final, NoReturn

import typer

from dsc.version import VERSION
from host_tools.cli import (
    api_keys,
    cards,
    challenge,
    clock,
    codes,
    completion,
    demo,
    device_help,
    devices,
    doubts,
    inventory,
    keys,
    limits,
    operators,
    outbox,
    paper,
    provisioning,
    serve,
    signing,
    simulate,
    station,
    support,
    token,
    users,
    vault,
    verify,
)
from host_tools.cli.exits import INTERRUPTED, USAGE, end_unforeseen, stop, tell_notes

DATABASE_NAMED_IN: Final = "PICODSC_DATABASE"  # of the environment
SIGNALLED: Final = 128  # shells add this to the number of the signal that ended a command

app = typer.Typer(
    name="picodsc",
    help="Make, use and verify picodsc security tokens.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # a traceback with local variables could print a key
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(codes.ocra)
app.command()(codes.hotp)
app.command()(codes.totp)
app.add_typer(token.app, name="token")
app.command()(simulate.simulate)
app.command()(verify.verify)
app.command()(verify.resync)
app.command()(signing.sign)
app.command(name="verify-signature")(signing.verify_signature)
app.command()(support.page)
app.command()(support.confirm)
app.command()(support.unlock)
station.app.command()(provisioning.provision)
station.app.command()(doubts.resolve)
station.app.command()(paper.label)
station.app.command()(paper.letter)
app.add_typer(station.app, name="station")
app.add_typer(keys.app, name="keys")
app.add_typer(inventory.app, name="inventory")
app.add_typer(operators.app, name="operator")
app.add_typer(vault.app, name="vault")
app.add_typer(users.app, name="user")
devices.app.command()(device_help.resync)
devices.app.command()(device_help.unlock)
devices.app.command()(device_help.confirm)
app.add_typer(devices.app, name="device")
app.command()(challenge.challenge)
app.add_typer(cards.card_app, name="card")
app.add_typer(cards.passcode_app, name="passcode")
app.add_typer(limits.app, name="limits")
app.add_typer(outbox.app, name="outbox")
app.add_typer(api_keys.app, name="api-key")
app.add_typer(clock.app, name="clock")
app.command()(serve.serve)
app.command()(demo.demo)
app.command()(completion.completion)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"picodsc {VERSION}")
        raise typer.Exit


def _database(context: typer.Context, address: str | None) -> None:
    """Have the commands find the inventory there, as if PICODSC_DATABASE said so; for this one command."""
    if address is None:
        return
    from sqlalchemy import URL

    from host_tools.inventory.errors import AddressError
    from host_tools.inventory.location import parsed_address

    try:
        parsed = parsed_address(address)
    except AddressError as error:
        stop(error, USAGE)
    if isinstance(parsed, URL) and parsed.password is not None:
        stop(
            "others can see a password in --database: leave it out, and keep it in a file that PGPASSFILE names",
            USAGE,
        )
    before = os.environ.get(DATABASE_NAMED_IN)
    os.environ[DATABASE_NAMED_IN] = address

    def put_back() -> None:
        if before is None:
            del os.environ[DATABASE_NAMED_IN]
        else:
            os.environ[DATABASE_NAMED_IN] = before

    context.call_on_close(put_back)


@app.callback()
def options(
    context: typer.Context,
    database: Annotated[
        str | None,
        typer.Option(
            "--database",
            metavar="ADDRESS",
            help="The inventory's database: a file, or postgresql://USER@HOST/NAME.  [default: $PICODSC_DATABASE]",
        ),
    ] = None,
    _version_asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Make, use and verify picodsc security tokens."""
    _database(context, database)


def main() -> None:
    """The entry point of the installed command.

    To be told to end, or to lose the terminal, ends a command in order: temporary folders hold keys.
    """
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _end)
    completion.answer_shells()
    try:
        app()
    except KeyboardInterrupt as error:
        tell_notes(error)
        sys.exit(INTERRUPTED)
    except OSError as error:
        end_unforeseen(error)


def _end(number: int, _: FrameType | None) -> NoReturn:
    sys.exit(SIGNALLED + number)
