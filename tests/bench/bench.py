"""Prints how fast the firmware's code is on each engine, beside a reference measured in the same run."""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import emulator_speed
import on_entropy
import on_inventory
import on_kdf
import on_login
import on_pico
import on_pskc
import on_station
import on_vault
import on_wear
from bound import Bound
from oath import _ocra as oath_ocra
from rich.console import Console
from rich.table import Table

from dsc.crypto import ocra
from fakes.privacyidea_server import MissingServerError
from host_tools.engines import interpreters
from host_tools.engines.errors import EngineMissingError

HERE = Path(__file__).parent
KEY = bytes(range(32))
SECONDS = 1.5
ROUNDS, SLICE = 50, 1000  # turns of ours and theirs, and responses a turn


class Bounded(NamedTuple):
    """A table, and what its figures have to be."""

    table: Table
    bounds: Sequence[Bound]


def rate(action, batch):
    """Calls a second of `action`, which does `batch` units of work a call."""
    action()
    done, begun = 0, time.perf_counter()
    while True:
        action()
        done += batch
        elapsed = time.perf_counter() - begun
        if elapsed > SECONDS:
            return done / elapsed


def ocra_rates(text):
    """Responses a second of the firmware's OCRA and of the PyPI package `oath`, in turns, suites parsed beforehand."""
    ours, theirs = ocra.Suite.parse(text), oath_ocra.str2ocrasuite(text)
    counter = 0 if ours.counter else None
    inputs = {"C": 0} if ours.counter else {}
    seconds = {"ours": 0.0, "theirs": 0.0}
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(SLICE):
            ocra.respond(ours, KEY, "123457", counter=counter)
        between = time.perf_counter()
        for _ in range(SLICE):
            theirs(KEY, Q="123457", **inputs)
        seconds["ours"] += between - begun
        seconds["theirs"] += time.perf_counter() - between
    return ROUNDS * SLICE / seconds["ours"], ROUNDS * SLICE / seconds["theirs"]


