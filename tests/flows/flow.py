"""Flow scripts: the simulator's script language, with the token's texts by name, and a helper at the service.

Beside the lines of the script language there are

    expect @change.old        the text of that name, in the token's language; its braces hold anything
    picture NAME              keep a golden frame
    service confirm right     the service reads the screen, and what it answers is typed (tests/flows/service.py)
    tall LINE, flat LINE      a line for panels of 64 rows alone, or of 32

The first lines are comments: what the flow is, `# unit: NAME` of tests/flows/units.py, perhaps `# engines: ...`, and
`# varies: PICTURE LINES` for lines of text in a picture, from 0, that chance or the board makes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dsc.ui import texts
from flows.frames import TALL
from flows.service import Service
from host_tools.display.frame import Frame
from host_tools.engines import names
from host_tools.engines.base import Engine
from host_tools.fonts.lookalikes import as_read
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import ExpectationError, Player, Step, parse

FOLDER: Final = Path(__file__).parent
_SETTING: Final = re.compile(r"# (unit|engines|varies): (.+)")


@dataclass(frozen=True)
class Flow:
    """One script. `varies`: picture -> lines of text that are not compared, on 64 rows; no chance is in others."""

    name: str
    title: str
    unit: str
    engines: tuple[str, ...]
    lines: tuple[str, ...]
    varies: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def pictures(self) -> list[str]:
        """The names of its golden frames, in the order of the script."""
        return [line.split()[1] for line in self.lines if line.startswith("picture ")]

    def script(self, height: int) -> list[str]:
        """Its lines for a panel of so many rows: those for another are empty."""
        mine, other = ("tall ", "flat ") if height == TALL else ("flat ", "tall ")
        return ["" if line.startswith(other) else line.removeprefix(mine) for line in self.lines]

    def variable(self, picture: str, height: int) -> tuple[int, ...]:
        """The lines of text that are not compared of a picture on a panel of so many rows."""
        return self.varies.get(picture, ()) if height == TALL else ()


def load(path: Path) -> Flow:
    """Read a script. Raises KeyError if it names no unit."""
    lines = path.read_text().splitlines()
    settings: dict[str, str] = {"engines": " ".join(names.NAMES)}
    varies: dict[str, tuple[int, ...]] = {}
    for line in lines:
        setting = _SETTING.fullmatch(line)
        if setting and setting[1] == "varies":
            picture, *numbers = setting[2].split()
            varies[picture] = tuple(map(int, numbers))
        elif setting:
            settings[setting[1]] = setting[2]
    engines = tuple(settings["engines"].split())
    return Flow(path.stem, lines[0].lstrip("# "), settings["unit"], engines, tuple(lines), varies)


FLOWS: Final = tuple(load(path) for path in sorted(FOLDER.glob("*.flow")))


class FlowPlayer(Player):
    """Plays a flow on a token that speaks `language`; `taken` are its pictures."""

    def __init__(self, engine: Engine, language: int) -> None:
        super().__init__(engine, lambda said: None)
        self._language = language
        self._service = Service()
        self.taken: dict[str, Frame] = {}

    def run(self, flow: Flow) -> None:
        """Play all lines. Raises ExpectationError, with the line's number in the file."""
        for number, line in enumerate(flow.script(self._engine.frame().height), 1):
            if line.startswith("picture "):
                self.taken[line.split()[1]] = self._engine.frame()
            elif line.startswith("service "):
                _, name, *arguments = line.split()
                keys = self._service.answer(name, read_screen(self._engine.frame()), arguments)
                self.play(parse(f"press {keys}"))
            else:
                self.play(parse("\n" * (number - 1) + line))

    def _expect(self, step: Step) -> None:
        wanted = step.arguments[0]
        if not wanted.startswith("@"):
            super()._expect(step)
            return
        frame = self._engine.frame()
        screen = read_screen(frame)
        if not re.search(self._pattern(wanted[1:]), _closed(screen.text)):
            raise ExpectationError(step.line, wanted, screen, frame)

    def _pattern(self, name: str) -> str:
        texts.use(self._language)
        try:
            parts = texts.text(name, *["{}"] * 3).split("{}")
        finally:
            texts.use(texts.ENGLISH)
        return ".*".join(re.escape(_closed(as_read(part))) for part in parts)


def _closed(text: str) -> str:
    """The text without its spaces and line ends: where a line breaks is the layout's affair."""
    return "".join(text.split())
