"""`picodsc station`: the operator's desk. So far its master key and its batches of serials."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from dsc.crypto.memory import wipe
from host_tools.cli.exits import USAGE, stop
from host_tools.cli.opening import from_file, new_passphrase, opened, passphrase
from host_tools.cli.options import JsonOption

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
        help="Read the new passphrase from a file, instead of asking for it.",
    ),
]


@app.command()
def init(
    clear: Annotated[
        bool, typer.Option("--clear", help="Keep the master key without a passphrase, for tests.")
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make an inventory, and its master key under a passphrase.

    It is made in $PICODSC_HOME or the user's own folders; $PICODSC_DATABASE says another place for the database,
    such as postgresql://USER@HOST/DATABASE, a database that is there and empty. The master key's file is not in
    the database: keep a copy of each, and not both in one place. Whoever forgets the passphrase has lost all keys.

    \b
    Example:
      picodsc station init
    """
    if clear and passphrase_file is not None:
        stop("--clear and --passphrase-file exclude each other", USAGE)
    from host_tools.inventory import Inventory, default_location
    from host_tools.inventory import database as databases
    from host_tools.inventory.errors import InventoryError

    try:
        location = default_location()
        if databases.is_there(location.database):
            stop(f"there is an inventory at {location.place} already", USAGE)
        kept = location.master_key.exists()
        word = None if clear or kept else _new(passphrase_file)()
        try:
            given = passphrase if word is None else lambda: bytearray(word)
            Inventory.open(location, ask=given, new=None if word is None else given).close()
        finally:
            wipe(word)
    except InventoryError as error:
        stop(error, USAGE)
    typer.echo(f"inventory: {location.place}")
    typer.echo(f"master key: {location.master_key}" + (" (it was there)" if kept else ""))


@app.command(name="passphrase")
def change_passphrase(
    clear: Annotated[bool, typer.Option("--clear", help="Have none from now on, for tests.")] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Change the passphrase of the master key.

    Keys and tokens stay what they are. Copies of the old file still open with the old passphrase: destroy them,
    or rotate the master key.

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
                stop("the master key is in no file, and has no passphrase", USAGE)
            custody.change_passphrase(None if clear else _new(passphrase_file))
            with inventory.writing() as session:
                inventory.note(session, "passphrase changed", protected=custody.is_protected)
    except InventoryError as error:
        stop(error, USAGE)
    typer.echo(
        "the passphrase is changed" if custody.is_protected else "the master key has no passphrase now"
    )


@app.command()
def rotate() -> None:
    """Replace the master key by a new one.

    Every key is wrapped anew. If this is interrupted, run it again: it goes on. Others may use the inventory
    meanwhile. Make a copy of the master key's file afterwards; older copies open nothing of this inventory.

    \b
    Example:
      picodsc station rotate
    """
    from rich.console import Console
    from rich.progress import Progress

    from host_tools.inventory import rotation
    from host_tools.inventory.errors import InventoryError

    try:
        with opened() as inventory, Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("wrapping keys anew", total=None)
            version = rotation.rotate(
                inventory, lambda done, total: bar.update(task, completed=done, total=total)
            )
    except InventoryError as error:
        stop(error, USAGE)
    typer.echo(f"all keys are under version {version} of the master key, and there is no other")


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
            with opened(create=True) as inventory:
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


def _new(path: Path | None) -> Callable[[], bytearray]:
    """What gives the new passphrase."""
    return new_passphrase if path is None else lambda: from_file(path)
