"""Prints how fast the firmware's code is on each engine, beside a reference measured in the same run."""

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

from oath import _ocra as oath_ocra
from rich.console import Console
from rich.table import Table

from dsc.crypto import ocra
from host_tools.engines import interpreters
from host_tools.engines.errors import EngineMissingError

HERE = Path(__file__).parent
KEY = bytes(range(32))
SECONDS = 1.5
ROUNDS, SLICE = 50, 1000  # turns of ours and theirs, and responses a turn


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


def main():
    """Measure everything, print one table."""
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
    table = Table(title="rates a second; ratio is to the reference of the same row")
    for title in ("what", "engine", "rate", "reference", "its rate", "ratio"):
        table.add_column(title, justify="left" if title in ("what", "engine", "reference") else "right")
    titles = {"pbkdf2": "PBKDF2-HMAC-SHA256 rounds", "frames": "frames of the PIN screen"}
    for name in rates["cpython"]:
        for engine, found in rates.items():
            label, reference = references.get(name, ("the frame on CPython", rates["cpython"][name]))
            what = titles.get(name, f"responses, {name.split()[-1]}")
            ratio = f"{found[name] / reference:.3g}"
            table.add_row(what, engine, f"{found[name]:,.0f}", label, f"{reference:,.0f}", ratio)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
