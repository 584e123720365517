"""`picodsc inventory`: what tokens there are, what became of them, and copies of it all."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from host_tools.cli import inventory_copies, inventory_log, inventory_states, inventory_tidying
from host_tools.cli.exits import FAILED, USAGE, stop
from host_tools.cli.opening import opened
from host_tools.cli.options import JsonOption, SerialArgument, checked_serial

if TYPE_CHECKING:
    from host_tools.inventory import Token
    from host_tools.inventory.listing import Details, Filter

PAGE: Final = 200  # rows of one table on a terminal
STATES: Final = ("blank", "in_doubt", "sealed", "assigned", "shipped", "returned", "destroyed")
MODES: Final = ("soft", "verified")
COLUMNS: Final = ("serial", "state", "user", "mode", "recorded", "board")

app = typer.Typer(
    help="List tokens, take their steps, copy it all.", no_args_is_help=True, rich_markup_mode=None
)
StateOption = Annotated[
    str | None, typer.Option("--state", metavar="STATE", help=f"Only these: {', '.join(STATES)}.")
]
UserOption = Annotated[str | None, typer.Option("--user", metavar="NAME", help="Only this user's.")]
BatchOption = Annotated[
    str | None, typer.Option("--batch", metavar="PREFIX", help="Only those whose serials begin so.")
]
ModeOption = Annotated[
    str | None, typer.Option("--mode", metavar="|".join(MODES), help="Only those in this mode.")
]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="Only those recorded then or later, such as 2026-11-29."),
]


@app.command(name="list")
def list_tokens(
    state: StateOption = None,
    user: UserOption = None,
    batch: BatchOption = None,
    mode: ModeOption = None,
    since: SinceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List tokens, by serial.

    A table on a terminal, else a line for each; with --json, one object a line. Times are UTC.

    \b
    Example:
      picodsc inventory list --state sealed --batch PD
    """
    only = _filter(state, user, batch, mode, since)
    from host_tools.inventory import listing
    from host_tools.inventory.errors import InventoryError

    try:
        with opened() as inventory:
            _print(listing.tokens(inventory, only), as_json=as_json)
    except InventoryError as error:
        stop(error, USAGE)


@app.command()
def show(serial: SerialArgument, as_json: JsonOption = False) -> None:
    """Print all about a token that is not secret.

    SERIAL is the token's. Counters are the next ones expected. With the last ten entries of its history; times
    are UTC.

    \b
    Example:
      picodsc inventory show DS-1001
    """
    serial = checked_serial(serial)
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.listing import details

    try:
        with opened() as inventory:
            found = details(inventory, serial)
    except InventoryError as error:
        stop(error, USAGE)
    whole = _details(found)
    if as_json:
        typer.echo(json.dumps(whole, ensure_ascii=False))
        return
    credentials, entries = whole.pop("credentials"), whole.pop("history")
    for name, value in whole.items():
        _field(name, value)
    for credential in credentials:
        typer.echo()
        for name, value in credential.items():
            _field(f"credential {name}", value)
    typer.echo()
    for entry in found.entries if entries else ():
        typer.echo(inventory_log.as_line(entry))


