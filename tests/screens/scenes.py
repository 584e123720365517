"""Every screen of the token: how to get there. The golden frames, and the README's pictures, are made from these."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dsc.protocol import messages, records
from dsc.vault import headers, reset
from dsc.vault.log import Log
from dsc.vault.region import PAGE_SIZE, Region
from fakes import units
from host_tools.emulator.ssd1306 import SSD1306
from host_tools.engines.child import Unit
from host_tools.engines.interpreters import BOARDS
from host_tools.simulator.frame import Frame
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import Player, parse
from host_tools.station.conversation import Conversation
from simulated.flash import Flash

PROGRAMS: Final = Path(__file__).parents[1] / "fakes" / "programs"
TEN_DIGITS: Final = "OCRA-1:HOTP-SHA256-10:QN06"
SIX_DIGITS: Final = "OCRA-1:HOTP-SHA1-6:QN08"
LONG_QUESTION: Final = "OCRA-1:HOTP-SHA256-8:QN10"
COUNTER: Final = "OCRA-1:HOTP-SHA256-8:C-QN06"
HEX_QUESTION: Final = "OCRA-1:HOTP-SHA256-8:QH08"
SEVERAL: Final = tuple(
    (units.LOGIN, label)
    for label in (
        "Household",
        "Business account 24 ch",
        "Trading",
        "Pension",
        "Club",
        "Daughter",
        "Archive",
        "Test",
    )
)


class Recorder(SSD1306):
    """A panel that remembers every picture it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[Frame] = []

    def write(self, data: bytes) -> None:
        before = self.frames
        super().write(data)
        if self.frames != before:
            self.pictures.append(self.frame())


@dataclass(frozen=True)
class Scene:
    """A screen: the unit it needs, the script that leads to it, and what must be readable on it.

    `station` is what the station says on the link before the script; `passing` picks the last picture that shows
    this text, for screens that are gone when time passes again.
    """

    name: str
    script: str = ""
    unit: Callable[[Path], Unit] = units.sealed_unit
    program: Path = BOARDS / "simulated" / "main.py"
    shows: tuple[str, ...] = ()
    station: Callable[[Conversation], None] | None = None
    passing: str | None = None


def _several(folder: Path) -> Unit:
    return units.sealed_unit(folder, SEVERAL)


def _with(**options: object) -> Callable[[Path], Unit]:
    return lambda folder: units.sealed_unit(folder, **options)


def _suite(suite: str, label: str = "") -> Callable[[Path], Unit]:
    return lambda folder: units.sealed_unit(folder, ((suite, label),))


def _newer(folder: Path) -> Unit:
    """A sealed unit with a critical record of a type that only newer firmware knows."""
    unit = units.sealed_unit(folder)
    with closing(Flash(str(unit.flash))) as flash:
        region = Region(flash)
        log = Log.mount(
            region, headers.survey(region), {record.TYPE: record.VERSION for record in records.CLASSES}
        )
        log.append(records.CRITICAL | 0x3F, 1, b"from the future")
    return unit


def _unfinished(folder: Path) -> Unit:
    """A unit whose making broke off after the vault was begun."""
    unit = units.blank_unit(folder)
    with closing(Flash(str(unit.flash))) as flash:
        region = Region(flash)
        reset.run(region)
        Log.create(region)
    return unit


def _torn(folder: Path) -> Unit:
    """A sealed unit with a record that was begun and not committed, which the next boot zeroes."""
    unit = units.sealed_unit(folder)
    image = bytearray(unit.flash.read_bytes())
    pages = range(0, len(image), PAGE_SIZE)
    blank = next(page for page in pages if not image[page : page + PAGE_SIZE].strip(b"\xff"))
    image[blank + 4] = 0x00  # the byte of a page that is cleared before all others
    unit.flash.write_bytes(image)
    return unit


def _counting(folder: Path) -> Unit:
    return units.sealed_unit(folder, ((COUNTER, ""),))


def _order(conversation: Conversation) -> None:
    """The station orders a token, and then is silent."""
    wanted = [messages.CredentialOrder(records.KIND_PIN, "", units.LOGIN)]
    entropy, pin = bytearray(units.fixed("host", 32)), bytearray(units.PIN)
    order = messages.Provision(entropy, records.MODE_SOFT, 0, units.LOW_ROUNDS, units.SERIAL, pin, wanted)
    conversation.provision(order)


def _commit(conversation: Conversation) -> None:
    """The station has the token sealed, and then is silent."""
    _order(conversation)
    conversation.commit()


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
    Scene("factory-dark", "wait 121s", unit=units.blank_unit),
    Scene("factory-unfinished", unit=_unfinished, shows=("FACTORY", "Making it broke off")),
    Scene(
        "factory-busy",
        "wait 1s",
        unit=units.blank_unit,
        station=_order,
        shows=("FACTORY", "Station connected"),
    ),
    Scene("factory-sealed", "wait 1s", unit=units.blank_unit, station=_commit, shows=("FACTORY", "Sealed")),
    Scene("pin", shows=("PIN>", "----")),
    Scene("pin-three-digits", "press 4 7 1\nwait 1s", unit=_with(rounds=10_000), shows=("PIN>", "***-")),
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
    Scene("wait", CHALLENGE, unit=_with(rounds=10_000), passing="One moment", shows=("One moment",)),
    Scene("response", RESPONSE, shows=(units.SERIAL,)),
    Scene(
        "response-fading", RESPONSE + "wait 40s", unit=_suite(units.LOGIN, "Household"), shows=("Household",)
    ),
    Scene("response-six-digits", CHALLENGE + "press 1 2 3 4 5 6 7 8 OK", unit=_suite(SIX_DIGITS)),
    Scene("response-ten-digits", RESPONSE, unit=_suite(TEN_DIGITS)),
    Scene("dark", RESPONSE + "press OK"),
    Scene("choose", unit=_several, shows=("Which login?", "1/8", "Household", "Business account 2…")),
    Scene("choose-scrolled", "press A B B B B B B", unit=_several, shows=("6/8", "Daughter")),
    Scene(
        "about", "press A", unit=_with(rounds=10_000), shows=(f"Serial {units.SERIAL}", "PIN rounds 10000")
    ),
    Scene("about-development", "press A", shows=("DEVELOPMENT 16 r.",)),
    Scene(
        "halt-self-test", program=PROGRAMS / "broken_hotp.py", shows=("HALTED", "Self-test failed:", "HOTP")
    ),
    Scene(
        "halt-vault-worn",
        unit=_torn,
        program=PROGRAMS / "worn_flash.py",
        shows=("HALTED", "The flash is worn.", "VaultWriteError"),
    ),
    Scene("halt-vault-damaged", unit=_damaged, shows=("HALTED", "VaultDamagedError")),
    Scene("halt-vault-newer", unit=_newer, shows=("HALTED", "UnknownRecordError")),
    Scene(
        "error-vault-full",
        RESPONSE,
        unit=_counting,
        program=PROGRAMS / "full_vault.py",
        shows=("VaultFullError",),
    ),
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
        engine.display = recorder = Recorder()
        engine.power_on()
        if scene.station:
            scene.station(Conversation(engine))
        Player(engine, said.append).play(parse(scene.script))
        frame = engine.frame()
        if scene.passing:
            frame = [picture for picture in recorder.pictures if scene.passing in read_screen(picture).text][
                -1
            ]
        return Shown(frame, said)
