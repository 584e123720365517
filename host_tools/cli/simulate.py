"""`picodsc simulate`: use a simulated token, in the terminal or by script."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from host_tools.cli.exits import FAILED, USAGE, in_terminal, stop
from host_tools.cli.options import EngineOption, TokenOption
from host_tools.engines.errors import EngineError, FirmwareStoppedError
from host_tools.engines.open import open_engine
from host_tools.simulator.folder import TokenFolder, TokenFolderError
from host_tools.simulator.script import ExpectationError, Player, ScriptError, StepError, parse


def simulate(
    token: TokenOption,
    script: Annotated[
        Path | None,
        typer.Option(
            "--script", metavar="FILE", help="Play a script without a terminal; - is standard input."
        ),
    ] = None,
    frames: Annotated[
        Path | None,
        typer.Option("--frames", metavar="DIR", help="Where the script's screenshots go, as PNG."),
    ] = None,
    engine: EngineOption = "cpython",
) -> None:
    """Use a token: on the screen with keyboard and mouse, or headless with --script.

    On the screen: digits type digits, Enter is OK (#), Backspace is C (*), hold it with Delete; a b c d are the
    function keys; Ctrl-P cuts and restores the power, Ctrl-Q ends.

    A script has one step a line, on a token that is switched on:

    \b
      press 1 2 3 4 OK   press keys (0-9, OK or #, C or *, FA FB FC FD)
      hold C 2s          keep a key down
      wait 30s           let virtual time pass (ms, s, m)
      expect "CHALLNG>"  exit with 1 unless the screen shows this;
                         "" is a dark screen
      read RESPONSE      print the response that is shown
      screenshot NAME    write NAME.png into the --frames folder
      power off          cut the power; power on restores it

    Lines that begin with # are comments. What the screen shows is read from its pixels.

    \b
    Example:
      picodsc simulate --token mytoken --script login.txt --frames pictures
    """
    if script is None and frames is not None:
        stop("--frames goes with --script", USAGE)
    try:
        folder = TokenFolder.load(token)
        if script is not None:
            _play(folder, script, frames, engine)
        else:
            _interact(folder, engine)
    except TokenFolderError as error:
        stop(error, USAGE)
    except EngineError as error:
        stop(error)


def _play(folder: TokenFolder, script: Path, frames: Path | None, engine: str) -> None:
    try:
        text = sys.stdin.read() if str(script) == "-" else script.read_text("utf-8")
        steps = parse(text)
    except (OSError, UnicodeDecodeError) as error:
        stop(f"can't read {script}: {error}", USAGE)
    except ScriptError as error:
        stop(f"{script}: {error}", USAGE)
    with open_engine(engine, folder.unit()) as running:
        running.power_on()
        try:
            Player(running, typer.echo, frames).play(steps)
        except StepError as error:
            stop(f"{script}: {error}")
        except ExpectationError as error:
            typer.echo(f"picodsc: {script}: {error}", err=True)
            typer.echo(error.frame.blocks(), err=True)
            typer.echo(f"It reads: {error.screen.text!r}", err=True)
            raise typer.Exit(FAILED) from None


def _interact(folder: TokenFolder, engine: str) -> None:
    if not in_terminal():
        stop("this is no terminal; use --script FILE", USAGE)
    # Textual takes a moment to load, and a script does not need it.
    from host_tools.simulator.terminal import run

    running = open_engine(engine, folder.unit())
    # A token in use elsewhere is told here, not within the picture; firmware that stops is shown there.
    with suppress(FirmwareStoppedError):
        running.power_on()
    run(running, title=folder.serial)
