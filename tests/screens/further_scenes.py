"""Screens that differ from those of the golden frames in their words alone, or in their digits' size."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from dsc.protocol.settings import LARGE_MODE, Settings
from dsc.vault.store import Vault
from fakes import units
from host_tools.engines.unit import Unit
from screens.code_scenes import QUESTION
from screens.menu_scenes import EIGHT, RENAME
from screens.pin_scenes import ANSWER, NUMBER, OLD, VERIFIED_SCENES
from screens.scene import Scene, unit_with
from screens.scenes import PROGRAMS, SCENES, TEN_DIGITS
from simulated.flash import Flash

CAUSES: Final = ("fault", "escaped", "hang", "door")
WEAK_PINS: Final = ("4711", "1111", "1234", "1212", "1987", "2580")
# The screens that large mode lays out in its own way.
LARGE: Final = (
    "pin-too-short",
    "challenge-empty",
    "challenge-short",
    "response-ten-digits",
    "mutual-number",
    "mutual-page-code",
    "plain-no-time",
    "possession",
    "sign-amount-long",
    "sign-account",
    "sign-long-label",
    "sign-review",
    "change-old",
    "change-again",
    "change-number",
    "change-answer",
    "change-wrong",
    "letter",
    "letter-again",
    "choose",
    "language",
    "brightness",
    "rename-empty",
    "delete-warning",
    "delete-confirm",
    "battery-low",
    "search",
    "verified-wrong",
    "locked",
    "unlock-code",
    "unlock-short",
)
# On a tall panel large mode shows a number in two groups: beyond the first of them.
GROUPS_BEFORE: Final = (
    ("mutual-number", "press B"),
    ("mutual-page-code", "press OK\n" + QUESTION + "press 1 2 3"),
    ("change-number", NUMBER + "press OK"),
    ("change-answer", ANSWER + "press OK\npress 1 2 3 4 5"),
    ("change-wrong", ANSWER + "press OK\npress 0 0 0 0 0 0 0 0 OK"),
)


def _large(unit: Callable[[Path], Unit]) -> Callable[[Path], Unit]:
    """The same unit in large mode."""

    def make(folder: Path) -> Unit:
        made = unit(folder)
        with closing(Flash(str(made.flash))) as flash:
            Vault.mount(flash).replace_settings(Settings(flags=LARGE_MODE))
        return made

    return make


def _restarted(cause: str) -> Callable[[Path], Unit]:
    """A sealed unit that was restarted by this."""

    def make(folder: Path) -> Unit:
        made = units.sealed_unit(folder)
        made.flash.with_name(made.flash.name + ".cause").write_text(cause)
        return made

    return make


def _named(name: str) -> Scene:
    return next(scene for scene in SCENES + VERIFIED_SCENES if scene.name == name)


def _after(name: str, script: str) -> Scene:
    """A scene that goes on."""
    scene = _named(name)
    return replace(scene, name=f"{name}, {script}", script=f"{scene.script}\n{script}")


FURTHER_SCENES: Final = (
    *(
        Scene(f"restarted-{cause}", unit=_restarted(cause), program=PROGRAMS / "restarted.py")
        for cause in CAUSES
    ),
    Scene("factory-entropy", unit=units.blank_unit, program=PROGRAMS / "broken_entropy.py"),
    *(Scene(f"change-{pin}", OLD + f"press {' '.join(pin)} OK") for pin in WEAK_PINS),
    Scene("pin-full", "press 9 0 2 1 0 7 6 3 1", unit=EIGHT),
    Scene("reset-typed", "power off\npower on C FD\nwait 4s\nrelease C FD\npress 1 OK"),
    Scene("reset-erasing", "power off\npower on C FD\nwait 4s\nrelease C FD\npress 6 6 8 7 OK"),
    Scene("rename-full", RENAME + "press 2 OK\n" + RENAME + f"press {'2 3 ' * 13}"),
    Scene("name-missing", RENAME + "press OK"),
    Scene(
        "response-title",
        "press 4 7 1 1 OK 1 2 3 4 5 7 OK",
        unit=unit_with(credentials=((TEN_DIGITS, "L" * 24),)),
    ),
    _after("about", "press B"),
    _after("about-development", "press B"),
    _after("plain-no-time", "press B"),
    _after("mutual-wrong", "press B"),
    _after("mutual-page-code", "press 4 OK"),
    _after("mutual-page-code", "press 4 5 6 7 8 9"),
    _after("change-number", "press OK"),
    _after("challenge-typed", "press 6 7 8"),
    _after("sign-amount", "press 1 2 3 4 5 6 7 8 9 0 1 2 3"),
    _after("sign-account", f"press {'1 ' * 25}"),
    _after("delete-warning", "press B"),
    _after("halt-vault-worn", "press B"),
    _after("halt-vault-damaged", "press B"),
    _after("halt-vault-newer", "press B"),
    _after("blocked", "press B"),
    _after("locked", "press B"),
    *(replace(_named(name), name=f"{name}-large", unit=_large(_named(name).unit)) for name in LARGE),
    *(
        replace(_named(name), name=f"{name}-large-on", script=script, unit=_large(_named(name).unit))
        for name, script in GROUPS_BEFORE
    ),
)
