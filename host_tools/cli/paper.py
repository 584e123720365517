"""`picodsc station label` and `picodsc station letter`: what goes on the token, and what tells its user the PIN."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from host_tools.cli.exits import USAGE, note, stop
from host_tools.cli.opening import opened
from host_tools.cli.options import checked_serial

Out = Annotated[
    Path, typer.Option("--out", metavar="FILE.pdf", help="The file to make; none is overwritten.")
]


def label(
    serials: Annotated[list[str], typer.Argument(metavar="SERIAL...", hidden=True)],
    stock: Annotated[
        str, typer.Option("--stock", metavar="NAME", help="The label stock; see above.")
    ] = "avery-l7651",
    out: Out = Path("labels.pdf"),
    skip: Annotated[
        int, typer.Option("--skip", metavar="N", help="Labels that are gone from the first sheet already.")
    ] = 0,
) -> None:
    """Make labels with the serials of tokens.

    Each has the serial as text, as Code 128 and as QR code. The smallest, avery-l4731, has no room for Code 128.
    A serial that would not be legible on the stock is refused. Print without scaling; labels hold no secret.

    \b
    avery-l4731    25.4 x 10 mm    avery-5160     66.7 x 25.4 mm
    avery-l7651    38.1 x 21.2 mm  brother-62x29  62 x 29 mm, roll
    avery-l7159    63.5 x 33.9 mm  dymo-54x25     54 x 25 mm, roll
    avery-l7160    63.5 x 38.1 mm  dymo-89x28     89 x 28 mm, roll

    \b
    Example:
      picodsc station label PD-0000017 PD-0000025 --skip 3 --out labels.pdf
    """
    from host_tools.inventory.errors import InventoryError
    from host_tools.station.paper import stocks
    from host_tools.station.paper.errors import PaperError
    from host_tools.station.paper.making import make_labels

    try:
        wanted = stocks.stock(stock)
        with opened() as inventory:
            pages = make_labels(inventory, [checked_serial(one) for one in serials], out, wanted, skip)
    except (InventoryError, PaperError) as error:
        stop(error, USAGE)
    typer.echo(f"{out}: {_counted(len(serials), 'label')} on {_counted(pages, 'page')}, {wanted.product}")


def letter(
    out: Out,
    serial: Annotated[str | None, typer.Argument(metavar="SERIAL", hidden=True)] = None,
    language: Annotated[
        str, typer.Option("--language", metavar="en|fr|de|ru|ja", help="The language of the letter.")
    ] = "en",
    address: Annotated[
        list[str] | None,
        typer.Option(
            "--address", metavar="LINE", help="A line of the address after the name; several times."
        ),
    ] = None,
    sender: Annotated[
        str, typer.Option("--sender", metavar="TEXT", help="Who sends it, in small type above the address.")
    ] = "",
    contact: Annotated[
        str, typer.Option("--contact", metavar="TEXT", help="Where the help desk can be called.")
    ] = "",
    sample: Annotated[
        bool, typer.Option("--sample", help="A letter without a token and without a PIN, to try the printer.")
    ] = False,
) -> None:
    """Make the letter with a token's first PIN, once.

    SERIAL is a token whose PIN the station chose. When the letter is on the disk, the PIN is forgotten here, and no
    second letter can be made. Print it without scaling on both sides, turned over the long edge; fold at 1 and glue
    the flap down at both edges, then fold at 2, and at 3 backwards. Destroy the file then: it has the PIN in it,
    and so may the printer's memory and the print queue. Send the token another way, or on another day.

    \b
    Example:
      picodsc station letter PD-0000017 --language de --out letter.pdf
    """
    if sample == (serial is not None):
        stop("name a SERIAL, or ask for a --sample", USAGE)
    from host_tools.inventory.errors import InventoryError
    from host_tools.station.paper.errors import PaperError
    from host_tools.station.paper.making import make_letter, make_sample

    lines = address or []
    try:
        if serial is None:
            make_sample(out, language=language, address=lines, sender=sender, contact=contact)
        else:
            with opened() as inventory:
                make_letter(
                    inventory,
                    checked_serial(serial),
                    out,
                    language=language,
                    address=lines,
                    sender=sender,
                    contact=contact,
                )
    except (InventoryError, PaperError) as error:
        stop(error, USAGE)
    typer.echo(f"{out}: 2 pages, for both sides of one sheet")
    if serial is not None:
        note("the PIN is in this file only, and forgotten here: print it, then destroy it")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
