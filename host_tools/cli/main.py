"""The command `picodsc`: its groups, its help."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Annotated, Final, NoReturn

import typer

from dsc.version import VERSION
from host_tools.cli import (
    codes,
    completion,
    demo,
    doubts,
    inventory,
    keys,
    operators,
    paper,
    provisioning,
    signing,
    simulate,
    station,
    support,
    token,
    vault,
    verify,
)
from host_tools.cli.exits import INTERRUPTED, end_unforeseen

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
app.command()(demo.demo)
app.command()(completion.completion)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"picodsc {VERSION}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Make, use and verify picodsc security tokens."""


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
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as error:
        end_unforeseen(error)


def _end(number: int, _: FrameType | None) -> NoReturn:
    sys.exit(SIGNALLED + number)
