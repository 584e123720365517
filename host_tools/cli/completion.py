"""`picodsc completion`: what a shell needs to complete commands, options and names."""

from __future__ import annotations

import os
from typing import Annotated, Final

import typer

from host_tools.cli.exits import USAGE, stop

ASKED_IN: Final = "_PICODSC_COMPLETE"  # of the environment
SHELLS: Final = ("bash", "zsh", "fish")


def completion(shell: Annotated[str, typer.Argument(metavar="|".join(SHELLS), hidden=True)]) -> None:
    """Print what lets a shell complete commands and options.

    The shell is bash, zsh or fish. For the login system's commands users, devices and serials are completed, too,
    where the inventory is a file.

    \b
    Example:
      picodsc completion bash >> ~/.bash_completion
    """
    if shell not in SHELLS:
        stop(f"no completion for {shell!r}; there is one for {', '.join(SHELLS)}", USAGE)
    # Typer's own --show-completion takes it from there, and mypy misses an __all__.
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    typer.echo(get_completion_script(prog_name="picodsc", complete_var=ASKED_IN, shell=shell))


def answer_shells() -> None:
    """Have Typer answer a shell that asks what there is to complete, and lose no time otherwise."""
    if ASKED_IN in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]

        completion_init()
