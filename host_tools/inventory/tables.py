"""What is not secret about all tokens, in a file for other programs: CSV or JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TextIO

from host_tools.inventory.backup_errors import FileInTheWayError
from host_tools.inventory.errors import FieldError
from host_tools.inventory.listing import Filter, tokens_with_credentials
from host_tools.inventory.private_files import create_private
from host_tools.inventory.rows import Credential, Token
from host_tools.inventory.store import Inventory

_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")  # what a cell begins with that a spreadsheet computes
Line = tuple[Token, tuple[Credential, ...]]


def export(inventory: Inventory, path: Path, only: Filter | None = None) -> int:
    """Write all tokens, or those that the filter lets through, into a new file (mode 0600); returns how many.

    The name's end says what it becomes: CSV has a line for each credential, JSON an array of tokens. In CSV, ' stands
    before what a spreadsheet would take for a formula. Raises FieldError (another end), FileInTheWayError,
    UnusableFileError.
    """
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise FieldError(
            "path", f"the file's name must end in {' or '.join(WRITERS)}, to say what it becomes"
        )
    counts: list[int] = []

    def fill(draft: Path) -> None:
        with draft.open("w", encoding="utf-8", newline="") as file:
            counts.append(write(file, tokens_with_credentials(inventory, only)))

    if not create_private(path, fill):
        raise FileInTheWayError(path)
    return counts[0]


def token_fields(token: Token) -> dict[str, str | None]:
    """A token as others get it; times are UTC."""
    return {
        "serial": token.serial,
        "state": token.state.value,
        "user": token.user,
        "reference": token.reference,
        "mode": token.mode,
        "board": token.board,
        "uid": token.uid.hex(),
        "firmware": token.firmware_version,
        "build": token.build,
        "manufacturer": token.manufacturer,
        "recorded": token.created_at.isoformat(),
        "sealed": None if token.sealed_at is None else token.sealed_at.isoformat(),
    }


def credential_fields(credential: Credential) -> dict[str, str | int | None]:
    """A credential as others get it."""
    return {
        "id": credential.id.hex(),
        "label": credential.label,
        "kind": credential.kind,
        "login_suite": credential.login_suite,
        "sign_suite": credential.sign_suite,
        "server_suite": credential.server_suite,
        "counter": credential.counter,
        "challenge_index": credential.challenge_index,
        "sign_index": credential.sign_index,
    }


def _csv(file: TextIO, lines: Iterable[Line]) -> int:
    count, writer = 0, None
    for token, credentials in lines:
        count += 1
        for credential in credentials or (None,):
            named = _NO_CREDENTIAL if credential is None else credential_fields(credential)
            row = token_fields(token) | {f"credential_{name}": value for name, value in named.items()}
            if writer is None:
                writer = csv.DictWriter(file, row)
                writer.writeheader()
            writer.writerow({name: _as_text(value) for name, value in row.items()})
    return count


def _as_text(value: str | int | None) -> str | int | None:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def _json(file: TextIO, lines: Iterable[Line]) -> int:
    count = 0
    for token, credentials in lines:
        whole: dict[str, Any] = {
            **token_fields(token),
            "credentials": [credential_fields(one) for one in credentials],
        }
        file.write(("[\n" if count == 0 else ",\n") + json.dumps(whole, ensure_ascii=False))
        count += 1
    file.write("\n]\n" if count else "[]\n")
    return count


_NO_CREDENTIAL: Final[dict[str, None]] = dict.fromkeys(
    (
        "id",
        "label",
        "kind",
        "login_suite",
        "sign_suite",
        "server_suite",
        "counter",
        "challenge_index",
        "sign_index",
    )
)
WRITERS: Final[Mapping[str, Callable[[TextIO, Iterable[Line]], int]]] = {".csv": _csv, ".json": _json}
