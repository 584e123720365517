"""`picodsc station`: the operator's desk. So far its master key and its batches of serials."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dsc.crypto.memory import wipe
from host_tools.cli.exits import USAGE, stop
from host_tools.cli.opening import module_pin, new_passphrase, opened, passphrase
from host_tools.cli.options import JsonOption

if TYPE_CHECKING:
    from host_tools.inventory import Location

app = typer.Typer(
    help="Keep the inventory of tokens.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="Read the new passphrase from a file, instead of asking for it; - is standard input.",
    ),
]


@app.command()
def init(
    clear: Annotated[
        bool, typer.Option("--clear", help="Keep the master key without a passphrase, for tests.")
    ] = False,
    passphrase_file: PassphraseFile = None,
    master_key: Annotated[
        str | None,
        typer.Option(
            "--master-key",
            metavar="ADDRESS",
            help="Have a PKCS#11 module make and keep the master key, at an address pkcs11:…",
        ),
    ] = None,
) -> None:
    """Make an inventory, and its master key under a passphrase.

    It is made in $PICODSC_HOME or the user's own folders; $PICODSC_DATABASE, or 'picodsc --database' before any
    command, says another place for the database, such as postgresql://USER@HOST/NAME, which is there and empty.
    The master key's file is not in the database: keep a copy of each, and not both in one place. Whoever forgets
    the passphrase has lost all keys.

    A hardware module keeps the master key with --master-key, or where $PICODSC_MASTER_KEY is such an address. Its
    user PIN is asked for, or is in the file that $PICODSC_MODULE_PIN_FILE names. Whoever loses the module has lost
    all keys, unless its maker has a way to copy it.

    \b
    Example:
      picodsc station init
      picodsc station init --master-key "pkcs11:token=station;object=master?module-path=/usr/lib/softhsm/libsofthsm2.so"
    """
    if clear and passphrase_file is not None:
        stop("--clear and --passphrase-file exclude each other", USAGE)
    if master_key is not None and (clear or passphrase_file is not None):
        stop("a master key in a module has a PIN: --clear and --passphrase-file are for one in a file", USAGE)
    from host_tools.inventory import Inventory, custodies, default_location
    from host_tools.inventory import database as databases
    from host_tools.inventory.errors import InventoryError

    try:
        location = default_location()
        if databases.is_there(location.database):
            stop(f"there is an inventory at {location.place} already", USAGE)
        with _pointing(location, master_key):
            kept = custodies.is_there(location.master_key)
            in_module = custodies.address(location.master_key) is not None
            if in_module and (clear or passphrase_file is not None):
                stop(
                    "the master key is in a module: --clear and --passphrase-file are for one in a file",
                    USAGE,
                )
            word = None if clear or kept or in_module else new_passphrase(passphrase_file)
            try:
                given = passphrase if word is None else lambda: bytearray(word)
                new = None if word is None else given
                with Inventory.open(location, ask=given, new=new, pin=module_pin) as inventory:
                    custody = inventory.custody
                    where = custody.where(max(custody.versions()))
            finally:
                wipe(word)
    except InventoryError as error:
        stop(error, USAGE)
    typer.echo(f"inventory: {location.place}")
    typer.echo(f"master key: {where}" + (" (it was there)" if kept else ""))


@app.command(name="passphrase")
def change_passphrase(
    clear: Annotated[bool, typer.Option("--clear", help="Have none from now on, for tests.")] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Change the passphrase of the master key.

    Keys and tokens stay what they are. Copies of the old file still open with the old passphrase: destroy them,
    or rotate the master key. If somebody else changes or rotates it before this is done, this is refused, and
    changes nothing. A master key in a module has a PIN instead, which the module's own tool changes.

    \b
    Example:
      picodsc station passphrase
    """
    if clear and passphrase_file is not None:
        stop("--clear and --passphrase-file exclude each other", USAGE)
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.key_file import KeyFile

    try:
        with opened() as inventory:
            custody = inventory.custody
            if not isinstance(custody, KeyFile):
                where = custody.where(max(custody.versions()))
                stop(
                    f"the master key is at {where} and has no passphrase: change the module's PIN with the module's "
                    "own tool, such as `pkcs11-tool --login --change-pin`",
                    USAGE,
                )
            custody.change_passphrase(None if clear else lambda: new_passphrase(passphrase_file))
            with inventory.writing() as session:
                inventory.note(session, "passphrase changed", protected=not clear)
    except InventoryError as error:
        stop(error, USAGE)
    typer.echo("the master key has no passphrase now" if clear else "the passphrase is changed")


