"""The token's parts in a terminal: an OLED in block characters, and keys for the mouse."""

from __future__ import annotations

from time import monotonic
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from host_tools.display.frame import Frame
from host_tools.engines.keys import LAYOUT

GLASS: Final = "#05080d"
LIT: Final = "#d3e9ff"
BRAILLE_NOTHING: Final = "\N{BRAILLE PATTERN BLANK}"
WIDEST_KEYPAD: Final = 64
HOLD_MS: Final = 1200  # what the keyboard's "hold C" lasts: longer than the firmware's long press
DARK_FRAME: Final = Frame.from_vlsb(bytes(1024), 128, 64)

# The face of a key says what the token's legends call it.
FACES: Final = {"C": "*C", "OK": "#OK", "FA": "A", "FB": "B", "FC": "C", "FD": "D"}
KINDS: Final = {"C": "-clear", "OK": "-ok"}
KEYBOARD: Final = {
    "enter": "OK",
    "ctrl+j": "OK",  # what some terminals send for Enter on the number pad
    "number_sign": "OK",
    "backspace": "C",
    "ctrl+h": "C",  # what some terminals send for Backspace
    "asterisk": "C",
    **{digit: digit for digit in "0123456789"},
    **{letter: f"F{letter.upper()}" for letter in "abcdABCD"},
}
HOLD_CLEAR: Final = "delete"


class Oled(Widget, can_focus=True):
    """The display; with the focus it takes the keyboard for the token."""

    DEFAULT_CSS = f"""
    Oled {{ width: 1fr; height: 1fr; background: {GLASS}; color: {LIT}; }}
    Oled.-bezel {{ border: outer #2a303a; }}
    Oled.-bezel:focus {{ border: outer #3f4c5e; }}
    """

    frame: reactive[Frame] = reactive(DARK_FRAME)
    half_blocks: reactive[bool] = reactive(False)

    class Typed(Message):
        """A key of the keypad was typed on the keyboard, to be held for `hold_ms`, or tapped if that is 0."""

        def __init__(self, key: str, hold_ms: int = 0) -> None:
            super().__init__()
            self.key = key
            self.hold_ms = hold_ms

    def __init__(self) -> None:
        super().__init__(id="oled")
        self._held_until = 0.0
        self._lines: list[str] = []
        self._redraw()

    def watch_frame(self) -> None:
        self._redraw()

    def watch_half_blocks(self) -> None:
        self._redraw()

    def _redraw(self) -> None:
        text = self.frame.blocks() if self.half_blocks else self.frame.braille()
        # Many fonts draw the empty braille character as circles or a box.
        self._lines = text.replace(BRAILLE_NOTHING, " ").split("\n")

    def render_line(self, y: int) -> Strip:
        """One line of the picture, from the prepared text."""
        style = Style.from_color(self.rich_style.color, self.rich_style.bgcolor)
        line = self._lines[y] if y < len(self._lines) else ""
        left = max((self.size.width - len(self._lines[0])) // 2, 0)
        strip = Strip([Segment(" " * left + line, style)])
        return strip.adjust_cell_length(self.size.width, style)

    def on_key(self, event: events.Key) -> None:
        """The keyboard's keys are the keypad's; all others keep their meaning."""
        if event.key == HOLD_CLEAR:
            # A terminal repeats a key that is kept down, and tells no release: one hold at a time.
            if monotonic() >= self._held_until:
                self._held_until = monotonic() + HOLD_MS / 1000
                self.post_message(self.Typed("C", HOLD_MS))
        elif event.key in KEYBOARD:
            self.post_message(self.Typed(KEYBOARD[event.key]))
        else:
            return
        event.stop()
        event.prevent_default()


class Key(Widget):
    """One key: down while the mouse button is; lit while the token's key is."""

    DEFAULT_CSS = """
    Key {
        width: 1fr; height: 1fr; content-align: center middle; text-style: bold;
        background: #343c4a; color: #eef3fa; pointer: pointer;
    }
    Key.-raised { border-top: tall #4d586b; border-bottom: tall #1d222b; }
    Key:hover { background: #3f495a; }
    Key.-function { background: #1f4f8f; }
    Key.-function.-raised { border-top: tall #3a72ba; border-bottom: tall #123361; }
    Key.-function:hover { background: #275fa9; }
    Key.-clear { background: #8a2f38; }
    Key.-clear.-raised { border-top: tall #b54c56; border-bottom: tall #551a20; }
    Key.-clear:hover { background: #a03a44; }
    Key.-ok { background: #23734a; }
    Key.-ok.-raised { border-top: tall #3d9b6a; border-bottom: tall #12462b; }
    Key.-ok:hover { background: #2b8757; }
    Key.-down { background: #d3e9ff; color: #0b0e13; }
    Key.-down.-raised { border-top: tall #8fa9c4; border-bottom: tall #f4faff; }
    """

    class Moved(Message):
        """The mouse pushed the key down, or let it go."""

        def __init__(self, key: str, down: bool) -> None:
            super().__init__()
            self.key = key
            self.down = down

    def __init__(self, key: str) -> None:
        super().__init__(id=f"key-{key}")
        self.key = key
        self._pushed = False
        self.add_class("-digit" if key.isdigit() else KINDS.get(key, "-function"))

    def render(self) -> Content:
        """The key's face."""
        return Content(FACES.get(self.key, self.key))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Down, and ours until the button is let go, wherever the mouse is by then."""
        if event.button == 1 and not self._pushed:
            self._pushed = True
            self.capture_mouse()
            self.post_message(self.Moved(self.key, True))
        event.stop()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Up again."""
        self._let_go()
        event.stop()

    def on_mouse_release(self) -> None:
        """Something else took the mouse from us."""
        self._let_go()

    def _let_go(self) -> None:
        if self._pushed:
            self._pushed = False
            self.release_mouse()
            self.post_message(self.Moved(self.key, False))


class Keypad(Container):
    """The 4x4 keypad."""

    DEFAULT_CSS = """
    Keypad { layout: grid; grid-size: 4; grid-gutter: 0 1; width: 1fr; height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__(id="keypad")

    def compose(self) -> ComposeResult:
        """Row by row."""
        for row in LAYOUT:
            for key in row:
                yield Key(key)

    def on_resize(self) -> None:
        """Keys have one height, and are not much wider than that: what is too much becomes margin."""
        spare = self.outer_size.width - WIDEST_KEYPAD
        left_over = self.outer_size.height % len(LAYOUT)
        self.styles.padding = (0, max(spare // 2, 0), left_over, max(spare // 2, 1))

    def show_down(self, down: frozenset[str]) -> None:
        """Light the keys that are down."""
        for key in self.query(Key):
            key.set_class(key.key in down, "-down")

    def raise_keys(self, raised: bool) -> None:
        """Whether keys have edges; those take two of at least three rows."""
        for key in self.query(Key):
            key.set_class(raised, "-raised")
