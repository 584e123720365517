"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from host_tools.cli.exits import USAGE, note, stop
from host_tools.engines import images, interpreters, names
from host_tools.engines.errors import EngineMissingError, UnknownEngineError


def _ready(find: Callable[[str], object]) -> Callable[[str], str]:
    """A check of the name: that the engine can be started is better said before a command has begun its work."""

    def check(name: str) -> str:
        try:
            find(name)
        except UnknownEngineError as error:
            raise typer.BadParameter(str(error)) from error
        except EngineMissingError as error:
            stop(error)
        return name

    return check


def ready_and_noted(name: str) -> str:
    """An engine that can be started, with a word on an emulated Pico that is not what its user may expect."""
    _ready(names.check)(name)
    if name == images.RP2040:
        from host_tools.emulator.fast import loops

        newer = images.newer_source(images.find())
        if newer is not None:
            note(
                f"{newer.relative_to(interpreters.ROOT)} is newer than the image; 'make firmware' builds it anew"
            )
        if loops.FAST not in loops.available():
            note(
                "the emulated Pico is not compiled for this Python, and very slow; 'make emulator' does that"
            )
    return name


EngineOption = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="|".join(names.NAMES),
        callback=ready_and_noted,
        help="What runs the firmware; rp2040 is its image on an emulated Pico.",
    ),
]
InterpreterOption = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="|".join(interpreters.NAMES),
        callback=_ready(interpreters.find),
        help="What runs the firmware.",
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
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SerialArgument = Annotated[
    str, typer.Argument(metavar="SERIAL", hidden=True)
]  # the command's help says what it is
CredentialOption = Annotated[
    str | None,
    typer.Option(
        "--credential",
        metavar="NAME",
        help="Label or id (hex) of the credential, if the token has several.",
    ),
]


def checked_serial(serial: str) -> str:
    """A serial as the inventory knows it: lower case is raised. Ends the command if it is no text."""
    if not is_encodable(serial):
        stop("SERIAL is not UTF-8", USAGE)
    return serial.upper()


def in_fours(digits: str) -> str:
    """Digits in groups of four, as they are shown and typed on a token."""
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def is_encodable(text: str) -> bool:
    """Whether an argument is text: bytes that are not UTF-8 come from the shell as halves of characters."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