@app.command()
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", hidden=True)],
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="So many at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Find tokens by what belongs to them.

    TEXT is a serial, a user, a board's uid or a credential's id: those tokens are printed. If there are none, it
    may be any part of a serial, a user, a board or a label, or the beginning of a uid; that goes through all
    tokens. If there are none either, it is taken for a mistyped serial. Ends with 1 if nothing is found.

    \b
    Example:
      picodsc inventory search alice
    """
    text = _text(text, "TEXT").strip()
    if not text:
        stop("TEXT is empty; it must be something to look for", USAGE)
    from host_tools.inventory import listing
    from host_tools.inventory.errors import InventoryError

    try:
        with opened() as inventory:
            found = listing.search(inventory, text, limit)
    except InventoryError as error:
        stop(error, USAGE)
    if not found.tokens:
        stop(f"nothing is like {text!r}", FAILED)
    if found.how == "alike":
        typer.echo(f"picodsc: note: nothing has {text!r} in it; these serials are like it", err=True)
    _print(found.tokens, as_json=as_json)


app.command()(inventory_log.history)
app.command()(inventory_log.audit)
app.command()(inventory_states.assign)
app.command()(inventory_states.release)
app.command()(inventory_states.ship)
app.command(name="return")(inventory_states.take_back)
app.command()(inventory_states.destroy)


@app.command()
def export(
    out: inventory_copies.OutOption,
    state: StateOption = None,
    user: UserOption = None,
    batch: BatchOption = None,
    mode: ModeOption = None,
    since: SinceOption = None,
) -> None:
    """Write what is not secret into a file.

    For other programs: CSV, a line for each credential, or JSON, an array of tokens, as the file's name ends. No
    key is in it; users' names are. In CSV, ' is put before a cell that begins with = + - @ or a tab, which a
    spreadsheet would compute; read JSON where every character counts.

    \b
    Example:
      picodsc inventory export --out tokens.csv
    """
    inventory_copies.export(out, _filter(state, user, batch, mode, since))


app.command()(inventory_copies.backup)
app.command()(inventory_copies.restore)
app.command()(inventory_tidying.tidy)


def _filter(
    state: str | None, user: str | None, batch: str | None, mode: str | None, since: str | None
) -> Filter:
    """What the options say. Ends the command if one can't be."""
    state = None if state is None else state.lower().replace(" ", "_").replace("-", "_")
    if state is not None and state not in STATES:
        stop(f"--state is one of {', '.join(STATES)}", USAGE)
    if mode is not None and mode not in MODES:
        stop(f"--mode is one of {', '.join(MODES)}", USAGE)
    from host_tools.inventory.listing import Filter
    from host_tools.inventory.states import TokenState

    return Filter(
        None if state is None else TokenState(state),
        None if user is None else _text(user, "--user"),
        None if batch is None else _text(batch, "--batch").upper().removesuffix("-"),
        mode,
        None if since is None else _time(since),
    )


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        stop("--since is a date, or date and time, such as 2026-11-29 or 2026-11-29T12:30", USAGE)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _text(text: str, name: str) -> str:
    from host_tools.cli.options import is_encodable

    if not is_encodable(text):
        stop(f"{name} is not UTF-8", USAGE)
    return text


def _print(tokens: Iterable[Token], *, as_json: bool) -> None:
    """As they come: there may be a million."""
    from host_tools.inventory.tables import token_fields

    if as_json:
        for token in tokens:
            typer.echo(json.dumps(token_fields(token), ensure_ascii=False))
    elif sys.stdout.isatty():
        _tables(iter(tokens))
    else:
        for token in tokens:
            typer.echo("  ".join(_cells(token)))


def _tables(tokens: Iterator[Token]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    while rows := [_cells(token) for token in islice(tokens, PAGE)]:
        table = Table(*COLUMNS, box=None, pad_edge=False)
        for row in rows:
            table.add_row(*row)
        console.print(table, markup=False)


def _cells(token: Token) -> tuple[str, ...]:
    return (
        token.serial,
        token.state.words,
        token.user or "-",
        token.mode,
        f"{token.created_at:%Y-%m-%d %H:%M}",
        token.board,
    )


def _details(found: Details) -> dict[str, Any]:
    from host_tools.inventory.tables import credential_fields, token_fields

    return {
        **token_fields(found.token),
        "letter_pin_kept": found.letter_pin,
        "unlock_codes": found.unlock,
        "credentials": [
            {
                **credential_fields(one.credential),
                "mutual": one.credential.server_id is not None,
                "form": [field.label for field in one.credential.form],
                "challenges_open": one.open,
                "counter_unsure": one.counter_unsure,
            }
            for one in found.credentials
        ],
        "history": [inventory_log.as_fields(entry) for entry in found.entries],
    }


def _field(name: str, value: object) -> None:
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, list):
        value = ", ".join(value)
    if value not in (None, ""):
        typer.echo(f"{name.replace('_', ' '):<29}{value}")
