"""`picodsc keys`: keys that leave for other people's systems."""

from __future__ import annotations

import typer

from host_tools.cli.enrol import enrol

app = typer.Typer(
    help="Hand keys on to other people's systems.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command()(enrol)
