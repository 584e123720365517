"""The application in the test's own process: real screens, vault and flash rules, keys from a script, virtual time."""

from collections.abc import Callable, Iterable
from contextlib import suppress

from dsc.app import application
from dsc.app.token import Token
from dsc.hal import SecretMissingError
from dsc.ui import oled
from dsc.ui.canvas import Canvas
from dsc.ui.keypad import HOLD, OK, PRESS
from dsc.vault.store import Vault
from fakes.factory_board import CoreKdf, FixedIdentity, SeededEntropy
from fakes.nor_flash import NorFlash
from host_tools.emulator.ssd1306 import SSD1306
from host_tools.simulator.screen_reader import Screen, read_screen

# A key; one that is held; milliseconds without a key; or what looks at the screen, and may say what to type next.
Item = str | tuple[str, str] | int | Callable[["RunningToken"], "Iterable[Item] | None"]


class ScriptEndedError(BaseException):
    """The user walks away: nobody types any more. No code of the firmware may catch this."""


class RestartedError(BaseException):
    """The firmware restarted the board."""


class _Board:
    """What the application asks of a board, keys and display apart; the clock stands still but for the script."""

    def __init__(self, flash: NorFlash, uid: bytes, secret: bytes | None, seed: int) -> None:
        self.flash = flash
        self.entropy = SeededEntropy(seed)
        self.identity = FixedIdentity(uid)
        self.identity.secure = secret is not None
        self.kdf = CoreKdf()
        self.power = self.watchdog = self.clock = self.buzzer = self
        self.present = True
        self.ticks_made = 0
        self.supply = 5000
        self.milliseconds = 0
        self._secret = secret

    def now(self) -> int:
        return self.milliseconds

    def feed(self) -> None:
        pass

    def clean_memory(self) -> None:
        pass

    def reset(self) -> None:
        raise RestartedError

    def battery(self) -> int | None:
        return self.supply

    def tick(self) -> None:
        self.ticks_made += 1

    def secret(self) -> bytearray:
        if self._secret is None:
            raise SecretMissingError
        return bytearray(self._secret)

    def report(self, error: BaseException) -> None:
        raise AssertionError("the application failed") from error


class _Bus:
    def __init__(self, panel: SSD1306) -> None:
        self._panel = panel

    def writeto(self, address: int, data: bytes | bytearray | memoryview) -> None:
        self._panel.write(bytes(data))


class RunningToken(Token):
    """A token that boots from `flash`; `use` runs it until its script ends."""

    def __init__(
        self, flash: NorFlash, uid: bytes, secret: bytes | None = None, seed: int = 1, height: int = 64
    ) -> None:
        panel = SSD1306(height=height)
        display = oled.open_display(_Bus(panel), height=height)
        self._panel = panel
        self.board = _Board(flash, uid, secret, seed)  # type: ignore[assignment]
        self.canvas = Canvas(display)
        self.failed_at = 0
        self._display = display
        self._lit = True
        self._vault = Vault.mount(flash)
        self._script: list[Item] = []
        self.pictures: list[bytes] = []  # what stood on the display whenever a key was waited for

    def use(self, *script: Item) -> "RunningToken":
        """Play a script from the first screen on, and stand still where it ends. Raises what the flows do not catch."""
        self._script = list(script)
        with suppress(ScriptEndedError):
            application.run(self)
        return self

    @property
    def panel_contrast(self) -> int:
        return self._panel.contrast

    @property
    def screen(self) -> Screen:
        return read_screen(self._panel.frame())

    @property
    def dark(self) -> bool:
        return not any(self._panel.frame().vlsb())

    def next_event(self, deadline, tick=None):
        self._remember()
        while True:
            if not self._script:
                raise ScriptEndedError
            item = self._script.pop(0)
            if isinstance(item, int):
                now = self.board.milliseconds
                if now + item >= deadline:
                    self.board.milliseconds = max(now, deadline)
                    left = now + item - self.board.milliseconds
                    if left:
                        self._script.insert(0, left)
                    return None
                self.board.milliseconds += item
            elif isinstance(item, str):
                return (PRESS, item)
            elif isinstance(item, tuple):
                return (HOLD, item[1])
            else:
                self._script[:0] = list(item(self) or ())

    def _remember(self) -> None:
        screen = self._panel.frame().vlsb()
        if not self.pictures or self.pictures[-1] != screen:
            self.pictures.append(screen)

    def sleep(self) -> None:
        """Dark until a key goes down, which does nothing else."""
        self.blank()
        while self.next_event(self.board.milliseconds + 1) is None:
            pass
        self.light()


def typed(text: str) -> list[Item]:
    """The digits, then OK."""
    return [*text, OK]


def shows(*wanted: str) -> Callable[[RunningToken], None]:
    """Look that these texts are on screen."""

    def look(token: RunningToken) -> None:
        for text in wanted:
            assert text in token.screen.text, (text, token.screen.text)

    return look
