"""The command `picodsc`: its groups, its help."""

from __future__ import annotations

from typing import Annotated

import typer

from dsc.version import VERSION
from host_tools.cli import codes, demo, simulate, token, verify

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
app.command()(demo.demo)


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
    """The entry point of the installed command."""
    app()
