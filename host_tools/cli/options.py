"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from host_tools.cli.exits import stop
from host_tools.engines.errors import EngineMissingError, UnknownEngineError
from host_tools.engines.interpreters import find


def _ready_engine(name: str) -> str:
    """The name, of an engine that can be started: better said before a command has begun its work."""
    try:
        find(name)
    except UnknownEngineError as error:
        raise typer.BadParameter(str(error)) from error
    except EngineMissingError as error:
        stop(error)
    return name


EngineOption = Annotated[
    str,
    typer.Option(
        "--engine", metavar="cpython|micropython", callback=_ready_engine, help="What runs the firmware."
    ),
]
KeyOption = Annotated[str | None, typer.Option("--key", metavar="HEX", help="The secret key, as hex digits.")]
BatchOption = Annotated[
    Path | None,
    typer.Option(
        "--batch",
        metavar="FILE",
        help="Answer a file of requests instead, one JSON object a line; - is standard input.",
    ),
]
TokenOption = Annotated[
    Path,
    typer.Option("--token", metavar="DIR", help="A token made by 'picodsc token new'.", show_default=False),
]


def is_encodable(text: str) -> bool:
    """Whether an argument is text: bytes that are not UTF-8 come from the shell as halves of characters."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