@app.command()
def rotate(
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="ADDRESS",
            help="Have a PKCS#11 module make the new one and keep it, at an address pkcs11:…",
        ),
    ] = None,
) -> None:
    """Replace the master key by a new one.

    Every key is wrapped anew. If this is interrupted, run it again: it goes on. Others may use the inventory
    meanwhile, with commands that begin after this one; those that began before may fail, and are run again. Of two
    that change the master key or its passphrase at once, one may be refused, and is run again. Make a copy of the
    master key's file afterwards; older copies open nothing of this inventory.

    With --to, the master key goes from its file into a module; until all keys are under it, commands ask for both
    passphrase and PIN. The file is removed then. There is no way out of a module.

    \b
    Example:
      picodsc station rotate
      picodsc station rotate --to "pkcs11:token=station;object=master?module-path=/usr/lib/softhsm/libsofthsm2.so"
    """
    from rich.console import Console
    from rich.progress import Progress

    from host_tools.inventory import default_location, moving
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.module_address import ModuleAddress

    try:
        if to is None:
            inventory = opened()
        else:
            address = ModuleAddress.parse(to)
            inventory = moving.opened_to_move(default_location(), address, ask=passphrase, pin=module_pin)
        with inventory, Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("wrapping keys anew", total=None)
            version = moving.rotate_all(
                inventory, lambda done, total: bar.update(task, completed=done, total=total)
            )
            where = inventory.custody.where(version)
    except InventoryError as error:
        stop(error, USAGE)
    typer.echo(f"all keys are under version {version} of the master key, and there is no other")
    if to is not None:
        typer.echo(f"master key: {where}")


@app.command()
def batch(
    prefix: Annotated[str | None, typer.Argument(metavar="PREFIX", hidden=True)] = None,
    digits: Annotated[
        int, typer.Option("--digits", metavar="N", help="Digits of the running number, 4 to 9.")
    ] = 6,
    first: Annotated[int, typer.Option("--first", metavar="N", help="The first running number.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Begin a batch of serials, or list the batches.

    PREFIX is 1 to 8 letters and digits, a letter first. A serial is the prefix, a running number and a check
    digit, such as PD-0000017; each is issued once, whatever becomes of its token. A batch that a restore has
    stopped goes on at --first, the first number that no token has got since the backup. Without PREFIX, all
    batches are printed with their next serials.

    \b
    Example:
      picodsc station batch PD
    """
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.issuing import begin_batch
    from host_tools.inventory.listing import KnownBatch, batches
    from host_tools.inventory.serials import Batch

    try:
        if prefix is None:
            with opened() as inventory:
                known = batches(inventory)
        else:
            wanted = Batch(prefix.upper(), digits)
            with opened() as inventory:
                begin_batch(inventory, wanted, first)
            known = [KnownBatch(wanted, first, stopped=False)]
    except InventoryError as error:
        stop(error, USAGE)
    for one in known:
        if as_json:
            fields = {"prefix": one.batch.prefix, "digits": one.batch.digits, "stopped": one.stopped}
            typer.echo(json.dumps(fields | {"next": one.next_serial}))
        elif prefix is not None:
            typer.echo(f"the first serial will be {one.next_serial}")
        else:
            stopped = "  stopped by a restore" if one.stopped else ""
            typer.echo(f"{one.batch.prefix}  next {one.next_serial or 'none: all were issued'}{stopped}")


@contextmanager
def _pointing(location: Location, text: str | None) -> Iterator[None]:
    """The module's address, if there is one, beside the place of the master key's file; it stays with an inventory."""
    from host_tools.inventory import database as databases
    from host_tools.inventory.module_address import ModuleAddress
    from host_tools.inventory.module_pointer import forget_pointer, point

    if text is None:
        yield
        return
    address, place = ModuleAddress.parse(text), location.master_key
    if isinstance(place, ModuleAddress):
        stop("$PICODSC_MASTER_KEY says where the master key is: leave out --master-key", USAGE)
    if place.exists():
        stop(f"there is a master key at {place}: move it away first, or leave out --master-key", USAGE)
    point(place, address)
    try:
        yield
    finally:
        if not databases.is_there(location.database):
            forget_pointer(place)
