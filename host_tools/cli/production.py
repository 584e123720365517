"""Tokens made one after another, as `picodsc station provision` shows it: progress, a loud result, counts."""

from __future__ import annotations

import getpass
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dsc.crypto.memory import wipe
from host_tools.cli.exits import USAGE, note, stop, tell_notes
from host_tools.cli.station_units import one_units

if TYPE_CHECKING:
    from dsc.protocol import messages
    from host_tools.inventory import Inventory, Token
    from host_tools.station.desk import Desk
    from host_tools.station.line import Outcome, Tally
    from host_tools.station.receipt import Receipt
    from host_tools.station.recipes import Recipe


class Maker:
    """Makes the tokens, and tells of each."""

    def __init__(
        self,
        inventory: Inventory,
        desk: Desk,
        receipts: Path | None,
        *,
        watch: bool,
        flashed: bool,
        image: Path | None,
        as_json: bool,
    ) -> None:
        self._inventory = inventory
        self._desk = desk
        self._receipts = receipts
        self._watch = watch
        self._flashed = flashed
        self._image = image
        self._as_json = as_json
        self._typing = 0.0  # seconds

    def work(self, recipes: list[Recipe], *, endless: bool, count: int | None) -> int:
        """How many units failed."""
        from host_tools.inventory.issuing import check_batch, check_free
        from host_tools.station import line

        for prefix in sorted({recipe.prefix for recipe in recipes if recipe.prefix is not None}):
            check_batch(self._inventory, prefix)
        made = line.made_before(self._inventory, recipes) if recipes[0].line else {}
        if sum(self._in_doubt(number, token) for number, token in made.items()):
            stop("nothing was started: settle these first")
        for recipe in recipes:
            if recipe.line and recipe.serial is not None and recipe.line not in made:
                check_free(self._inventory, recipe.serial)
        tally = line.Tally(time.monotonic())
        left = [recipe for recipe in recipes if recipe.line not in made]
        try:
            for outcome in line.run(_so_many(left, endless, count), self._make, one_units(), self._clock):
                tally.add(outcome)
                self._tell(outcome, tally)
        except KeyboardInterrupt as error:
            if not self._watch:
                raise
            tell_notes(error)
        if self._watch:
            self._sum_up(tally)
        return tally.failed

    def _in_doubt(self, number: int, token: Token) -> bool:
        """Tell that an order has its token already; whether that one is in doubt."""
        from host_tools.inventory import TokenState

        if token.state is not TokenState.IN_DOUBT:
            note(f"the order of line {number} is token {token.serial} already")
            return False
        note(
            f"the order of line {number} is token {token.serial}, which is in doubt: 'picodsc station resolve "
            f"{token.serial}' settles it, with --port if its unit is here and blank"
        )
        return True

    def _make(self, recipe: Recipe) -> Receipt:
        from host_tools.station.desk import taken
        from host_tools.station.provision import provision

        if self._watch:
            note("plug in the next blank unit …")
        pin = bytearray() if self._watch else self._first_pin(recipe)
        try:
            with taken(self._desk.wait() if self._watch else self._desk.one()) as unit:
                pin = pin or self._first_pin(recipe)
                with self._progress() as look:
                    return provision(
                        self._inventory,
                        unit,
                        recipe.wanted(pin),
                        look,
                        firmware="written and read back" if self._flashed else "as the token says",
                        on_identity=self._compare,
                        on_serial=self._desk.named,
                    )
        finally:
            wipe(pin)

    def _first_pin(self, recipe: Recipe) -> bytearray:
        """The PIN of one token; whoever gets it wipes it. The time that somebody types it is not the unit's."""
        begun = time.monotonic()
        try:
            return _first_pin(recipe)
        finally:
            self._typing += time.monotonic() - begun

    def _clock(self) -> float:
        return time.monotonic() - self._typing

    def _write(self, receipt: Receipt) -> None:
        """Keep the receipt; the token is made, whether that can be done or not."""
        from host_tools.inventory.errors import InventoryError
        from host_tools.inventory.private_files import create_private

        if self._receipts is None:
            return
        path = self._receipts / f"{receipt.token.serial}.json"
        try:
            if create_private(path, lambda draft: _fill(draft, receipt)):
                return
            reason = "there is such a file already"
        except InventoryError as error:
            reason = str(error)
        note(f"the receipt of token {receipt.token.serial} was not written: {path}: {reason}")

    def _compare(self, identity: messages.Identity) -> None:
        """Tell in what the unit's firmware, by its own word, is another than what is here."""
        from host_tools.device import image_file
        from host_tools.device.errors import DeviceError
        from host_tools.station.identity import REAL_BOARDS, Expected, differences

        expected = Expected()
        if identity.board in REAL_BOARDS:
            with suppress(DeviceError):
                expected = Expected.of(image_file.find(self._image))
        for difference in differences(identity, expected):
            note(difference)

    @contextmanager
    def _progress(self) -> Iterator[Any]:
        from host_tools.station.sealing import NOBODY, Step

        if not sys.stderr.isatty():
            yield NOBODY
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description:<13}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("", total=len(Step))
            steps = list(Step)

            def look(step: Step) -> None:
                progress.update(task, description=step.value, completed=steps.index(step))

            yield look

    def _tell(self, outcome: Outcome, tally: Tally) -> None:
        receipt = outcome.receipt
        if receipt is not None:
            self._write(receipt)
            if self._as_json:
                typer.echo(receipt.as_json())
            token = receipt.token
            whose = f" for {token.user}" if token.user else ""
            letter = "; its PIN waits for 'picodsc station letter'" if receipt.letter else ""
            self._loud(
                "made",
                f"token {token.serial} is sealed{whose}, in {outcome.seconds:.1f} s{letter}",
                "bold green",
            )
            if not receipt.left_usb:
                note("it is still on USB: a sealed token must not be; do not hand it out")
        else:
            where = f"line {outcome.recipe.line}: " if outcome.recipe.line else ""
            self._loud("FAILED", f"{where}{outcome.error}", "bold red")
        if self._watch:
            note(f"{tally.made} made, {tally.failed} failed, {tally.rate(time.monotonic()):.0f} an hour")

    def _loud(self, word: str, text: str, style: str) -> None:
        """The result of one unit: in a frame and with the terminal's bell if somebody stands at the line."""
        if self._watch and sys.stderr.isatty():
            from rich.console import Console
            from rich.panel import Panel
            from rich.text import Text

            console = Console(stderr=True)
            console.bell()
            console.print(Panel(Text(text), title=word.upper(), border_style=style, style=style))
        elif self._as_json or word == "FAILED":
            typer.echo(f"picodsc: {text}", err=True)
        else:
            typer.echo(text)

    def _sum_up(self, tally: Tally) -> None:
        note(f"the line has ended: {tally.made} made, {tally.failed} failed")


