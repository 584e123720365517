"""A person at a login: types PIN and challenge on a token and reads the response off its display."""

from __future__ import annotations

from collections.abc import Callable

from host_tools.display.frame import Frame
from host_tools.engines.base import Engine
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import shown_response, tap


class ScreenError(Exception):
    """The token does not show what a person would wait for; `frame` is what it shows."""

    def __init__(self, wanted: str, frame: Frame) -> None:
        super().__init__(f"the token shows no {wanted}, but: {read_screen(frame).text!r}")
        self.wanted = wanted
        self.frame = frame


def respond(engine: Engine, pin: str, challenge: str, look: Callable[[str, Frame], None]) -> str:
    """The response that the token shows for PIN and challenge, as decimal digits.

    `engine` shows the PIN screen. `look` is given a name and the frame of each screen on the way. Raises
    ScreenError if a screen does not come.
    """
    _await(engine, "PIN>", look)
    for key in pin:
        tap(engine, key)
    look("PIN typed", engine.frame())
    tap(engine, "OK")
    _await(engine, "CHALLNG>", look)
    for key in challenge:
        tap(engine, key)
    look("challenge typed", engine.frame())
    tap(engine, "OK")
    frame = engine.frame()
    look("response", frame)
    response = shown_response(read_screen(frame))
    if response is None:
        raise ScreenError("response", frame)
    return response


def _await(engine: Engine, text: str, look: Callable[[str, Frame], None]) -> None:
    frame = engine.frame()
    if text not in read_screen(frame).text:
        raise ScreenError(text, frame)
    look(text, frame)
