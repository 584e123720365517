"""`picodsc demo`: a token is made, used at a login, and judged; what `make run` runs."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path
from typing import Final

import typer

from dsc.protocol.errors import WeakPinError
from dsc.protocol.pin import check_pin
from host_tools.cli.exits import FAILED, in_terminal, stop
from host_tools.cli.options import EngineOption
from host_tools.engines.base import Engine
from host_tools.engines.errors import EngineError
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory
from host_tools.inventory.errors import InventoryError
from host_tools.inventory.location import Location
from host_tools.inventory.verify import Verdict, answer, issue_challenge
from host_tools.simulator.frame import Frame
from host_tools.simulator.login import ScreenError, respond
from host_tools.station.errors import StationError
from host_tools.station.make import Order, make_token

SERIAL: Final = "DEMO-0001"
PIN_DIGITS: Final = 4


def demo(engine: EngineOption = "cpython") -> None:
    """Make a token, log in with it, and see that a wrong PIN is refused.

    In a terminal the token stands beside a login prompt, for you to use. Without one the same goes by script:
    the screens are printed, then the verdict; the exit code is 0 only if the right response was accepted and a
    wrong PIN's response refused. Nothing is kept: the token and its key are in a temporary folder.

    Example: picodsc demo --engine micropython
    """
    with tempfile.TemporaryDirectory(prefix="picodsc-demo-") as name:
        folder = Path(name)
        try:
            with Inventory.open(Location(folder / "inventory.db", folder / "master.key")) as inventory:
                _run(inventory, folder / "token", engine)
        except (EngineError, InventoryError, ScreenError, StationError) as error:
            stop(error)


def _run(inventory: Inventory, folder: Path, engine: str) -> None:
    pin = _random_pin()
    typer.echo(f"A blank token is provisioned through its factory flow: serial {SERIAL}, PIN {pin}.")
    token = make_token(inventory, folder, Order(SERIAL, bytearray(pin.encode())), engine, look=_show)
    with open_engine(engine, token.unit()) as running:
        running.power_on()
        if in_terminal():
            from host_tools.simulator.terminal import run_demo

            if not run_demo(running, inventory, SERIAL, pin):
                stop("no login was accepted")
            typer.echo("accepted")
            return
        _script(inventory, running, pin)


def _script(inventory: Inventory, running: Engine, pin: str) -> None:
    wrong = str((int(pin[0]) + 1) % 10) + pin[1:]
    refused = _login(inventory, running, wrong, "A login with a wrong PIN")
    typer.echo(f"The login page says: {'refused' if refused is Verdict.REJECTED else refused.value}\n")
    running.power_off()
    running.power_on()
    verdict = _login(inventory, running, pin, "A login with the right PIN")
    if refused is not Verdict.REJECTED or verdict is not Verdict.ACCEPTED:
        typer.echo("The login page says: " + ("refused" if verdict is Verdict.REJECTED else verdict.value))
        raise typer.Exit(FAILED)
    typer.echo("The login page says:")
    typer.echo(verdict.value)


def _login(inventory: Inventory, running: Engine, pin: str, title: str) -> Verdict:
    challenge = issue_challenge(inventory, SERIAL).question
    typer.echo(f"{title}: PIN {pin}, challenge {challenge} from the login page.")
    response = respond(running, pin, challenge, _show)
    typer.echo(f"Read off the display and typed into the login page: {response}")
    return answer(inventory, SERIAL, challenge, response)


def _show(name: str, frame: Frame) -> None:
    edge = "─" * frame.width
    lines = "\n".join(f"│{line}│" for line in frame.blocks().splitlines())
    typer.echo(f"\n[{name}]\n┌{edge}┐\n{lines}\n└{edge}┘")


def _random_pin() -> str:
    """A PIN as a PIN letter would give it: random, and not one that the token refuses."""
    while True:
        pin = "".join(secrets.choice("0123456789") for _ in range(PIN_DIGITS))
        try:
            check_pin(bytearray(pin.encode()))
        except WeakPinError:
            continue
        return pin
