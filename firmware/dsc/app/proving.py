"""Verified mode's PIN: counted before it is tried, tried after a delay that grows, and right or wrong at once."""

from dsc.app import lock, pin, screen, timing, wrapping
from dsc.app.errors import LimitReached, TimedOut
from dsc.crypto import seal
from dsc.crypto.memory import wipe
from dsc.protocol.verified import ATTEMPT_PIN, WRAPPING_ANSWERED
from dsc.ui import texts
from dsc.ui.keypad import CLEAR, HOLD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

FIRST_DELAY_S = 5
LONGEST_DELAY_S = 900


class Opened:
    """What a right PIN opened; whoever has it wipes it."""

    def __init__(self, typed: bytearray, kek: bytearray, dek: bytearray) -> None:
        self.pin = typed
        self.kek = kek
        self.dek = dek

    def wipe(self) -> None:
        """Overwrite everything."""
        wipe(self.pin, self.kek, self.dek)


def delay_s(failures: int) -> int:
    """Seconds before the next attempt after so many failures in a row: 5, 10, 20 and so on, at most 900."""
    if failures < 1:
        return 0
    # 2^8 times the first delay is more than the longest.
    return min(FIRST_DELAY_S << min(failures - 1, 8), LONGEST_DELAY_S)


def ask(token: "Token", title: str = "") -> Opened:
    """What the right PIN opens, asked for until it is right; the caller wipes it.

    Raises LimitReached once there were too many wrong ones, Cancelled when C is held, TimedOut, VaultError if an
    attempt cannot be counted.
    """
    while True:
        if lock.reached(token):
            raise LimitReached
        _wait(token)
        typed = pin.ask(token, title, not title)
        opened = None
        try:
            opened = _try(token, typed)
        finally:
            if opened is None:
                wipe(typed)
        if opened:
            return opened
        token.failed_at = token.now()


def mark_answered(token: "Token", opened: Opened) -> None:
    """Commit that the PIN from a letter has had its one code, before there is one."""
    flags = token.vault.wrapping.flags
    if token.vault.wrapping.must_change and not token.vault.wrapping.answered:
        wrapping.write_flags(token, flags | WRAPPING_ANSWERED, opened.kek)


def _try(token: "Token", typed: bytearray) -> Opened | None:
    vault = token.vault
    # On the flash and read back before anything is tried: no power cut makes this attempt unmade.
    vault.begin_attempt(ATTEMPT_PIN)
    kek = wrapping.pin_kek(token, typed, vault.wrapping.salt)
    opened = None
    try:
        if wrapping.is_tagged_by(token, kek):
            vault.forgive(ATTEMPT_PIN)
            opened = Opened(typed, kek, seal.open_dek(vault.wrapping.sealed_dek, kek))
        return opened
    finally:
        if opened is None:
            wipe(kek)


def _wait(token: "Token") -> None:
    """Let the delay pass, in whole after each power-on, for no clock of the token's survives that.

    Raises TimedOut when nobody has waited for a minute, Cancelled when C is held.
    """
    failures = token.vault.failures(ATTEMPT_PIN)
    end = token.failed_at + 1000 * delay_s(failures)
    left = token.vault.root.pin_limit - failures
    deadline = token.now() + timing.HALT_MS
    while token.now() < end:
        seconds = (end - token.now() + 999) // 1000
        canvas = token.canvas
        bottom = canvas.layout.bottom
        screen.draw_frame(canvas, texts.text("delay.title"), "")
        canvas.text(0, bottom - 8, texts.text("delay.left", left))
        canvas.text(0, bottom, texts.text("delay.wait", "%d:%02d" % (seconds // 60, seconds % 60)))
        canvas.show()
        event = token.next_event(min(end - 1000 * (seconds - 1), deadline))
        if event == (HOLD, CLEAR):
            raise TimedOut
        if event:
            deadline = token.now() + timing.HALT_MS
        elif token.now() >= deadline and token.now() < end:
            raise TimedOut
