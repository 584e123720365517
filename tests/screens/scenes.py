"""Every screen of the token: how to get there. The golden frames, and the README's pictures, are made from these."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fakes import units

from host_tools.engines.child import Unit
from host_tools.engines.interpreters import BOARDS
from host_tools.simulator.frame import Frame
from host_tools.simulator.script import Player, parse

PROGRAMS: Final = Path(__file__).parents[1] / "fakes" / "programs"
TEN_DIGITS: Final = "OCRA-1:HOTP-SHA256-10:QN06"
SIX_DIGITS: Final = "OCRA-1:HOTP-SHA1-6:QN08"
LONG_QUESTION: Final = "OCRA-1:HOTP-SHA256-8:QN10"
HEX_QUESTION: Final = "OCRA-1:HOTP-SHA256-8:QH08"
SEVERAL: Final = tuple(
    (units.LOGIN, label)
    for label in ("Household", "Business account 24 ch", "Trading", "Pension", "Club", "Daughter", "Archive", "Test")
)


@dataclass(frozen=True)
class Scene:
    """A screen: the unit it needs, the script that leads to it, and what must be readable on it."""

    name: str
    script: str = ""
    unit: Callable[[Path], Unit] = units.sealed_unit
    program: Path = BOARDS / "simulated" / "main.py"
    shows: tuple[str, ...] = ()
    frames: int | None = None  # take the n-th frame drawn after the script's last line instead of the last


def _several(folder: Path) -> Unit:
    return units.sealed_unit(folder, SEVERAL)


def _with(**options: object) -> Callable[[Path], Unit]:
    return lambda folder: units.sealed_unit(folder, **options)


def _suite(suite: str, label: str = "") -> Callable[[Path], Unit]:
    return lambda folder: units.sealed_unit(folder, ((suite, label),))


def _damaged(folder: Path) -> Unit:
    """A sealed unit in whose root record one bit has turned from 0 to 1, which no power cut does."""
    unit = units.sealed_unit(folder)
    image = bytearray(unit.flash.read_bytes())
    place = image.index(units.fixed("salt", 16))
    image[place] ^= 0xFF
    unit.flash.write_bytes(image)
    return unit


PIN: Final = "press 4 7 1 1\n"
CHALLENGE: Final = PIN + "press OK\n"
RESPONSE: Final = CHALLENGE + "press 1 2 3 4 5 7 OK\n"

SCENES: Final = (
    Scene("factory", unit=units.blank_unit, shows=("FACTORY", "Not provisioned yet", units.UID.hex())),
    Scene("factory-dark", "wait 301s", unit=units.blank_unit),
    Scene("pin", shows=("PIN>", "----")),
    Scene("pin-one-digit", "press 4", shows=("PIN>", "4---")),
    Scene("pin-masked", PIN + "wait 1s", shows=("PIN>", "****")),
    Scene("pin-corrected", PIN + "press C C\nwait 1s", shows=("PIN>", "**--")),
    Scene("pin-too-short", "press 4 7 OK", shows=("PIN>", "PIN has 4 digits")),
    Scene("pin-eight-digits", "press 9 0 2 1 0 7", unit=_with(pin=b"90210763"), shows=("PIN>", "*****7--")),
    Scene("pin-production", unit=_with(rounds=10_000), shows=("PIN>", "----")),
    Scene("challenge", CHALLENGE, shows=("CHALLNG>", "------")),
    Scene("challenge-typed", CHALLENGE + "press 1 2 3 4 5", shows=("CHALLNG>", "12345-")),
    Scene("challenge-empty", CHALLENGE + "press OK", shows=("CHALLNG>", "Type the challenge")),
    Scene("challenge-short", CHALLENGE + "press 1 2 3 OK", shows=("CHALLNG>", "3 of 6 digits. OK?")),
    Scene(
        "challenge-ten-digits",
        CHALLENGE + "press 1 2 3 4 5 6 7 8 9",
        unit=_suite(LONG_QUESTION),
        shows=("CHALLNG>", "9/10", "23456789"),
    ),
    Scene("response", RESPONSE, shows=(units.SERIAL,)),
    Scene("response-fading", RESPONSE + "wait 40s", unit=_suite(units.LOGIN, "Household"), shows=("Household",)),
    Scene("response-six-digits", CHALLENGE + "press 1 2 3 4 5 6 7 8 OK", unit=_suite(SIX_DIGITS)),
    Scene("response-ten-digits", RESPONSE, unit=_suite(TEN_DIGITS)),
    Scene("dark", RESPONSE + "press OK"),
    Scene("choose", unit=_several, shows=("Which login?", "1/8", "Household", "Business account 24 …")),
    Scene("choose-scrolled", "press A B B B B B B", unit=_several, shows=("6/8", "Daughter")),
    Scene("about", "press A", unit=_with(rounds=10_000), shows=(f"Serial {units.SERIAL}", "PIN rounds 10000")),
    Scene("about-development", "press A", shows=("DEVELOPMENT 16 r.",)),
    Scene("halt-self-test", program=PROGRAMS / "broken_hotp.py", shows=("HALTED", "Self-test failed:", "HOTP")),
    Scene("halt-vault-damaged", unit=_damaged, shows=("HALTED", "VaultDamagedError")),
    Scene(
        "error",
        RESPONSE,
        program=PROGRAMS / "failing_ocra.py",
        shows=("ERROR", "RuntimeError"),
    ),
    Scene("error-suite", unit=_suite(HEX_QUESTION), shows=("ERROR", "UnusableSuiteError")),
)


@dataclass
class Shown:
    """What a scene led to."""

    frame: Frame
    said: list[str] = field(default_factory=list)


def play(scene: Scene, engine_name: str, folder: Path, open_engine) -> Shown:  # type: ignore[no-untyped-def]
    """Bring a unit to the scene's screen on an engine."""
    unit = scene.unit(folder)
    said: list[str] = []
    with open_engine(engine_name, unit, scene.program) as engine:
        engine.power_on()
        Player(engine, said.append).play(parse(scene.script))
        return Shown(engine.frame(), said)
