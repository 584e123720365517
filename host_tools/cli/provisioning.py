"""`picodsc station provision`: what is to be made, checked whole before a unit is touched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from host_tools.cli.exits import FAILED, USAGE, reason, stop
from host_tools.cli.opening import opened
from host_tools.cli.options import is_encodable
from host_tools.cli.production import Maker
from host_tools.cli.station_units import EMULATOR, SimulatedByOption, desk_at, flasher

if TYPE_CHECKING:
    from host_tools.station.recipes import Recipe

PINS: Final = ("ask", "random", "order")


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
    digits), label, suite, server, kind, language, mode, must_change, duress; what a line leaves out is as the
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
    desk = desk_at(
        port, into, engine, several=watch or len(recipes) > 1, prepare=flasher(image) if flash else None
    )
    _check_line(given, watch=watch, count=count, endless=port == EMULATOR and into is not None)
    if receipts is not None and not receipts.is_dir():
        stop(f"{receipts} is not a folder", USAGE)
    from host_tools.inventory.errors import InventoryError
    from host_tools.station.errors import StationError

    failed = 0
    try:
        with opened() as inventory:
            maker = Maker(inventory, desk, receipts, watch=watch, flashed=flash, image=image, as_json=as_json)
            failed = maker.work(recipes, endless=watch and orders is None, count=count)
    except (InventoryError, StationError) as error:
        stop(error, USAGE)
    finally:
        _wipe(recipes)
    if failed:
        raise typer.Exit(FAILED)


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


def _wipe(recipes: list[Recipe]) -> None:
    from dsc.crypto.memory import wipe

    wipe(*(recipe.pin for recipe in recipes if recipe.pin is not None))
