"""`picodsc keys import`: other makers' tokens taken in from their key files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host_tools.cli.exits import FAILED, USAGE, note, stop
from host_tools.cli.key_files import PassphraseFileOption, bar, counted, key_from
from host_tools.cli.opening import from_file, opened

if TYPE_CHECKING:
    from host_tools.station.files.importing import Taken
    from host_tools.station.files.protection import Protection


def import_keys(
    file: Annotated[Path, typer.Argument(metavar="FILE", hidden=True)],
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file", metavar="FILE", help="The pre-shared key, as hex digits; - is standard input."
        ),
    ] = None,
    passphrase_file: PassphraseFileOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be taken, and what not.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take keys of other makers' tokens into the inventory.

    FILE is PSKC, or lines with commas: serial, key in hex digits, hotp|totp|ocra, digits or OCRA suite, and so on,
    or a table whose first line names the columns. The tokens are sealed then, and nobody's.

    Each key that can't be taken is named with the reason, and the rest is taken; exit code 1 tells of it. If one value
    of the file is not what its maker authenticated, or does not decrypt, nothing of it is taken (exit code 2). A serial
    that is in the inventory stays as it is.

    \b
    Example:
      picodsc keys import vendor.pskc --key-file vendor.key
    """
    if key_file is not None and passphrase_file is not None:
        stop("--key-file and --passphrase-file exclude each other", USAGE)
    from host_tools.inventory.errors import InventoryError
    from host_tools.station.files.errors import KeyFileError
    from host_tools.station.files.importing import read_key_file, take_in

    try:
        with (
            _decrypting(key_file, passphrase_file) as protection,
            read_key_file(file, protection) as reading,
            opened(create=not dry_run) as inventory,
            bar("taking in") as progress,
        ):
            _tell_if_exposed(file)
            taken = take_in(inventory, reading, dry_run=dry_run, progress=progress)
    except (InventoryError, KeyFileError) as error:
        stop(error, USAGE)
    if as_json:
        typer.echo(json.dumps(_as_json(taken, dry_run)))
    else:
        _tell(taken, dry_run)
    if taken.refused:
        raise typer.Exit(FAILED)


def _tell_if_exposed(file: Path) -> None:
    from host_tools.inventory.errors import ExposedFileError
    from host_tools.inventory.private_files import refuse_exposed

    try:
        with file.open("rb") as opened_file:
            refuse_exposed(file, opened_file)
    except ExposedFileError:
        note(f"others can read {file}, and the keys if they are in clear or they have what opens them")


@contextmanager
def _decrypting(key_file: Path | None, passphrase_file: Path | None) -> Iterator[Protection]:
    """What a file of others is opened with, wiped at the end."""
    from host_tools.station.files.protection import KEY_LENGTHS, Protection

    protection = Protection(
        key=None if key_file is None else key_from(key_file, KEY_LENGTHS),
        passphrase=None if passphrase_file is None else from_file(passphrase_file),
    )
    try:
        yield protection
    finally:
        protection.close()


def _as_json(taken: Taken, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "taken": [
            {
                "serial": key.serial,
                "manufacturer": key.manufacturer,
                "credential": key.credential.id.hex(),
                "label": key.credential.label,
                "suite": key.credential.login_suite,
            }
            for key in taken.keys
        ],
        "refused": [
            {"place": one.place, "serial": one.serial, "reason": one.reason} for one in taken.refused
        ],
        "notes": list(taken.notes),
    }


def _tell(taken: Taken, dry_run: bool) -> None:
    for one in taken.refused:
        typer.echo(f"picodsc: not taken: {one}", err=True)
    for text in taken.notes:
        note(text)
    tokens = len({key.serial for key in taken.keys})
    beginning = "would be taken" if dry_run else "taken"
    typer.echo(
        f"{beginning}: {counted(len(taken.keys), 'key')} of {counted(tokens, 'token')}; "
        f"not taken: {counted(len(taken.refused), 'key')}"
    )
