"""`picodsc station provision` and `resolve`: blank units become tokens, and doubts are settled."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from host_tools.cli.exits import FAILED, USAGE, note, reason, stop
from host_tools.cli.opening import opened
from host_tools.cli.options import CredentialOption, checked_serial, is_encodable, ready_and_noted
from host_tools.engines import names

if TYPE_CHECKING:
    from dsc.protocol import messages
    from host_tools.device.image_file import Image
    from host_tools.inventory import Inventory
    from host_tools.station.desk import Desk
    from host_tools.station.line import Outcome, Tally
    from host_tools.station.receipt import Receipt
    from host_tools.station.recipes import Recipe

EMULATOR: Final = "emulator"
PINS: Final = ("ask", "random", "order")
ENTER: Final = (
    "Hold its BOOTSEL button while you plug the Pico in. EVERYTHING in its flash is erased, a token included."
)


SimulatedByOption = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="|".join(names.NAMES),
        help="What runs a simulated unit; rp2040 is an emulated Pico.",
    ),
]


def provision(
    port: Annotated[
        str | None,
        typer.Option(
            "--port",
            metavar="PORT|emulator|DIR",
            help="Its serial port, a new emulated Pico, or a simulated unit's folder.  [default: the only one on USB]",
        ),
    ] = None,
    serial: Annotated[
        str | None, typer.Option("--serial", metavar="SERIAL", help="Its serial number.")
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option("--batch", metavar="PREFIX", help="It gets the next serial of this batch."),
    ] = None,
    orders: Annotated[
        Path | None,
        typer.Option("--orders", metavar="FILE", help="A list of orders in CSV or YAML, one unit for each."),
    ] = None,
    order: Annotated[
        Path | None,
        typer.Option(
            "--order", metavar="FILE", help="JSON that says what it is to be, as 'token new' takes it."
        ),
    ] = None,
    user: Annotated[str | None, typer.Option("--user", metavar="NAME", help="Whose it will be.")] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            "--label", metavar="TEXT", help="What the user calls a credential; twice for two credentials."
        ),
    ] = None,
    suite: Annotated[
        str | None,
        typer.Option(
            "--suite", metavar="SUITE", help="What it logs in with: an OCRA suite, or HOTP-SHA1-6 and so on."
        ),
    ] = None,
    mode: Annotated[
        str | None, typer.Option("--mode", metavar="soft|verified", help="How it guards its keys.")
    ] = None,
    pin: Annotated[
        str,
        typer.Option(
            "--pin",
            metavar="|".join(PINS),
            help="Typed here, chosen at random for a letter, or as the list says.",
        ),
    ] = "ask",
    pin_digits: Annotated[
        int, typer.Option("--pin-digits", metavar="N", help="Digits of a random PIN, 4 to 8.")
    ] = 6,
    duress: Annotated[
        bool, typer.Option("--duress", help="With a duress PIN: the first digit plus 5.")
    ] = False,
    language: Annotated[
        str | None, typer.Option("--language", metavar="en|fr|de|ru|ja", help="What its screens speak.")
    ] = None,
    rounds: Annotated[
        int,
        typer.Option(
            "--rounds", metavar="N", help="PBKDF2 rounds of the PIN, for tests; else the board's own."
        ),
    ] = 0,
    flash: Annotated[
        bool,
        typer.Option(
            "--flash", help="First write the firmware to a Pico in BOOTSEL mode and read it back. ERASES it."
        ),
    ] = False,
    image: Annotated[
        Path | None,
        typer.Option("--image", metavar="FILE", help="The UF2 file to write, if not the one of this tree."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="A production line: each unit that is plugged in, until Ctrl-C.")
    ] = False,
    count: Annotated[
        int | None, typer.Option("--count", metavar="N", help="End after so many units.")
    ] = None,
    receipts: Annotated[
        Path | None, typer.Option("--receipts", metavar="DIR", help="Write SERIAL.json for each token.")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option("--into", metavar="DIR", help="The folder of a new emulated unit, or of several."),
    ] = None,
    engine: SimulatedByOption = "rp2040",
    as_json: Annotated[bool, typer.Option("--json", help="Print each receipt as one line of JSON.")] = False,
) -> None:
    """Make a token of a blank unit on USB.

    It is identified and given a serial; both sides' random bits become its keys; the inventory records it, in
    doubt; it seals, and proves that it holds its keys; it restarts, and is never seen on USB again. Whatever
    interrupts this, do it again: a unit that is still blank gets the same serial. One that asks for its PIN already
    is settled by 'picodsc station resolve'.

    An order list has a line for each token, with any of: reference, user, serial, batch, pin (ask, random, or
    digits), label, suite, sign, server, kind, language, mode, must_change, duress; what a line leaves out is as the
    options say. All of it is checked before anything starts. Orders that were made before are left out.

    \b
    Example:
      picodsc station provision --batch DS --pin random
      picodsc station provision --port emulator --into build/unit --serial DEV-7
      picodsc station provision --watch --orders monday.csv --batch DS
    """
    given = _Given(
        serial,
        batch,
        orders,
        order,
        user,
        label or [],
        suite,
        mode,
        pin,
        pin_digits,
        duress,
        language,
        rounds,
    )
    recipes = _recipes(given)
    desk = _desk(
        port, into, engine, several=watch or len(recipes) > 1, prepare=_flasher(image) if flash else None
    )
    _check_line(given, watch=watch, count=count, endless=port == EMULATOR and into is not None)
    if receipts is not None and not receipts.is_dir():
        stop(f"{receipts} is not a folder", USAGE)
    from host_tools.inventory.errors import InventoryError

    failed = 0
    try:
        with opened(create=True) as inventory:
            maker = _Maker(
                inventory, desk, receipts, watch=watch, flashed=flash, image=image, as_json=as_json
            )
            failed = maker.work(recipes, endless=watch and orders is None, count=count)
    except InventoryError as error:
        stop(error, USAGE)
    finally:
        _wipe(recipes)
    if failed:
        raise typer.Exit(FAILED)


def resolve(
    serial: Annotated[str | None, typer.Argument(metavar="SERIAL", hidden=True)] = None,
    port: Annotated[
        str | None,
        typer.Option(
            "--port", metavar="PORT|usb|DIR", help="The unit is here, and blank: say so to the inventory."
        ),
    ] = None,
    credential: CredentialOption = None,
    engine: SimulatedByOption = "rp2040",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what is in doubt as JSON, one object a line.")
    ] = False,
) -> None:
    """Settle what became of a token whose making broke off.

    Without SERIAL, list the tokens in doubt. Otherwise a challenge is shown, to be typed on the token after its PIN;
    a right response proves that it sealed. With --port (usb is the only one there) the unit itself is looked at: if
    it is blank it never sealed, or was reset since; its keys are dropped, and it can be provisioned again.

    \b
    Example:
      picodsc station resolve
      picodsc station resolve DS-0000174
      picodsc station resolve DS-0000174 --port usb
    """
    from host_tools.inventory.errors import InventoryError

    try:
        with opened() as inventory:
            if serial is None:
                _list_doubts(inventory, as_json=as_json)
            elif port is not None:
                _see_blank(inventory, checked_serial(serial), port, engine)
            else:
                _ask_challenge(inventory, checked_serial(serial), credential)
    except InventoryError as error:
        stop(error, USAGE)


@dataclass(frozen=True)
class _Given:
    """The options that say what is to be made."""

    serial: str | None
    batch: str | None
    orders: Path | None
    order: Path | None
    user: str | None
    labels: list[str]
    suite: str | None
    mode: str | None
    pin: str
    digits: int
    duress: bool
    language: str | None
    rounds: int


def _recipes(given: _Given) -> list[Recipe]:
    """What is to be made, checked whole. Ends the command with all that is wrong."""
    from dsc.crypto.errors import CryptoError
    from dsc.protocol.errors import MessageError, ProtocolError
    from host_tools.inventory.errors import InventoryError
    from host_tools.station import order_list
    from host_tools.station.errors import StationError
    from host_tools.station.order_file import OrderFileError
    from host_tools.station.recipes import PinFrom, Recipe

    if given.pin not in PINS:
        stop(
            f"--pin takes {', '.join(PINS)}, not {given.pin!r}; a PIN is no option: others could read it",
            USAGE,
        )
    if given.pin == "order" and given.orders is None:
        stop("--pin order goes with --orders, whose lines have the PINs", USAGE)
    if given.serial is not None and (given.batch is not None or given.orders is not None):
        stop("--serial goes with neither --batch nor --orders", USAGE)
    for option, texts in (
        ("--serial", [given.serial]), ("--batch", [given.batch]), ("--user", [given.user]), ("--label", given.labels)
    ):  # fmt: skip
        if any(text is not None and not is_encodable(text) for text in texts):
            stop(f"{option} is not UTF-8", USAGE)
    default = Recipe(
        _described(given),
        PinFrom(given.pin),
        serial=None if given.serial is None else given.serial.upper(),
        prefix=None if given.batch is None else given.batch.upper(),
        user=given.user,
        digits=given.digits,
        rounds=given.rounds,
    )
    try:
        if given.orders is not None:
            return order_list.read(given.orders, default)
        default.check()
    except OSError as error:
        stop(f"can't read {given.orders}: {reason(error)}", USAGE)
    except MessageError as error:
        stop(error.reason, USAGE)
    except (
        order_list.OrderListError, OrderFileError, InventoryError, StationError, CryptoError, ProtocolError,
    ) as error:  # fmt: skip
        stop(error, USAGE)
    return [default]


def _described(given: _Given) -> dict[str, Any]:
    """The options as an order file has them."""
    described: dict[str, Any] = {}
    if given.order is not None:
        if given.suite or given.labels:
            stop("--order says which credentials there are: leave out --suite and --label", USAGE)
        try:
            described = json.loads(given.order.read_text(encoding="utf-8"))
        except OSError as error:
            stop(f"can't read {given.order}: {reason(error)}", USAGE)
        except (ValueError, RecursionError) as error:
            stop(f"{given.order} is not JSON: {error}", USAGE)
        if not isinstance(described, dict):
            stop(f"{given.order} must hold an object", USAGE)
    elif given.suite or given.labels:
        suite = {} if given.suite is None else {"login": given.suite}
        described["credentials"] = [{"label": label, **suite} for label in given.labels or [""]]
    if given.mode is not None:
        described["mode"] = given.mode
    if given.language is not None:
        described["language"] = given.language
    if given.duress:
        described["duress"] = True
    return described


def _check_line(given: _Given, *, watch: bool, count: int | None, endless: bool) -> None:
    if count is not None and count < 1:
        stop("--count takes 1 or more", USAGE)
    if watch and given.serial is not None:
        stop("--watch makes many tokens: take --batch, or serials in a list of orders", USAGE)
    if watch and endless and count is None and given.orders is None:
        stop("--watch with the emulator goes on for ever: say how many with --count", USAGE)
    if count is not None and not watch:
        stop("--count goes with --watch", USAGE)


def _desk(port: str | None, into: Path | None, engine: str, *, several: bool, prepare: Any) -> Desk:
    from host_tools.device import ports
    from host_tools.station.desk import FolderDesk, SimulatedDesk, UsbDesk

    if port == EMULATOR:
        if into is None:
            stop("--port emulator needs a folder for its unit: name it with --into", USAGE)
        return SimulatedDesk(into, ready_and_noted(engine), several)
    if into is not None:
        stop("--into goes with --port emulator", USAGE)
    if port is not None and Path(port).is_dir():
        return FolderDesk(Path(port), ready_and_noted(engine))
    return UsbDesk(port, ports.connected, prepare or (lambda: None))


def _flasher(chosen: Path | None) -> Any:
    """Writes the image to whatever board comes in BOOTSEL mode."""
    from host_tools.device import flashing, image_file, picotool
    from host_tools.device.errors import DeviceError, PicotoolMissingError

    try:
        found: Image = image_file.find(chosen)
        tool = picotool.find()
        if tool is None:
            raise PicotoolMissingError("writing the whole flash and reading it back")
    except DeviceError as error:
        stop(error)
    note(f"image {found.path.name}, SHA-256 {found.sha256}. {ENTER}")

    def prepare() -> None:
        if tool.sees_board():
            flashing.make_blank_token(found, tool, note)
            time.sleep(1)  # until it is on USB

    return prepare


class _Maker:
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

    def work(self, recipes: list[Recipe], *, endless: bool, count: int | None) -> int:
        """How many units failed."""
        from host_tools.station import line

        made = line.made_before(self._inventory, recipes) if recipes[0].line else {}
        for number, serial in made.items():
            note(f"the order of line {number} is token {serial} already")
        left = [recipe for recipe in recipes if recipe.line not in made]
        tally = line.Tally(time.monotonic())
        try:
            for outcome in line.run(_so_many(left, endless, count), self._make, _one_units()):
                tally.add(outcome)
                self._tell(outcome, tally)
        except KeyboardInterrupt:
            if not self._watch:
                raise
        if self._watch:
            self._sum_up(tally)
        return tally.failed

    def _make(self, recipe: Recipe) -> Receipt:
        from host_tools.station.desk import taken
        from host_tools.station.provision import provision

        if self._watch:
            note("plug in the next blank unit …")
        pin = bytearray() if self._watch else _first_pin(recipe)
        with taken(self._desk.wait() if self._watch else self._desk.one()) as unit, self._progress() as look:
            receipt = provision(
                self._inventory,
                unit,
                recipe.wanted(pin or _first_pin(recipe)),
                look,
                firmware="written and read back" if self._flashed else "as the token says",
                on_identity=self._compare,
                on_serial=self._desk.named,
            )
        if self._receipts is not None:
            (self._receipts / f"{receipt.token.serial}.json").write_text(receipt.as_json() + "\n", "utf-8")
        return receipt

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
    return _typed_pin()


def _typed_pin() -> bytearray:
    from dsc.protocol.errors import ProtocolError
    from dsc.protocol.pin import check_pin

    while True:
        try:
            typed: str = typer.prompt("PIN", hide_input=True, confirmation_prompt=True, err=True)
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


def _one_units() -> tuple[type[Exception], ...]:
    """What ends one unit, and not the line."""
    from dsc.crypto.errors import CryptoError
    from dsc.protocol.errors import ProtocolError
    from host_tools.device.errors import DeviceError
    from host_tools.engines.errors import EngineError
    from host_tools.inventory.errors import InventoryError
    from host_tools.simulator.folder import TokenFolderError
    from host_tools.station.errors import StationError

    return (
        StationError,
        EngineError,
        DeviceError,
        InventoryError,
        TokenFolderError,
        CryptoError,
        ProtocolError,
    )


def _list_doubts(inventory: Inventory, *, as_json: bool) -> None:
    from host_tools.inventory.units import tokens_in_doubt

    for token in tokens_in_doubt(inventory):
        if as_json:
            fields = {
                "serial": token.serial,
                "uid": token.uid.hex(),
                "recorded_at": token.created_at.isoformat(),
            }
            typer.echo(json.dumps(fields))
        else:
            typer.echo(f"{token.serial}  unit {token.uid.hex()}  since {token.created_at:%Y-%m-%d %H:%M:%S}")


def _see_blank(inventory: Inventory, serial: str, port: str, engine: str) -> None:
    from host_tools.station.resolve import see_blank

    desk = _desk(None if port == "usb" else port, None, engine, several=False, prepare=None)
    try:
        with closing(desk.one()) as unit:
            see_blank(inventory, serial, unit)
    except _one_units() as error:
        stop(error)
    typer.echo(f"token {serial} is blank: its keys are dropped, and the unit can be provisioned again")


def _ask_challenge(inventory: Inventory, serial: str, credential: str | None) -> None:
    from host_tools.inventory import Credential
    from host_tools.inventory.errors import ResponseFormatError
    from host_tools.station import resolve as resolving
    from host_tools.station.errors import SealedLetterError

    try:
        asked = resolving.ask(inventory, serial, credential)
    except SealedLetterError as error:
        stop(error, USAGE)
    if isinstance(asked, Credential):
        typer.echo(f"Have the token show a code of {asked.label}.", err=True)
    else:
        typer.echo(f"challenge {asked.question}", err=True)
    try:
        while True:
            response = _typed_response()
            try:
                verdict = resolving.judge(inventory, asked, response)
                break
            except ResponseFormatError as error:
                if not sys.stdin.isatty():
                    raise
                typer.echo(f"{error}.", err=True)
    except typer.Abort:
        stop("no response was given; the token stays in doubt", USAGE)
    if not verdict.accepted:
        stop(f"that is not the response; token {serial} stays in doubt")
    typer.echo(f"token {serial} is sealed: it has proved itself")


def _typed_response() -> str:
    """A line that was typed, or piped; raises typer.Abort at the end of the input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Response", err=True))
    line = sys.stdin.readline().strip()
    if not line:
        raise typer.Abort
    return line


def _wipe(recipes: list[Recipe]) -> None:
    from dsc.crypto.memory import wipe

    wipe(*(recipe.pin for recipe in recipes if recipe.pin is not None))
