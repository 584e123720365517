"""Read a key file of any form that is known here, and take what can be taken into the inventory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from host_tools.inventory import Inventory
from host_tools.inventory.errors import SerialInUseError
from host_tools.inventory.importing import ImportedKey, record_imported
from host_tools.station.files.errors import ProtectionError
from host_tools.station.files.oath_csv import read_csv
from host_tools.station.files.protection import Protection
from host_tools.station.files.pskc_reader import read_pskc
from host_tools.station.files.reading import NotTaken, Reading, content_of

# How XML begins: plainly, or behind the mark of an encoding.
_XML: Final = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: the keys that are in the inventory now, and those that are not, with the reason."""

    keys: tuple[ImportedKey, ...]
    refused: tuple[NotTaken, ...]
    notes: tuple[str, ...]


@contextmanager
def read_key_file(path: Path, protection: Protection) -> Iterator[Reading]:
    """All of a file, PSKC or lines with commas; its secrets are wiped at the end. Raises KeyFileError."""
    content = content_of(path)
    if content.lstrip().startswith(_XML):
        reading = read_pskc(content, protection)
    elif protection.key is not None or protection.passphrase is not None:
        raise ProtectionError("this file is no XML, and only PSKC is encrypted: leave the key out")
    else:
        reading = read_csv(content)
    try:
        yield reading
    finally:
        reading.close()


def take_in(
    inventory: Inventory,
    reading: Reading,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Taken:
    """Record what was read, in one transaction; with `dry_run`, only find out what would be."""
    results = record_imported(inventory, reading.keys, dry_run=dry_run, progress=progress)
    refused = list(reading.refused)
    for key, error in results:
        if error is not None:
            known = isinstance(error, SerialInUseError)
            reason = (
                "a token with this serial is in the inventory, and stays as it is" if known else str(error)
            )
            refused.append(NotTaken(key.place, key.serial, reason))
    taken = tuple(key for key, error in results if error is None)
    return Taken(taken, tuple(refused), tuple(reading.notes))
