"""Put a key file where it goes: the audit log knows of it before the file has its name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from host_tools.inventory import Inventory
from host_tools.inventory.exporting import ExportedKey, note_exported
from host_tools.inventory.private_files import create_private
from host_tools.station.files.errors import FileInTheWayError


def write_key_file(
    inventory: Inventory, path: Path, keys: Sequence[ExportedKey], way: str, content: bytes | bytearray
) -> str:
    """Write the file with mode 0600, whole or not at all; returns its SHA-256 in hex, which the audit log has too.

    Killed in between, the log tells of a file that there is not, never the other way round. Raises FileInTheWayError,
    UnusableFileError, and what the inventory raises.
    """
    fingerprint = hashlib.sha256(content).hexdigest()

    def fill(draft: Path) -> None:
        draft.write_bytes(content)
        note_exported(inventory, keys, way, fingerprint)

    if path.exists() or not create_private(path, fill):
        raise FileInTheWayError(path)
    return fingerprint
