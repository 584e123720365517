"""Exit codes, and the one way in which commands report that they failed."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

OK = 0
FAILED = 1
USAGE = 2
INTERRUPTED = 130  # what shells make of a command that Ctrl-C ended


def in_terminal() -> bool:
    """Whether a person sits in front of this: Textual reads standard input and draws on standard error."""
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()


def stop(message: object, code: int = FAILED) -> NoReturn:
    """Say `message` on standard error and end with `code`."""
    typer.echo(f"picodsc: {message}", err=True)
    raise typer.Exit(code)


def note(message: object) -> None:
    """Say something that is no failure, on standard error."""
    typer.echo(f"picodsc: note: {message}", err=True)


def tell_notes(error: BaseException) -> None:
    """Say what is to be known of an interruption: its notes."""
    for one in getattr(error, "__notes__", ()):
        note(one)


def reason(error: OSError) -> str:
    """What the operating system refused, in lower case: "no such file", "no space left on device"."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    return (error.strerror or str(error)).lower()


def end_unforeseen(error: OSError) -> NoReturn:
    """End after the operating system refused something that no command foresaw, such as to print.

    A reader that went away is told nothing: nobody is left to read it.
    """
    if not isinstance(error, BrokenPipeError):
        where = error.filename if error.filename is not None else "can't write the output"
        typer.echo(f"picodsc: {where}: {reason(error)}", err=True)
    # What is left in the buffer would be tried, and fail, once more when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(FAILED)
