"""`picodsc vault`: what is in the flash of a token."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from host_tools.cli.exits import FAILED, OK, USAGE, stop

app = typer.Typer(help="Look into the flash of a token.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def group() -> None:
    """Look into the flash of a token."""


@app.command()
def inspect(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", hidden=True)],
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Print salts, offsets, nonces and sealed secrets as hex.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, for programs.")] = False,
) -> None:
    """Show what a holder of a token's flash sees, record by record.

    IMAGE is the vault's region (131072 bytes), the whole flash of a Pico (2097152 bytes, or UF2), or the folder of
    a simulated token. It is only read. From a Pico in BOOTSEL mode: picotool save -a flash.bin

    All that is shown lies in the flash in clear, or sealed as docs/threat-model.md says: whoever holds the token
    can read it. What helps to guess its PIN is shown as its length, so that the output can be sent to a help desk;
    that protects the output, not the token. Serial, labels and counters are shown.

    Exit code 0 if the token's next boot goes on with what it finds (blank, unsealed, sealed or being reset), 1 if
    it halts (damaged or newer), 2 if IMAGE is no image.

    \b
    Example:
      picodsc vault inspect mytoken
    """
    # These take a moment to load, and `picodsc --help` should not wait for them.
    from host_tools.cli import vault_json, vault_report
    from host_tools.vault_image.errors import VaultImageError
    from host_tools.vault_image.source import read
    from host_tools.vault_image.view import view

    try:
        source = read(image)
    except VaultImageError as error:
        stop(vault_report.printable(str(error)), USAGE)
    seen = view(source.region)
    if as_json:
        typer.echo(vault_json.document(source, seen, reveal))
    else:
        vault_report.show(source, seen, reveal)
    raise typer.Exit(FAILED if seen.boot.state.halts else OK)
