"""Draws the station's session for docs/station.md: typed into a real terminal (tmux), units on the emulated Pico."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from host_tools.engines import interpreters

FOLDER = interpreters.ROOT / "docs" / "images" / "station"
COLUMNS, ROWS = 100, 34
PROMPT = "$ "
SECONDS = 240
ORDERS = "reference,user,label,language\n2026-118,j.doe,Bank,de\n2026-119,r.roe,Bank,en\n"
DESK = "--port emulator --into desk"
# Name of a picture -> what is typed.
SESSIONS = {
    "line": (
        "picodsc station batch DS",
        "cat monday.csv",
        f"picodsc station provision --watch --orders monday.csv --batch DS --pin random {DESK}",
    ),
    "inventory": (
        "picodsc inventory list",
        "picodsc station label DS-0000014 DS-0000023 --out labels.pdf",
        "picodsc station letter DS-0000014 --out letter.pdf --language de",
        "picodsc inventory history DS-0000014",
        "picodsc inventory audit",
    ),
}
# Rich's own picture of a terminal names a font on somebody's server; this one asks for what the reader has.
SVG = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class NoTmuxError(Exception):
    """There is no tmux to draw a terminal with."""

    def __init__(self) -> None:
        super().__init__("tmux is not installed; the pictures of the station's session stay as they are")


class Terminal:
    """A shell in tmux, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._socket = f"picodsc-{os.getpid()}"
        environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PICODSC_HOME": str(folder / "home"),
            "PS1": PROMPT,
        }
        words = [f"{name}={value}" for name, value in environment.items()]
        shell = ["env", *words, "bash", "--norc", "--noprofile"]
        try:
            self._tmux(
                "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), "-c", str(folder), shlex.join(shell)
            )
        except FileNotFoundError as error:
            raise NoTmuxError from error
        self._wait()

    def type(self, line: str) -> None:
        """Type a line, and wait for the next prompt."""
        self._tmux("send-keys", "-l", line)
        self._tmux("send-keys", "Enter")
        time.sleep(0.5)
        self._wait()

    def clear(self) -> None:
        """Begin an empty screen."""
        self._tmux("send-keys", "C-l")
        time.sleep(0.5)

    def picture(self, title: str) -> str:
        """What is on the screen, as SVG, without the last prompt."""
        shown = self._tmux("capture-pane", "-p", "-e").rstrip().removesuffix(PROMPT.strip()).rstrip()
        console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
        console.print(Text.from_ansi(shown))
        return console.export_svg(title=title, code_format=SVG, unique_id="station")

    def close(self) -> None:
        """End it."""
        self._tmux("kill-server")

    def _wait(self) -> None:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            lines = self._tmux("capture-pane", "-p").rstrip("\n").split("\n")
            if lines and re.fullmatch(re.escape(PROMPT.strip()), lines[-1].strip()):
                return
            time.sleep(0.2)
        raise TimeoutError(self._tmux("capture-pane", "-p"))

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-L", self._socket, "-f", os.devnull, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextmanager
def _terminal(folder: Path) -> Iterator[Terminal]:
    terminal = Terminal(folder)
    try:
        yield terminal
    finally:
        terminal.close()


def draw() -> list[Path]:
    """Draw all pictures; their files. Raises NoTmuxError."""
    drawn = []
    with tempfile.TemporaryDirectory() as name, _terminal(Path(name)) as terminal:
        (Path(name) / "monday.csv").write_text(ORDERS)
        terminal.type("picodsc station init --clear")
        for picture, lines in SESSIONS.items():
            terminal.clear()
            for line in lines:
                terminal.type(line)
            path = FOLDER / f"{picture}.svg"
            path.write_text(terminal.picture("picodsc station"))
            drawn.append(path)
    return drawn
