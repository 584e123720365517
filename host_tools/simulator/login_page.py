"""A login prompt beside the token: shows a fresh challenge, takes the response, judges it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Digits, Input, Label, Static

from host_tools.inventory import Inventory
from host_tools.inventory.errors import ChallengeNotOpenError, InventoryError, ResponseFormatError
from host_tools.inventory.verify import IssuedChallenge, answer, issue_challenge

BAR_CELLS: Final = 20
TICK_SECONDS: Final = 0.5
ROOMY_LINES: Final = 13
AIRY_LINES: Final = 24
STEPS: Final = """\
1 token: PIN, Enter
2 token: challenge, Enter
3 here: response, Enter
dark: any key wakes it
(that key is not typed)"""
LONGEST_RESPONSE: Final = 24  # ten digits, with a space or dash between any two, and some
SHORT_OF_TIME: Final = timedelta(seconds=30)


def grouped(digits: str) -> str:
    """Digits in groups that the eye can carry: by three where that comes out even, else by four."""
    size = 3 if len(digits) % 3 == 0 else 4
    return " ".join(digits[start : start + size] for start in range(0, len(digits), size))


class LoginPage(Static):
    """What a login page would show to `user`, whose token has `serial`.

    `accepted` is whether any response was. Each challenge is good for one answer; F5 or the button brings
    the next.
    """

    DEFAULT_CSS = """
    LoginPage {
        width: 1fr; height: 1fr; padding: 0 2;
        background: #12161d; border: round #3a4352; border-title-color: #8d99a8;
    }
    LoginPage:focus-within { border: round #6aa9ff; border-title-color: #6aa9ff; }
    LoginPage Container, LoginPage Horizontal { height: auto; width: 1fr; }
    LoginPage Label { color: #8d99a8; height: 1; width: auto; }
    LoginPage #user { color: #eef3fa; text-style: bold; width: 1fr; }
    LoginPage #hint { color: #ffd479; text-style: bold; }
    LoginPage #challenge { color: #d3e9ff; text-style: bold; height: 3; width: 1fr; }
    LoginPage #challenge-line { display: none; color: #d3e9ff; text-style: bold; }
    LoginPage #steps { display: none; color: #8d99a8; height: auto; margin: 0 0 1 0; }
    LoginPage #response { height: 3; border: tall #2a3240; background: #0a0d12; }
    LoginPage #response:focus { border: tall #6aa9ff; }
    LoginPage #verdict { height: auto; width: 1fr; text-style: bold; color: #8d99a8; }
    LoginPage.-accepted #verdict { background: #1f7a4b; color: #ffffff; }
    LoginPage.-refused #verdict { background: #97303a; color: #ffffff; }
    LoginPage #fresh { background: #26405f; color: #eef3fa; text-style: none; min-width: 20; }
    LoginPage #fresh:hover { background: #315580; }

    LoginPage.-airy { padding: 1 2; }
    LoginPage.-airy #steps { display: block; }
    LoginPage.-airy #life, LoginPage.-airy #who, LoginPage.-airy #verdict { margin: 0 0 1 0; }

    LoginPage.-compact #facts { layout: horizontal; height: 1; }
    LoginPage.-compact #who, LoginPage.-compact #asked { width: auto; }
    LoginPage.-compact #user { width: auto; }
    LoginPage.-compact #who { margin: 0 2 0 0; }
    LoginPage.-compact #challenge { display: none; }
    LoginPage.-compact #challenge-line { display: block; margin: 0 2 0 0; }
    LoginPage.-compact #response { height: 1; border: none; padding: 0 1; background: #26303e; }
    LoginPage.-compact #outcome { layout: horizontal; height: 1; }
    """

    class Accepted(Message):
        """A response was right."""

    def __init__(self, inventory: Inventory, serial: str, pin_hint: str, user: str) -> None:
        super().__init__(id="login")
        self.accepted = False
        self._inventory = inventory
        self._serial = serial
        self._pin_hint = pin_hint
        self._user = user
        self._issued: IssuedChallenge | None = None
        self._challenge = Digits(id="challenge")
        self._small_challenge = Label(id="challenge-line")
        self._life = Label(id="life")
        self._response = Input(
            placeholder="the token's response",
            id="response",
            restrict="[0-9 -]*",
            max_length=LONGEST_RESPONSE,
        )
        self._verdict = Static(id="verdict")
        self.border_title = "Log in"

    def compose(self) -> ComposeResult:
        """From top to bottom as one reads it."""
        yield Static(STEPS, id="steps")
        with Container(id="facts"):
            with Horizontal(id="who"):
                yield Label("user ")
                yield Label(Content(self._user), id="user")
                yield Label("  PIN ")
                yield Label(Content(self._pin_hint), id="hint")
            with Horizontal(id="asked"):
                yield Label("challenge ")
                yield self._small_challenge
            yield self._challenge
            yield self._life
        yield self._response
        with Container(id="outcome"):
            yield self._verdict
            fresh = Button("F5 new challenge", id="fresh", compact=True)
            fresh.can_focus = False  # it has a key of its own, and Tab leads from the page to the token
            yield fresh

    def on_resize(self) -> None:
        """More air, or less, by the height that there is."""
        height = self.outer_size.height
        self.set_class(height < ROOMY_LINES, "-compact")
        self.set_class(height >= AIRY_LINES, "-airy")

    def on_mount(self) -> None:
        """The first challenge, and a clock."""
        self.set_interval(TICK_SECONDS, self._show_life)
        self.new_challenge()

    def new_challenge(self) -> None:
        """Issue the next challenge and clear the last verdict."""
        try:
            self._issued = issue_challenge(self._inventory, self._serial)
        except InventoryError as error:
            self._issued = None
            self._judge(False, str(error))
            return
        self._challenge.update(grouped(self._issued.question))
        self._small_challenge.update(grouped(self._issued.question))
        self._response.value = ""
        self.remove_class("-accepted", "-refused")
        self._verdict.update("")
        self._show_life()

    @on(Button.Pressed, "#fresh")
    def _fresh(self) -> None:
        self.new_challenge()
        self._response.focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """Only the inventory judges; what it raises is told in the page's words."""
        event.stop()
        if self._issued is None:
            return
        try:
            verdict = answer(self._inventory, self._serial, self._issued.question, event.value)
        except ResponseFormatError as error:
            self._mark(False, f"expected {error.expected}")
        except ChallengeNotOpenError as error:
            reasons = {"used": "this challenge was answered", "expired": "the challenge has expired"}
            self._judge(False, f"{reasons.get(error.reason, error.reason)}; F5")
        except InventoryError as error:
            self._judge(False, str(error))
        else:
            if verdict.accepted:
                self._judge(True, f"welcome, {self._user}")
            else:
                self._judge(False, "wrong response; F5 for another try")

    def _judge(self, accepted: bool, words: str) -> None:
        self._mark(accepted, f"{'accepted' if accepted else 'refused'}: {words}")
        if accepted:
            self.accepted = True
            self.post_message(self.Accepted())

    def _mark(self, good: bool, words: str) -> None:
        """Say what became of what was typed; typing on replaces it."""
        self.set_class(good, "-accepted")
        self.set_class(not good, "-refused")
        self._verdict.update(Content(f" {'✔' if good else '✘'} {words}"))
        self._response.select_all()

    def _show_life(self) -> None:
        if self._issued is None:
            return
        left = max(self._issued.expires_at - self._inventory.now(), timedelta())
        seconds = int(left.total_seconds())
        if not left:
            self._life.update(Content.styled("expired", "bold #ff8a8a"))
            return
        whole = self._inventory.rules().challenge.lifetime
        lit = min(round(BAR_CELLS * (left / whole)), BAR_CELLS)
        colour = "#ff8a8a" if left < SHORT_OF_TIME else "#6aa9ff"
        bar = Content.assemble(("━" * lit, colour), ("━" * (BAR_CELLS - lit), "#2a3240"))
        self._life.update(Content.assemble(bar, f" {seconds // 60}:{seconds % 60:02}"))
