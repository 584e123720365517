"""Every screen of the token: how to get there. The golden frames, and the README's pictures, are made from these."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from dsc.protocol import orders, records
from dsc.protocol.layout import PAGE_SIZE
from dsc.vault.store import Vault
from fakes import image_faults, raw_vault, units
from host_tools.display.frame import Frame
from host_tools.emulator.ssd1306 import SSD1306
from host_tools.engines.unit import Unit
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import Player, parse
from host_tools.station.conversation import Conversation
from screens import code_scenes, menu_scenes, pin_scenes
from screens.scene import Scene, unit_with
from simulated.flash import Flash

PROGRAMS: Final = Path(__file__).parents[1] / "fakes" / "programs"
TEN_DIGITS: Final = "OCRA-1:HOTP-SHA256-10:QN06"
SIX_DIGITS: Final = "OCRA-1:HOTP-SHA1-6:QN08"
LONG_QUESTION: Final = "OCRA-1:HOTP-SHA256-8:QN10"
COUNTER: Final = "OCRA-1:HOTP-SHA256-8:C-QN06"
BOARDS_OWN: Final = 0  # rounds: as many as the board thinks right
HEX_QUESTION: Final = "OCRA-1:HOTP-SHA256-8:QH08"
KNOWN: Final = {record.TYPE: record.VERSION for record in records.CLASSES}
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

    def __init__(self, height: int = 64) -> None:
        super().__init__(height=height)
        self.pictures: list[Frame] = []

    def write(self, data: bytes) -> None:
        before = self.frames
        super().write(data)
        if self.frames != before:
            self.pictures.append(self.frame())


def _several(folder: Path) -> Unit:
    return units.sealed_unit(folder, SEVERAL)


def _suite(suite: str, label: str = "") -> Callable[[Path], Unit]:
    return lambda folder: units.sealed_unit(folder, ((suite, label),))


def _newer(folder: Path) -> Unit:
    """A sealed unit with a critical record of a type that only newer firmware knows."""
    unit = units.sealed_unit(folder)
    with closing(Flash(str(unit.flash))) as flash:
        log = raw_vault.mount_log(flash, KNOWN)
        log.append(records.CRITICAL | 0x3F, 1, b"from the future")
    return unit


def _unfinished(folder: Path) -> Unit:
    """A unit whose making broke off after the vault was begun."""
    unit = units.blank_unit(folder)
    with closing(Flash(str(unit.flash))) as flash:
        raw_vault.new_log(flash)
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


def _full(folder: Path) -> Unit:
    """A sealed unit without a record of its counter, and full of records that only newer firmware knows."""
    unit = units.sealed_unit(folder, ((COUNTER, ""),))
    with closing(Flash(str(unit.flash))) as flash:
        log = raw_vault.mount_log(flash, KNOWN)
        counter = next(record for record in log.records if record.kind == records.TYPE_COUNTER)
        log.append(0x11, 1, b"from the future", counter)
        Vault.mount(flash).compact()  # gives back the page of what was replaced
        log = raw_vault.mount_log(flash, KNOWN)
        while log.has_room(1):
            log.append(0x11, 1, b"from the future")
    return unit


def _order(conversation: Conversation) -> None:
    """The station orders a token, and then is silent."""
    wanted = [orders.CredentialOrder(records.KIND_PIN, "", units.LOGIN)]
    entropy, pin = bytearray(units.fixed("host", 32)), bytearray(units.PIN)
    order = orders.Provision(entropy, records.MODE_SOFT, 0, BOARDS_OWN, units.SERIAL, pin, wanted)
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
    Scene(
        "factory",
        unit=units.blank_unit,
        varies=(4,),
        shows=("FACTORY", "Not provisioned yet", units.UID.hex()),
    ),
    Scene("factory-dark", "wait 121s", unit=units.blank_unit),
    Scene("factory-unfinished", unit=_unfinished, varies=(4,), shows=("FACTORY", "Making it broke off")),
    Scene(
        "factory-busy",
        "wait 1s",
        unit=units.blank_unit,
        station=_order,
        varies=(4,),
        shows=("FACTORY", "Station connected"),
    ),
    Scene(
        "factory-sealed",
        "wait 1s",
        unit=units.blank_unit,
        station=_commit,
        varies=(4,),
        shows=("FACTORY", "Sealed"),
    ),
    Scene("pin", shows=("PIN>", "----")),
    Scene("pin-three-digits", "press 4 7 1\nwait 1s", unit=unit_with(rounds=10_000), shows=("PIN>", "***-")),
    Scene("pin-one-digit", "press 4", shows=("PIN>", "4---")),
    Scene("pin-masked", PIN + "wait 1s", shows=("PIN>", "****")),
    Scene("pin-corrected", PIN + "press C C\nwait 1s", shows=("PIN>", "**--")),
    Scene("pin-too-short", "press 4 7 OK", shows=("PIN>", "PIN has 4 digits")),
    Scene(
        "pin-eight-digits", "press 9 0 2 1 0 7", unit=unit_with(pin=b"90210763"), shows=("PIN>", "*****7--")
    ),
    Scene("pin-production", unit=unit_with(rounds=10_000), shows=("PIN>", "----")),
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
    Scene("wait", CHALLENGE, unit=unit_with(rounds=10_000), passing="One moment", shows=("One moment",)),
    Scene("response", RESPONSE, shows=(units.SERIAL,)),
    Scene(
        "response-fading",
        RESPONSE + "wait 40300ms",
        unit=_suite(units.LOGIN, "Household"),
        shows=("Household",),
    ),
    Scene("response-six-digits", CHALLENGE + "press 1 2 3 4 5 6 7 8 OK", unit=_suite(SIX_DIGITS)),
    Scene("response-ten-digits", RESPONSE, unit=_suite(TEN_DIGITS)),
    Scene("dark", RESPONSE + "press OK"),
    Scene("choose", unit=_several, shows=("Which login?", "1/8", "Household", "Business account 2…")),
    Scene("choose-scrolled", "press A B B B B B B", unit=_several, shows=("6/8", "Daughter")),
    Scene("menu", "press D", shows=("Menu", "1/9", "Change PIN", "Brightness")),
    Scene(
        "about",
        "press D A OK",
        unit=unit_with(rounds=10_000),
        varies=(3,),
        shows=(f"Serial {units.SERIAL}", "PIN rounds 10000"),
    ),
    Scene("about-development", "press D A OK", varies=(3,), shows=("DEVELOPMENT 16 r.",)),
    Scene(
        "halt-self-test",
        program=PROGRAMS / "broken_hotp.py",
        fault=image_faults.wrong_hotp,
        shows=("HALTED", "Self-test failed:", "HOTP"),
    ),
    Scene(
        "halt-vault-worn",
        unit=_torn,
        program=PROGRAMS / "worn_flash.py",
        fault=image_faults.programs_nothing,
        shows=("HALTED", "The flash is worn.", "VaultWriteError"),
    ),
    Scene("halt-vault-damaged", unit=_damaged, shows=("HALTED", "VaultDamagedError")),
    Scene("halt-vault-newer", unit=_newer, shows=("HALTED", "UnknownRecordError")),
    Scene(
        "error-vault-full",
        RESPONSE,
        unit=_full,
        shows=("VaultFullError",),
    ),
    Scene(
        "error",
        RESPONSE,
        program=PROGRAMS / "failing_ocra.py",
        fault=image_faults.runtime_error_at_response,
        shows=("ERROR", "RuntimeError"),
    ),
    Scene("error-suite", unit=_suite(HEX_QUESTION), shows=("ERROR", "UnusableSuiteError")),
    *code_scenes.SCENES,
    *pin_scenes.SCENES,
    *menu_scenes.SCENES,
)
# Those that a Pico has, and those of simulated boards alone.
SIMULATED_SCENES: Final = pin_scenes.VERIFIED_SCENES + tuple(
    scene.on_a_flat_panel() for scene in SCENES + pin_scenes.VERIFIED_SCENES
)
ALL_SCENES: Final = SCENES + SIMULATED_SCENES


@dataclass
class Shown:
    """What a scene led to."""

    frame: Frame
    said: list[str] = field(default_factory=list)


def play(scene: Scene, engine_name: str, folder: Path, open_engine) -> Shown:  # type: ignore[no-untyped-def]
    """Bring a unit to the scene's screen on an engine."""
    unit = replace(scene.unit(folder), height=scene.height)
    said: list[str] = []
    if engine_name == "rp2040":
        engine = open_engine(engine_name, unit)
        if scene.fault:
            engine.on_wired.append(scene.fault)
    else:
        engine = open_engine(engine_name, unit, scene.program)
    with engine:
        recorder = Recorder(scene.height)
        if scene.passing:
            engine.display = recorder
        engine.power_on()
        if scene.station:
            scene.station(Conversation(engine))
        Player(engine, said.append).play(parse(scene.script))
        frame = engine.frame()
        if scene.passing:
            frame = [
                picture for picture in recorder.pictures if read_screen(picture).text.strip() == scene.passing
            ][-1]
        return Shown(frame, said)
