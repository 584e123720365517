"""Exit codes, and the one way in which commands report that they failed."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

OK = 0
FAILED = 1
USAGE = 2


def in_terminal() -> bool:
    """Whether a person sits in front of this: Textual reads standard input and draws on standard error."""
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()


def stop(message: object, code: int = FAILED) -> NoReturn:
    """Say `message` on standard error and end with `code`."""
    typer.echo(f"picodsc: {message}", err=True)
    raise typer.Exit(code)
