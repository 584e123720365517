"""The running token: its board, its screen and keys, its vault, and the ways to wait."""

from dsc.app import timing
from dsc.app.errors import TimedOut, VaultNotMountedError
from dsc.ui import texts
from dsc.ui.canvas import Canvas
from dsc.ui.keypad import PRESS, SCAN_MS, Keypad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.hal import Board, Display
    from dsc.vault.store import Vault

# Two AA cells in series are nearly empty at 2.2 V. Nothing else depends on it: the Pico's converter works down to 1.8 V
# (Pico data sheet, section 4.5), and a write to flash that power fails in is what the vault is made for. To refuse
# writes would only keep a user from codes.
LOW_BATTERY_MV = 2200

PRODUCTION_ROUNDS = 10_000  # of PBKDF2, the least that a production token may have


class Token:
    """What every screen needs."""

    patience_ms = timing.PATIENCE_MS  # without a key, where nothing is looked up
    ticks = False  # whether a key makes a sound
    tested = False  # whether the self-test has passed since power-on

    def __init__(self, board: "Board", display: "Display") -> None:
        self.board = board
        self.canvas = Canvas(display)
        self.keypad = Keypad(board.keys, board.clock, board.entropy)
        self.failed_at = 0  # ms since power-on: when a PIN was wrong in verified mode
        self._vault: Vault | None = None
        self._display = display
        self._lit = True
        self._answered = False  # a key, whose screen stands when the next one is waited for

    @property
    def vault(self) -> "Vault":
        """The mounted vault. Raises VaultNotMountedError before there is one."""
        if self._vault is None:
            raise VaultNotMountedError
        return self._vault

    @vault.setter
    def vault(self, vault: "Vault") -> None:
        self._vault = vault

    def now(self) -> int:
        """Milliseconds since power-on."""
        return self.board.clock.now()

    def next_event(self, deadline: int, tick: "Callable[[], None] | None" = None) -> tuple[str, str] | None:
        """The next key event, or None once `deadline` (ms since power-on) has come.

        `tick` is called between two scans, for what moves on the screen.
        """
        if self._answered:
            # Now nobody waits; the next key would otherwise meet a collection at some moment. And of what was typed
            # or derived from it nothing stays behind for longer than it is needed.
            self.board.power.clean_memory()
            self._answered = False
        while True:
            self.board.watchdog.feed()
            event = self.keypad.poll()
            if event:
                self._answered = True
                if self.ticks and event[0] == PRESS:
                    self.board.buzzer.tick()
                return event
            if self.now() >= deadline:
                return None
            if tick:
                tick()
            self.board.clock.sleep(SCAN_MS)

    def next_key(self, deadline: int, tick: "Callable[[], None] | None" = None) -> tuple[str, str]:
        """Like `next_event`, but raises TimedOut at the deadline."""
        event = self.next_event(deadline, tick)
        if event is None:
            raise TimedOut
        return event

    def blank(self) -> None:
        """Clear the panel's memory and ours, and switch the panel off."""
        self.canvas.clear()
        self.canvas.show()
        self._display.poweroff()
        self._lit = False

    def light(self) -> None:
        """Switch the panel on again, if it is off."""
        if not self._lit:
            self._display.poweron()
            self._lit = True

    def sleep(self) -> None:
        """Blank, sleep until a key goes down, and swallow that key."""
        self.blank()
        self.board.power.clean_memory()
        self.keypad.wait_released(self.board.watchdog.feed)
        self.board.power.sleep_until_key(self.keypad.arm_wake())
        self.keypad.absorb()
        self.light()

    def apply_settings(self) -> None:
        """Let the vault's settings have their effects."""
        chosen = self.vault.settings
        texts.use(chosen.language)
        self.set_contrast(chosen.brightness)
        self.patience_ms = 1000 * chosen.auto_off
        self.ticks = chosen.ticks
        self.canvas.set_large(chosen.large)

    def set_contrast(self, brightness: int) -> None:
        """How bright the display is, 0 to 255."""
        self._display.contrast(brightness)

    def is_development(self) -> bool:
        """Whether the PIN is stretched less than a production token's would be."""
        return self.vault.root.rounds < PRODUCTION_ROUNDS

    def is_battery_low(self) -> bool:
        """Whether the supply is about to fail, as far as the board can tell."""
        supply = self.board.power.battery()
        return supply is not None and supply < LOW_BATTERY_MV
