"""The screens of PIN changes, of PINs from letters, and of verified mode."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from dsc.protocol.records import OFFSET_ANSWERED, OFFSET_MUST_CHANGE, PinOffset
from dsc.protocol.verified import ATTEMPT_CODE, ATTEMPT_PIN
from dsc.vault.store import Vault
from fakes import units, verified_unit
from fakes.units import Made
from host_tools.engines.unit import Unit
from screens.scene import Scene, unit_with
from simulated.flash import Flash

CHANGE: Final = "press D\npress OK\n"
OLD: Final = CHANGE + "press 4 7 1 1 OK\n"
NEW: Final = OLD + "press 8 3 0 5 OK\n"
NUMBER: Final = NEW + "press 8 3 0 5 OK\n"
ANSWER: Final = NUMBER + "press OK\n"
SEEDED: Final = unit_with(seed=1)
CODE: Final = " ".join(verified_unit.code(1))
UNLOCKED: Final = f"press OK\npress {CODE} OK\npress 8 3 0 5 OK\npress 8 3 0 5 OK\n"


def _with_flags(flags: int) -> Callable[[Path], Unit]:
    """Makes a unit whose PIN came by letter."""

    def make(folder: Path) -> Unit:
        unit = units.sealed_unit(folder)
        with closing(Flash(str(unit.flash))) as flash:
            vault = Vault.mount(flash)
            vault.replace_offset(PinOffset(vault.offset.offset, flags))
        return unit

    return make


def _verified(pins: int = 0, codes: int = 0) -> Callable[[Path], Unit]:
    """Makes a unit in verified mode that has seen so many wrong PINs and unlock codes."""

    def make(folder: Path) -> Unit:
        unit = verified_unit.unit(folder)
        with closing(Flash(str(unit.flash))) as flash:
            vault = Vault.mount(flash)
            for secret, count in ((ATTEMPT_PIN, pins), (ATTEMPT_CODE, codes)):
                for _ in range(count):
                    vault.begin_attempt(secret)
        return unit

    return make


LETTER: Final = _with_flags(OFFSET_MUST_CHANGE)
LOCKED: Final = _verified(verified_unit.PIN_LIMIT)

SCENES: Final = (
    Scene("change-old", CHANGE, shows=("PIN>", "Old PIN", "----")),
    Scene("change-new", OLD, shows=("PIN>", "New PIN", "----")),
    Scene("change-again", NEW, shows=("PIN>", "New PIN again")),
    Scene("change-differs", NEW + "press 8 3 0 6 OK", shows=("TRY AGAIN", "The two PINs differ.")),
    Scene("change-weak", OLD + "press 1 9 8 7 OK", shows=("TRY AGAIN", "A year is guessed")),
    Scene(
        "change-number",
        NUMBER,
        unit=SEEDED,
        varies=(3, 4, 5),
        shows=("Give this number to", "your service:"),
    ),
    Scene("change-answer", ANSWER + "press 1 2 3 4 5", unit=SEEDED, varies=(0,), shows=("12345---",)),
    Scene("change-wrong", ANSWER + "press 0 0 0 0 0 0 0 0 OK", shows=("Wrong. Tries left: 2", "--------")),
    Scene(
        "change-refused",
        ANSWER + "press 0 0 0 0 0 0 0 0 OK\n" * 3,
        shows=("PIN CHANGE", "Not confirmed. The"),
    ),
    Scene(
        "change-nobody",
        CHANGE,
        unit=unit_with(credentials=(Made("HOTP-SHA1-6", "Door"),)),
        shows=("PIN CHANGE", "No service can"),
    ),
    Scene("letter", unit=LETTER, shows=("PIN>", "PIN from the letter")),
    Scene("letter-again", "press 4 7 1 1 OK", unit=LETTER, shows=("PIN>", "The same PIN again")),
    Scene(
        "letter-demand",
        unit=_with_flags(OFFSET_MUST_CHANGE | OFFSET_ANSWERED),
        shows=("PIN CHANGE", "The PIN from the"),
    ),
)

# Of boards that keep a device secret, as a Pico does not.
VERIFIED_SCENES: Final = (
    Scene(
        "verified-wrong",
        "press 4 7 1 2 OK",
        unit=_verified(),
        shows=("WRONG PIN", "Tries left: 3", "Wait 0:05"),
    ),
    Scene("verified-changed", NUMBER, unit=_verified(), shows=("PIN CHANGE", "The new PIN is set.")),
    Scene("locked", unit=LOCKED, shows=("LOCKED", "Serial DS-0815", "Number 1", "#OK type the code")),
    Scene(
        "unlock-code",
        "press OK\npress 1 2 3 4 5 6 7 8 9",
        unit=LOCKED,
        shows=("Unlock code", "123456789-------"),
    ),
    Scene("unlock-short", "press OK\npress 1 2 3 4 OK", unit=LOCKED, shows=("It has 16 digits",)),
    Scene("unlock-wrong", f"press OK\npress {'0 ' * 16} OK", unit=LOCKED, shows=("WRONG CODE", "left: 2")),
    Scene("unlocked", UNLOCKED, unit=LOCKED, shows=("UNLOCKED", "The new PIN is set.")),
    Scene(
        "blocked",
        unit=_verified(verified_unit.PIN_LIMIT, verified_unit.CODE_LIMIT),
        shows=("BLOCKED", "Too many wrong codes."),
    ),
)
