"""The token in a terminal: display pixel by pixel, keypad, and for the demo a login page beside it."""

from __future__ import annotations

from typing import ClassVar, Final

import rich
import textual
from rich.traceback import Traceback
from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widgets import Static

from host_tools.engines.base import Engine
from host_tools.inventory import Inventory
from host_tools.simulator.login_page import LoginPage
from host_tools.simulator.real_time import RealTimeToken, Snapshot
from host_tools.simulator.terminal_layout import arrange
from host_tools.simulator.terminal_widgets import Key, Keypad, Oled

TOKEN_HELP: Final[tuple[tuple[str, str], ...]] = (
    ("0-9 a-d", "keys"),
    ("Enter", "#OK"),
    ("Bksp", "*C"),
    ("Del", "*C held"),
    ("^P", "power"),
    ("^Q", "quit"),
)
DEMO_TOKEN_HELP: Final[tuple[tuple[str, str], ...]] = (("Tab", "login"), *TOKEN_HELP)
LOGIN_HELP: Final[tuple[tuple[str, str], ...]] = (
    ("Tab", "token"),
    ("Enter", "log in"),
    ("F5", "new challenge"),
    *TOKEN_HELP[4:],
)
SMALLEST: Final = Size(80, 24)
ASLEEP: Final = "display asleep: any key wakes it (it is not typed)"


class CrashedError(Exception):
    """The terminal's program ended by an unforeseen error, which it has shown."""


def run(engine: Engine, title: str) -> None:
    """Show the token until the user quits; `title` is its serial.

    Takes the engine over: switches it on if it is off, and closes it in the end. Raises
    CrashedError.
    """
    _run(TokenApp(engine, title))


def run_demo(engine: Engine, inventory: Inventory, serial: str, pin_hint: str, user: str = "alice") -> bool:
    """Show the token beside a login page of its own inventory; whether a login was accepted meanwhile.

    `pin_hint` is shown as it is. Takes the engine over as `run` does. What the inventory refuses when a
    challenge is issued or answered is shown on the page. Raises CrashedError.
    """
    page = LoginPage(inventory, serial, pin_hint, user)
    _run(TokenApp(engine, serial, page))
    return page.accepted


def _run(app: TokenApp) -> None:
    app.run()
    if app.return_code:
        raise CrashedError


class Bench(Container):
    """What the parts lie on: all of the terminal but a few lines, at any time of any size."""

    class Resized(Message):
        """There is another room for the parts."""

        def __init__(self, size: Size) -> None:
            super().__init__()
            self.size = size

    def __init__(self) -> None:
        super().__init__(id="bench")

    def on_resize(self) -> None:
        """Tell the app; with scroll bars, the room is what they leave and what they take."""
        self.post_message(self.Resized(self.outer_size))


class TooSmall(Static):
    """Covers everything in a terminal that has no room for the parts."""

    DEFAULT_CSS = """
    TooSmall { layer: top; display: none; width: 100%; height: 100%; content-align: center middle; }
    TooSmall { background: #0b0e13; color: #ffd479; }
    """

    def measure(self, size: Size) -> None:
        """Show or hide for a terminal of this size."""
        self.display = size.width < SMALLEST.width or size.height < SMALLEST.height
        needed = f"{SMALLEST.width}x{SMALLEST.height}"
        self.update(f"terminal is {size.width}x{size.height}; needs {needed}")


