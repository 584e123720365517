"""`picodsc inventory export`, `backup` and `restore`: the inventory in files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host_tools.cli.agreeing import OperatorOption, wait_for_second
from host_tools.cli.answering import ChallengeOption, ResponseOption, refuse
from host_tools.cli.exits import FAILED, USAGE, note, stop
from host_tools.cli.opening import module_pin, opened, operator_policy, passphrase

if TYPE_CHECKING:
    from host_tools.inventory import Location
    from host_tools.inventory.listing import Filter
    from host_tools.inventory.restoring import Restored

OutOption = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="FILE",
        help="A file that is not there yet; its name ends in .csv or .json.",
        show_default=False,
    ),
]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", hidden=True)]
CONFIRMED = "restore"


def export(out: Path, only: Filter) -> None:
    """The command of `host_tools.cli.inventory`."""
    from host_tools.inventory import tables
    from host_tools.inventory.errors import InventoryError

    try:
        with opened() as inventory:
            count = tables.export(inventory, out, only)
    except InventoryError as error:
        stop(error, USAGE)
    typer.echo(f"{out}: {count} {'token' if count == 1 else 'tokens'}")


def backup(file: FileArgument) -> None:
    """Write the whole inventory into a file.

    FILE is one that is not there yet. It is the same from SQLite and PostgreSQL, and can be restored into
    either; others may use the inventory meanwhile. The keys in it stay under the master key, WHICH IS NOT IN IT:
    keep a copy of that as well, elsewhere, and a new one after 'picodsc station rotate', after which older backups
    need the older copy. Prints the audit log's head at that moment, to be kept elsewhere.

    \b
    Example:
      picodsc inventory backup monday.picodsc
    """
    from host_tools.inventory.backup import back_up
    from host_tools.inventory.errors import InventoryError

    try:
        with opened() as inventory:
            made = back_up(inventory, file)
    except InventoryError as error:
        stop(error, USAGE)
    typer.echo(f"{file}: {made.rows} rows, {made.at:%Y-%m-%d %H:%M:%S} UTC")
    typer.echo(f"sha256 {made.sha256}")
    typer.echo(f"audit head {made.head}")


def restore(
    file: FileArgument,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep",
            metavar="FILE",
            help="Where the present inventory is backed up to first; else beside its database, or beside FILE.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,
    operator: OperatorOption = None,
    challenge: ChallengeOption = False,
    response: ResponseOption = None,
) -> None:
    """Make the inventory what a backup says.

    FILE is the backup. It is checked to its end first; the master key that is there must be the one from then. If
    there is an inventory already, it is backed up, and then replaced as a whole or not at all. Stop the login
    service and the stations first: there is a warning if any has the inventory open.

    Where anything needs two operators, so does this: --operator asks, another approves, then this is given once more.
    What needs two, the operators whose tokens the backup knows, and failures, confirmations and unlock codes are then
    those of the present inventory. In an empty place nobody is asked.

    What was done since the backup is lost: tokens made, states, users, PINs forgotten. What nobody can know is
    settled on the safe side. Challenges and references move on past all that can have been issued since, and the
    first comes three minutes later; open ones are closed. Codes by counter are not judged before 'picodsc
    resync', since an old one would be taken for a new one; use codes in a row that nobody else can have seen. Codes
    by time are accepted again when no clock of a token can have been further: by the built-in policy after half an
    hour. No serial is issued before 'picodsc station batch' is told where to go on. A head of the audit log from after
    the backup is no part of it any more.

    To move between SQLite and PostgreSQL, restore into an empty place, and never use the old one again.

    \b
    Example:
      picodsc inventory restore monday.picodsc
    """
    from host_tools.inventory import Inventory, default_location
    from host_tools.inventory import database as databases
    from host_tools.inventory.backup_errors import BackupChangedError, DamagedBackupError
    from host_tools.inventory.desk_errors import OperatorsNeededError
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.four_eyes import RESTORE
    from host_tools.inventory.restoring import check_backup
    from host_tools.inventory.restoring import restore as put_back
    from host_tools.policy import PolicyError

    given: list[bytearray] = []
    pins: list[bytearray] = []

    def ask() -> bytearray:
        return _once(given, passphrase)

    def pin() -> bytearray:
        return _once(pins, module_pin)

    try:
        policy = operator_policy()
        location = default_location()
        checked = check_backup(location, file, ask, pin)
        there = databases.is_there(location.database)
        head = f"audit head {checked.header.head}"
        typer.echo(
            f"{file}: {checked.tokens} tokens, {checked.header.at:%Y-%m-%d %H:%M:%S} UTC, {head}", err=True
        )
        if there and databases.is_open_elsewhere(location.database):
            note(
                "a process has the inventory open that is about to be replaced: if it is the login service, or a "
                "station at work, stop it first, on every machine"
            )
        if there and not yes:
            typer.echo(f"It is about to replace the inventory at {location.place}.", err=True)
            if typer.prompt(f"Type {CONFIRMED} to confirm", err=True).strip().lower() != CONFIRMED:
                stop("that is something else; nothing was replaced")
        kept = (keep or _beside(location, file)) if there else None
        try:
            done = put_back(location, file, kept=kept, ask=ask, pin=pin, policy=policy)
        except OperatorsNeededError as error:
            with Inventory.open(location, create=False, ask=ask, pin=pin) as inventory:
                number, detail = error.request, checked.detail
                wait_for_second(inventory, number, RESTORE, None, detail, operator, challenge, response)
    except (DamagedBackupError, BackupChangedError) as error:
        stop(error, FAILED)
    except PolicyError as error:
        stop(error, USAGE)
    except InventoryError as error:
        refuse(error)
    finally:
        from dsc.crypto.memory import wipe

        wipe(*given, *pins)
    _tell(done, location)


def _once(given: list[bytearray], ask: Callable[[], bytearray]) -> bytearray:
    """What is asked for once, a copy for each that wipes it."""
    if not given:
        given.append(ask())
    return bytearray(given[0])


def _beside(location: Location, file: Path) -> Path:
    beside = location.database if isinstance(location.database, Path) else file
    return beside.with_name(f"{beside.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.picodsc")


def _tell(done: Restored, location: Location) -> None:
    typer.echo(f"{location.place} is restored")
    if done.kept is not None:
        typer.echo(f"the inventory that was there is in {done.kept}")
    typer.echo(f"audit head {done.head}")
    still = done.open
    if still.timed_until is not None:
        typer.echo(f"codes by time are refused until {still.timed_until:%Y-%m-%d %H:%M:%S} UTC")
    if still.closed:
        typer.echo(f"open challenges that can't be answered any more: {still.closed}")
    if still.unsure:
        typer.echo(
            f"credentials that count, and have to be resynchronised by 'picodsc resync': {still.unsure}"
        )
    if still.logins.sessions:
        typer.echo(f"sessions that are over: {still.logins.sessions}")
    if still.logins.devices:
        typer.echo(
            f"code cards and passcodes that are over, and have to be issued anew: {still.logins.devices}"
        )
    if still.logins.withdrawals:
        typer.echo(
            "users whose limits on withdrawals count as used up, until the window is over or it is said that their "
            f"withdrawals since the backup are known: {still.logins.withdrawals}"
        )
    for prefix in still.batches:
        typer.echo(f"serials {prefix} are stopped: 'picodsc station batch {prefix} --first N' goes on")
    for name in done.operators_lost:
        typer.echo(f"{name} is no operator any more: the backup does not know the token")
    for serial in still.exhausted:
        typer.echo(f"{serial} has no challenge left: retire the device")
