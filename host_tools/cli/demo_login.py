"""What `picodsc demo` does with its token: hand it to the user, or go through two logins by itself."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

import typer

from dsc.protocol.errors import WeakPinError
from dsc.protocol.pin import check_pin
from host_tools.cli.exits import FAILED, in_terminal
from host_tools.display.frame import Frame
from host_tools.engines.base import Engine
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory
from host_tools.inventory.verify import Verdict, answer, issue_challenge
from host_tools.simulator.folder import TokenFolder
from host_tools.simulator.login import respond
from host_tools.station.make import Order, make_token

SERIAL: Final = "DEMO-0001"
PIN_DIGITS: Final = 4
WORDS: Final = {Verdict.ACCEPTED: "accepted", Verdict.REJECTED: "refused"}


def log_in(inventory: Inventory, folder: Path, engine: str) -> None:
    """Make a token in `folder` and log in with it, in the terminal if there is one.

    Raises typer.Exit where a scripted login ends as it should not or the terminal's program crashed,
    EngineError, InventoryError, ScreenError, StationError.
    """
    pin = _random_pin()
    typer.echo(f"A blank token is provisioned through its factory flow: serial {SERIAL}, PIN {pin}.")
    order = Order(SERIAL, bytearray(pin.encode()))
    if in_terminal():
        # The terminal may be too narrow for frames, and what is printed is in sight again in the end.
        _interact(inventory, make_token(inventory, folder, order, engine), engine, pin)
    else:
        _script(inventory, make_token(inventory, folder, order, engine, look=_show), engine, pin)


def _interact(inventory: Inventory, token: TokenFolder, engine: str, pin: str) -> None:
    # Textual takes a moment to load, and the script does not need it.
    from host_tools.simulator.terminal import CrashedError, run_demo

    with open_engine(engine, token.unit()) as running:
        try:
            accepted = run_demo(running, inventory, SERIAL, pin)
        except CrashedError:
            raise typer.Exit(FAILED) from None
    typer.echo("accepted" if accepted else "ended without a login")


def _script(inventory: Inventory, token: TokenFolder, engine: str, pin: str) -> None:
    wrong = str((int(pin[0]) + 1) % 10) + pin[1:]
    with open_engine(engine, token.unit()) as running:
        running.power_on()
        verdict = _login(inventory, running, wrong, "A login with a wrong PIN")
        if verdict is not Verdict.REJECTED:
            _say(f"{WORDS[verdict]}, though the PIN was wrong")
            raise typer.Exit(FAILED)
        _say(f"{WORDS[verdict]}\n")
        running.power_off()
        running.power_on()
        verdict = _login(inventory, running, pin, "A login with the right PIN")
        _say(WORDS[verdict])
        if verdict is not Verdict.ACCEPTED:
            raise typer.Exit(FAILED)


def _say(verdict: str) -> None:
    typer.echo(f"The login page says:\n{verdict}")


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