def _fill(draft: Path, receipt: Receipt) -> None:
    draft.write_text(receipt.as_json() + "\n", "utf-8")


def _so_many(recipes: list[Recipe], endless: bool, count: int | None) -> Iterator[Recipe]:
    """The recipes, or the one of them over and over again; as many as there are to be."""
    number = 0
    while recipes and (count is None or number < count):
        if not endless and number == len(recipes):
            return
        recipe = recipes[number % len(recipes)]
        number += 1
        yield recipe


def _first_pin(recipe: Recipe) -> bytearray:
    """The PIN of one token; whoever gets it wipes it."""
    from host_tools.station.recipes import PinFrom, random_pin

    if recipe.pin is not None:
        return bytearray(recipe.pin)
    if recipe.pin_from is PinFrom.RANDOM:
        return random_pin(recipe.digits)
    whose = " of ".join(one for one in (recipe.serial, recipe.user) if one)
    return _typed_pin(f"PIN for {whose}" if whose else "PIN")


def _typed_pin(asked: str) -> bytearray:
    from dsc.protocol.errors import ProtocolError
    from dsc.protocol.pin import check_pin

    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", getpass.GetPassWarning)
                typed: str = typer.prompt(
                    asked, hide_input=True, confirmation_prompt="The same again", err=True
                )
        except typer.Abort:
            stop("no PIN was given; type it twice, or take --pin random", USAGE)
        pin = bytearray(typed.encode())
        try:
            check_pin(pin)
        except ProtocolError as error:
            typer.echo(f"{error}.", err=True)
            if not sys.stdin.isatty():
                stop("that PIN can't be taken", USAGE)
            continue
        return pin
