"""Makes labels and letters of what the inventory knows: new files, whole, on the disk, and their owner's alone."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from host_tools.inventory import Inventory
from host_tools.inventory.pins import hand_over_letter_pin
from host_tools.inventory.private_files import create_private
from host_tools.station.paper import labels
from host_tools.station.paper.errors import ExistingFileError
from host_tools.station.paper.languages import DEFAULT
from host_tools.station.paper.letter import Letter, draw
from host_tools.station.paper.stocks import Stock

SAMPLE_SERIAL = "PD-0000017"


def make_labels(inventory: Inventory, serials: Sequence[str], path: Path, stock: Stock, skip: int = 0) -> int:
    """Make a file of labels for tokens of the inventory; how many pages it has.

    Raises UnknownSerialError, SerialFormError, SkipError, StockTooSmallError, ExistingFileError, UnusableFileError.
    """
    for serial in serials:
        inventory.token(serial)
    pages = 0

    def fill(draft: Path) -> None:
        nonlocal pages
        pages = labels.draw(draft, serials, stock, skip)

    if not create_private(path, fill):
        raise ExistingFileError(path)
    return pages


def make_letter(
    inventory: Inventory,
    serial: str,
    path: Path,
    *,
    language: str = DEFAULT,
    address: Sequence[str] = (),
    sender: str = "",
    contact: str = "",
) -> None:
    """Make the letter with a token's first PIN, once: when the file is on the disk, the PIN is forgotten here.

    The user's name is put before `address`, the further lines of the window. Whatever stops this, the PIN is in the
    inventory or in the file, or in both. Killed while it writes, it leaves a file beside `path` whose name begins with
    a dot, which has the PIN in it and is its owner's alone.

    Raises UnknownSerialError, SerialFormError, NoPinError, UnwrapError, UnknownLanguageError, UnprintableError,
    TooLongError, ExistingFileError, UnusableFileError.
    """
    token = inventory.token(serial)
    challenged = any(credential.kind == "ocra" for credential in inventory.credentials(serial))
    letter = Letter(
        serial,
        (*([] if token.user is None else [token.user]), *address),
        sender,
        contact,
        token.mode,
        challenged,
        inventory.now().date(),
        language,
    )
    # What can be wrong with it shows before the PIN is taken up, and the fonts are ready while the inventory is held.
    draw(io.BytesIO(), letter, None)

    def make(pin: bytearray) -> None:
        if not create_private(path, lambda draft: draw(draft, letter, pin)):
            raise ExistingFileError(path)

    hand_over_letter_pin(inventory, serial, make)


def make_sample(
    path: Path,
    *,
    language: str = DEFAULT,
    address: Sequence[str] = (),
    sender: str = "",
    contact: str = "",
) -> None:
    """Make a letter without a PIN, which says that it is a sample: to try printer, paper and envelopes.

    Raises UnknownLanguageError, UnprintableError, TooLongError, ExistingFileError, UnusableFileError.
    """
    letter = Letter(SAMPLE_SERIAL, tuple(address), sender, contact, language=language)
    if not create_private(path, lambda draft: draw(draft, letter, None)):
        raise ExistingFileError(path)