class TokenApp(App[None]):
    """The token, and a login page if there is one. The focus decides which of them the keyboard is for."""

    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = "#oled"
    CSS = """
    Screen { background: #0b0e13; color: #c5cedb; layout: vertical; overflow: hidden; layers: base top; }
    #title { height: 1; background: #1a212c; color: #eef3fa; padding: 0 1; text-style: bold; }
    #bench { height: 1fr; width: 1fr; align: center middle; overflow: auto; }
    #parts { layout: grid; }
    #status { height: 1; background: #141a22; color: #9fb0c3; padding: 0 1; }
    #status.-stopped { background: #97303a; color: #ffffff; }
    #help { height: 1; background: #1a212c; color: #8d99a8; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+p", "toggle_power", "power", priority=True),
        Binding("f5", "new_challenge", "new challenge"),
    ]

    class Reported(Message):
        """The token has something new to show."""

        def __init__(self, snapshot: Snapshot) -> None:
            super().__init__()
            self.snapshot = snapshot

    def __init__(self, engine: Engine, serial: str, page: LoginPage | None = None) -> None:
        super().__init__()
        self.title = f"picodsc {serial}"
        self._serial = serial
        self._engine_name = engine.name
        self._page = page
        # Held here rather than looked up: the last report may come when the screen is already taken down.
        self._oled = Oled()
        self._keypad = Keypad()
        self._status_line = Static(id="status")
        self._help_line = Static(id="help")
        self._too_small = TooSmall(id="too-small")
        self.token = RealTimeToken(engine, self._hand_over)

    def compose(self) -> ComposeResult:
        """Title, the parts, status and help."""
        yield Static(Content.assemble(("picodsc", "#6aa9ff"), "  token ", (self._serial, "bold")), id="title")
        with Bench(), Container(id="parts"):
            yield self._oled
            yield self._keypad
            if self._page is not None:
                yield self._page
        yield self._status_line
        yield self._help_line
        yield self._too_small

    def on_mount(self) -> None:
        """Start the token."""
        self.run_worker(self.token.serve, thread=True, name="token")

    def on_resize(self, event: events.Resize) -> None:
        """Say so if there is no room."""
        self._too_small.measure(event.size)

    def on_unmount(self) -> None:
        """Let its thread end."""
        self.token.quit()

    def on_descendant_focus(self) -> None:
        """The keyboard's meaning changed."""
        self._show_help()

    def _fatal_error(self) -> None:
        """Show the traceback of an unforeseen error, without Textual's list of local variables.

        Among those may be a key, a PIN or a response.
        """
        self.bell()
        self.panic(Traceback(show_locals=False, width=None, suppress=[rich, textual]))

    def action_toggle_power(self) -> None:
        """Cut the power, or bring it back."""
        self.token.toggle_power()

    def action_new_challenge(self) -> None:
        """Ask the login page for another challenge."""
        if self._page is not None:
            self._page.new_challenge()

    @on(Oled.Typed)
    def _typed(self, event: Oled.Typed) -> None:
        if event.hold_ms:
            self.token.hold(event.key, event.hold_ms)
        else:
            self.token.tap(event.key)

    @on(Key.Moved)
    def _moved(self, event: Key.Moved) -> None:
        self._oled.focus()
        if event.down:
            self.token.press(event.key)
        else:
            self.token.release(event.key)

    @on(Reported)
    def _reported(self, event: Reported) -> None:
        snapshot = event.snapshot
        self._oled.frame = snapshot.frame
        self._keypad.show_down(snapshot.down)
        self._status_line.set_class(snapshot.stopped is not None, "-stopped")
        self._status_line.update(self._status(snapshot), layout=False)

    def _hand_over(self, snapshot: Snapshot) -> None:
        """From the token's thread to ours."""
        self.post_message(self.Reported(snapshot))

    def _status(self, snapshot: Snapshot) -> Content:
        if snapshot.stopped is not None:
            return Content(f"{snapshot.stopped}   ^P switches it on")
        parts = [Content(f"engine {self._engine_name}")]
        if snapshot.asleep:
            parts.append(Content.assemble(("● ", "#57d08c"), (ASLEEP, "bold #ffd479")))
        elif not snapshot.powered:
            parts.append(Content.styled("○ power off", "bold"))
            parts.append(Content("^P switches it on"))
        else:
            minutes, milliseconds = divmod(snapshot.time_ms, 60_000)
            parts.append(Content.styled("● power on", "#57d08c"))
            parts.append(Content(f"token time {minutes}:{milliseconds / 1000:04.1f}"))
            parts.append(Content(f"{snapshot.pace:.2f}x real time"))
        if snapshot.faults:
            parts.append(Content.styled(f"fault: {snapshot.faults[-1]}", "bold #ff8a8a"))
        return Content("  │  ").join(parts)

    def _show_help(self) -> None:
        if self._page is None:
            keys = TOKEN_HELP
        elif isinstance(self.focused, Oled):
            keys = DEMO_TOKEN_HELP
        else:
            keys = LOGIN_HELP
        words = [Content.assemble((key, "bold #c5cedb"), f" {meaning}") for key, meaning in keys]
        self._help_line.update(Content("  ").join(words))

    @on(Bench.Resized)
    def _lay_out(self, event: Bench.Resized) -> None:
        """Give the parts their places."""
        chosen = arrange(event.size.width, event.size.height, self._page is not None)
        parts = self.query_one("#parts", Container)
        parts.styles.grid_size_columns = len(chosen.columns)
        parts.styles.grid_columns = " ".join(map(str, chosen.columns))
        parts.styles.grid_rows = " ".join(map(str, chosen.rows))
        parts.styles.width = chosen.width
        parts.styles.height = chosen.height
        self._oled.half_blocks = chosen.half_blocks
        self._oled.set_class(chosen.bezel, "-bezel")
        self._oled.styles.column_span = chosen.display_columns
        self._keypad.raise_keys(chosen.raised_keys)
        if self._page is not None:
            self._page.styles.column_span = chosen.login_columns
            self._page.styles.row_span = chosen.login_rows
            # The grid is filled from left to right.
            before = self._oled if chosen.login_rows == 2 else self._keypad
            parts.move_child(self._page, after=before)
        # Textual repaints what moved, but not all that it uncovered.
        self.call_after_refresh(self.screen.refresh)
