"""`picodsc simulate`: use a simulated token, in the terminal or by script."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host_tools.cli.exits import FAILED, USAGE, in_terminal, reason, stop
from host_tools.cli.options import EngineOption, TokenOption

if (
    TYPE_CHECKING
):  # Pillow, which draws frames, takes a moment to load: `picodsc --help` should not wait for it
    from host_tools.engines.unit import Unit
    from host_tools.simulator.script import Step


PANELS = (64, 32)
LAST_SECOND = 2**32 - 1


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
    rows: Annotated[
        int, typer.Option("--rows", metavar="64|32", help="Rows of pixels of the token's display.")
    ] = 64,
    clock: Annotated[
        str | None,
        typer.Option(
            "--clock",
            metavar="now|SECONDS",
            help="The time that the board has kept, in Unix seconds: without it, codes by time are refused.",
        ),
    ] = None,
    engine: EngineOption = "cpython",
) -> None:
    """Use a token in the terminal, or headless with --script.

    In the terminal, with keyboard and mouse: digits type digits, Enter is OK (#), Backspace is C (*), hold it
    with Delete; a b c d are the function keys; Ctrl-P cuts and restores the power, Ctrl-Q ends.

    A script has one step a line, on a token that is switched on:

    \b
      press 1 2 3 4 OK   press keys (0-9, OK or #, C or *, FA FB FC FD)
      hold C 2s          keep a key down
      wait 30s           let virtual time pass (ms, s, m), a day at most
      expect "CHALLNG>"  exit with 1 unless the screen shows this;
                         "" is a dark screen
      read RESPONSE      print the response that is shown
      screenshot NAME    write NAME.png into the --frames folder
      power off          cut the power; power on restores it, power on C FD
                         with these keys held down until release C FD

    A comment is a line of its own that begins with #; after a step, # is the OK key. What the screen shows is
    read from its pixels.

    \b
    Example:
      picodsc simulate --token mytoken --script login.txt --frames pictures
    """
    if rows not in PANELS:
        stop(f"there are displays of {' or '.join(map(str, PANELS))} rows, not of {rows}", USAGE)
    wall = None if clock is None else _clock(clock)
    if script is None and frames is not None:
        stop("--frames goes with --script", USAGE)
    if frames is not None:
        there = next(path for path in (frames, *frames.absolute().parents) if path.exists())
        if not there.is_dir():
            stop(f"{there} is not a folder", USAGE)
    from host_tools.engines.errors import EngineError
    from host_tools.simulator.folder import TokenFolder, TokenFolderError

    try:
        folder = TokenFolder.load(token)
        if script is not None:
            _play(folder.unit(height=rows, wall=wall), script, frames, engine)
        else:
            _interact(folder.unit(height=rows, wall=wall), folder.serial, engine)
    except TokenFolderError as error:
        stop(error, USAGE)
    except EngineError as error:
        stop(error)


def _clock(wanted: str) -> Callable[[], int]:
    """What tells the time at each power-on."""
    if wanted == "now":
        return lambda: int(time.time())
    if not (wanted.isascii() and wanted.isdigit() and int(wanted) <= LAST_SECOND):
        stop(f"--clock takes now, or Unix seconds from 0 to {LAST_SECOND}, not {wanted!r}", USAGE)
    seconds = int(wanted)
    return lambda: seconds


def _play(unit: Unit, script: Path, frames: Path | None, engine: str) -> None:
    from host_tools.engines.open import open_engine
    from host_tools.simulator.script import ExpectationError, Player, StepError

    name = _name(script)
    steps = _steps(script, frames is not None)
    with open_engine(engine, unit) as running:
        running.power_on()
        try:
            Player(running, typer.echo, frames).play(steps)
        except StepError as error:
            stop(f"{name}: {error}")
        except ExpectationError as error:
            typer.echo(error.frame.blocks())
            typer.echo(f"It reads: {error.screen.text!r}")
            typer.echo(f"picodsc: {name}: {error}", err=True)
            raise typer.Exit(FAILED) from None


def _steps(script: Path, with_frames: bool) -> list[Step]:
    """The script's steps, or the end of the command with the reason why there are none."""
    from host_tools.simulator.script import ScriptError, parse

    try:
        written = sys.stdin.buffer.read() if str(script) == "-" else script.read_bytes()
        return parse(written.decode("utf-8-sig"), with_frames)
    except OSError as error:
        stop(f"can't read {_name(script)}: {reason(error)}", USAGE)
    except UnicodeDecodeError:
        stop(f"{_name(script)} is not a text file", USAGE)
    except ScriptError as error:
        stop(f"{_name(script)}: {error}", USAGE)


def _name(script: Path) -> str:
    return "standard input" if str(script) == "-" else str(script)


def _interact(unit: Unit, serial: str, engine: str) -> None:
    if not in_terminal():
        stop("this is no terminal; use --script FILE", USAGE)
    from host_tools.engines.errors import FirmwareStoppedError
    from host_tools.engines.open import open_engine
    from host_tools.simulator.terminal import CrashedError, run

    with open_engine(engine, unit) as running:
        # A token that another process uses is told here; a firmware that stops is shown on the screen.
        with suppress(FirmwareStoppedError):
            running.power_on()
        try:
            run(running, title=serial)
        except CrashedError:
            raise typer.Exit(FAILED) from None