def measured(engine):
    """What tests/bench/on_interpreter.py measures on the engine's interpreter."""
    interpreter = interpreters.find(engine)
    run = subprocess.run(
        interpreter.run(HERE / "on_interpreter.py"),
        env=interpreter.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


def table(title, *columns):
    """An empty table; columns whose names end in a space are flush right."""
    made = Table(title=title)
    for name in columns:
        made.add_column(name.strip(), justify="right" if name.endswith(" ") else "left")
    return made


def interpreters_table():
    """The firmware's code under CPython and MicroPython on this machine."""
    rates = {}
    for engine in interpreters.NAMES:
        try:
            rates[engine] = measured(engine)
        except EngineMissingError as error:
            print(error, file=sys.stderr)
    references = {}
    for name in rates["cpython"]:
        if name.startswith("ocra "):
            rates["cpython"][name], reference = ocra_rates(name.split()[1])
            references[name] = ("oath on CPython", reference)
    native = rate(lambda: hashlib.pbkdf2_hmac("sha256", b"4711", bytes(16), 10_000, 32), 10_000)
    references["pbkdf2"] = ("OpenSSL", native)
    made = table(
        "rates a second; ratio is to the reference of the same row",
        "what",
        "engine",
        "rate ",
        "reference",
        "its rate ",
        "ratio ",
    )
    titles = {"pbkdf2": "PBKDF2-HMAC-SHA256 rounds", "frames": "frames of the PIN screen"}
    for name in rates["cpython"]:
        for engine, found in rates.items():
            label, reference = references.get(name, ("the frame on CPython", rates["cpython"][name]))
            what = titles.get(name, f"responses, {name.split()[-1]}")
            ratio = f"{found[name] / reference:.3g}"
            made.add_row(what, engine, f"{found[name]:,.0f}", label, f"{reference:,.0f}", ratio)
    return made


def pico_table():
    """The image on the emulated Pico, in the chip's own time: the same on every machine."""
    return figures_table("the image on the emulated Pico, at 125 MHz", on_pico.figures())


def kdf_table():
    """PBKDF2 of the image on the emulated Pico, in the chip's own time."""
    return figures_table("PBKDF2-HMAC-SHA256 on the emulated Pico, at 125 MHz", on_kdf.figures())


def vault_table():
    """The vault of the image on the emulated Pico, in the chip's own time."""
    return figures_table(f"the vault on the emulated Pico, at 125 MHz, {on_vault.CHIP}", on_vault.figures())


def entropy_table():
    """Health tests of the oscillator's raw bits."""
    return figures_table("entropy: health tests, and the image on the emulated Pico", on_entropy.figures())


def wear_table():
    """What the vault's sectors have to stand."""
    return figures_table("wear: erases of the most worn sector of the vault", on_wear.figures())


def inventory_table():
    """Searches among a million devices."""
    return figures_table(f"the inventory, {on_inventory.DEVICES:,} devices in SQLite", on_inventory.figures())


def station_table():
    """A blank emulated Pico made a token, by steps."""
    title = "station: a blank emulated Pico becomes a token in soft mode, in the chip's own time"
    return figures_table(title, on_station.figures())


def pskc_table():
    """Key files, written and read."""
    return figures_table("PSKC: keys out and back in, processor time", on_pskc.figures())


def login_table():
    """Logins a second at a login service, and what has to come of them."""
    found = on_login.compared()
    made = figures_table("logins over privacyIDEA's wire protocol, on loopback", found.figures)
    return Bounded(made, found.bounds)


def figures_table(title, figures):
    """Figures beside their references."""
    made = table(
        f"{title}; ratio is to the reference of the same row",
        "what",
        "figure ",
        "unit",
        "reference",
        "its figure ",
        "ratio ",
    )
    for figure in figures:
        reference = (
            ("", "", "")
            if figure.its_value is None
            else (figure.reference, number(figure.its_value), f"{figure.value / figure.its_value:.2f}")
        )
        made.add_row(figure.what, number(figure.value), figure.unit, *reference)
    return made


def emulators_table():
    """The emulated Pico beside another emulator, on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        speeds = emulator_speed.compare(Path(folder) / "unit")
    made = table(
        f"emulators: {emulator_speed.UNTIL_MS / 1000:.0f} s of a token that stretches a PIN, best of "
        f"{emulator_speed.TURNS}",
        "emulator",
        "Mcycles executed ",
        "seconds ",
        "Mcycles/s ",
        "ratio to rp2040js ",
        "of real time ",
    )
    for name, speed in speeds.items():
        made.add_row(
            name,
            f"{speed.cycles / 1e6:,.1f}",
            f"{speed.seconds:.2f}",
            f"{speed.mega:.1f}",
            f"{speed.mega / speeds['rp2040js'].mega:.2f}",
            f"{emulator_speed.UNTIL_MS / 1000 / speed.seconds:.2f}",
        )
    return made


def number(value):
    """With thousands separated; with a decimal place below 1,000, unless it is a count."""
    return f"{value:,.0f}" if isinstance(value, int) or value >= 1000 else f"{value:,.1f}"


TABLES = {
    "interpreters": interpreters_table,
    "pico": pico_table,
    "kdf": kdf_table,
    "vault": vault_table,
    "entropy": entropy_table,
    "wear": wear_table,
    "inventory": inventory_table,
    "station": station_table,
    "pskc": pskc_table,
    "login": login_table,
    "emulators": emulators_table,
}


def main():
    """Measure, and print one table after the other, and what was kept; 1 if that is not all, or a table is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"{', '.join(TABLES)}; default: all")
    chosen = parser.parse_args().tables or list(TABLES)
    unknown = [name for name in chosen if name not in TABLES]
    if unknown:
        parser.error(f"no table {unknown[0]!r}; choose from {', '.join(TABLES)}")
    failed = 0
    bounds = []
    for name in chosen:
        try:
            made = TABLES[name]()
            if isinstance(made, Bounded):
                made, found = made
                bounds += found
            Console(width=120).print(made)
        except (EngineMissingError, MissingServerError, emulator_speed.ReferenceMissingError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = 1
    for bound in bounds:
        print(bound)
        failed |= not bound.is_kept
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
