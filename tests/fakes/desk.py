"""A token in front of somebody who types and reads."""

from host_tools.display.frame import Frame
from host_tools.engines.base import Engine
from host_tools.simulator.screen_reader import Screen, read_screen
from host_tools.simulator.script import Player, parse


class Desk:
    """The token is switched on at once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.said: list[str] = []
        engine.power_on()

    def do(self, script: str) -> str | None:
        """Play lines of the script language; returns what `read RESPONSE` printed last, if anything."""
        Player(self.engine, self.said.append).play(parse(script))
        return self.said[-1] if self.said else None

    def type(self, keys: str) -> None:
        """Type the digits, then OK."""
        self.do(f"press {' '.join(keys)} OK")

    @property
    def frame(self) -> Frame:
        return self.engine.frame()

    @property
    def screen(self) -> Screen:
        return read_screen(self.engine.frame())

    @property
    def dark(self) -> bool:
        return not any(self.engine.frame().vlsb())

    def login(self, pin: str, challenge: str) -> str | None:
        """The response to a whole login."""
        self.type(pin)
        self.type(challenge)
        return self.do("read RESPONSE")
