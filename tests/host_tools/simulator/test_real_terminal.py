"""The token in a real terminal: what a person at tmux sees."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.made import PIN, SERIAL, made_token
from host_tools.display.frame import Frame
from host_tools.inventory import Inventory
from host_tools.inventory.verify import verify_response
from host_tools.simulator.folder import TokenFolder
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import shown_response
from host_tools.simulator.terminal_widgets import DARK_FRAME


@pytest.fixture(scope="module")
def tmux() -> str:
    """Where tmux is; `.ci/run` installs it."""
    found = shutil.which("tmux")
    if found is None:
        pytest.skip("no tmux, which is the terminal of these tests")
    return found


@pytest.fixture
def made(tmp_path: Path) -> Iterator[tuple[Inventory, TokenFolder]]:
    with made_token(tmp_path) as both:
        yield both


class Tmux:
    """A terminal without a screen."""

    def __init__(
        self, program: str, folder: Path, command: list[str], width: int = 140, height: int = 50
    ) -> None:
        self._program = program
        self._socket = str(folder / "tmux")
        # The variables would be taken for the terminal's size. The sleep keeps what was said at the end in sight.
        line = f"unset COLUMNS LINES; {shlex.join(command)}; sleep 60"
        self._call("-f", os.devnull, "new-session", "-d", "-x", str(width), "-y", str(height), line)

    def _call(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._program, "-u", "-S", self._socket, *arguments], check=True, capture_output=True, text=True
        )
        return done.stdout

    def keys(self, *keys: str) -> None:
        self._call("send-keys", *keys)

    def screen(self) -> str:
        return self._call("capture-pane", "-p")

    def until(self, condition: Callable[[str], bool], seconds: float = 60) -> str:
        end = time.monotonic() + seconds
        while not condition(self.screen()):
            assert time.monotonic() < end, self.screen()
            time.sleep(0.1)
        return self.screen()

    def close(self) -> None:
        self._call("kill-server")


def pixels(screen: str) -> Frame:
    """The display's picture, from the terminal's characters."""
    lines = screen.split("\n")
    top = next(index for index, line in enumerate(lines) if "▛" in line)
    left = lines[top].index("▛") + 1
    glass = [line[left : left + 128].ljust(128) for line in lines[top + 1 : top + 33]]
    rows = [[character in lit for character in line] for line in glass for lit in ("▀█", "▄█")]
    return Frame(128, 64, rows)


def test_in_a_real_terminal_the_pixels_are_those_of_the_token(tmux, made, tmp_path):
    inventory, token = made
    picodsc = str(Path(sys.executable).with_name("picodsc"))
    terminal = Tmux(tmux, tmp_path, [picodsc, "simulate", "--token", str(token.path)])
    try:
        terminal.until(lambda screen: "▛" in screen and "PIN>" in read_screen(pixels(screen)).text)
        assert SERIAL in terminal.screen()
        terminal.keys(*PIN, "Enter")
        terminal.until(lambda screen: "CHALLNG>" in read_screen(pixels(screen)).text)
        terminal.keys(*"123456", "Enter")
        screen = terminal.until(lambda screen: shown_response(read_screen(pixels(screen))) is not None)
        response = shown_response(read_screen(pixels(screen)))
        assert verify_response(inventory, SERIAL, "123456", response).value == "accepted"
        terminal.keys("C-p")
        terminal.until(lambda screen: "power off" in screen and pixels(screen) == DARK_FRAME)
        terminal.keys("C-q")
        terminal.until(lambda screen: "▛" not in screen)
    finally:
        terminal.close()


def test_after_the_parts_took_their_places_nothing_is_left_of_where_they_were(tmux, tmp_path):
    terminal = Tmux(
        tmux, tmp_path, [str(Path(sys.executable).with_name("picodsc")), "demo"], width=150, height=46
    )
    try:
        terminal.until(lambda screen: "x real time" in screen and "╰" in screen)
        time.sleep(2)  # for all that is drawn at the start
        lines = parts_of(terminal.screen())
        corner = next(line for line in lines if "╮" in line).index("╮")
        assert all(not line[corner + 1 :].strip() for line in lines)
        terminal.keys("C-q")
        terminal.until(lambda screen: "ended without a login" in screen)
    finally:
        terminal.close()


def parts_of(screen: str) -> list[str]:
    """The lines between title and status."""
    return screen.split("\n")[1:-3]
