"""Lives of an inventory that is backed up and restored, and backups as an older picodsc would have made them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from host_tools.inventory import Inventory, Location, NewCredential, allowance
from host_tools.inventory.audit import Head
from host_tools.inventory.backup import back_up
from host_tools.inventory.backup_file import Header, Table, Writer, decoded
from host_tools.inventory.custody import KeyCustody
from host_tools.inventory.errors import AllowanceSpentError
from host_tools.inventory.restoring import restore
from host_tools.inventory.verify import issue_challenge

SERIAL = "DS-1001"
# What migrations 4 to 9 have added: columns of older tables, and whole tables.
LATER = {
    "tokens": {"user", "manufacturer", "reference", "build"},
    "challenges": {"alarm", "purpose"},
    "credentials": {
        "challenges_due",
        "references_due",
        "spent_references",
        "counter_unsure",
        "possession_only",
        "proof_failed",
        "drift",
        "lean",
    },
    "serial_batches": {"stopped"},
}
NEW_TABLES = {
    "api_keys",
    "attempts",
    "confirmations",
    "demands",
    "devices",
    "four_eyes",
    "login_secrets",
    "login_sessions",
    "operators",
    "outbox",
    "requests",
    "unlock_codes",
    "users",
    "withdrawal_answers",
    "withdrawals",
}


def a_life_with_restores(folder: Path, steps: Iterable[tuple[str, int]], at_once: int) -> list[str]:
    """Every challenge that one credential was issued, whichever of the steps were possible.

    Steps are ("wait", minutes), ("issue", so many), ("back up", 0), ("restore", one of the backups). `at_once` is how
    many there are without waiting.
    """
    location = Location.inside(folder)
    time = [datetime(2026, 1, 1, tzinfo=UTC)]
    backups: list[Path] = []
    issued: list[str] = []

    def opened() -> Inventory:
        return Inventory.open(location, now=lambda: time[0])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(allowance, "AT_ONCE", at_once)
        with opened() as inventory:
            new = NewCredential(id=bytes(16), label="Login", key=bytearray(range(32)))
            inventory.record_in_doubt(SERIAL, board="b", uid=b"u", firmware_version="0", credentials=[new])
        for place, (step, number) in enumerate(steps):
            if step == "wait":
                time[0] += timedelta(minutes=number)
            elif step == "restore" and backups:
                restore(
                    location,
                    backups[number % len(backups)],
                    kept=folder / f"kept-{place}",
                    now=lambda: time[0],
                )
            elif step == "back up":
                backups.append(folder / f"backup-{place}")
                with opened() as inventory:
                    back_up(inventory, backups[-1])
            elif step == "issue":
                with opened() as inventory:
                    issued += _issued(inventory, number)
    return issued


def as_schema(path: Path, version: int, custody: KeyCustody) -> None:
    """Write the backup anew, as if it were of an older schema."""
    header, *lines, _ = [json.loads(line) for line in path.read_text().splitlines()]
    with path.open("wb") as file:
        writer = Writer(
            file,
            Header(
                version,
                datetime.fromisoformat(header["at"]),
                Head.parse(header["head"]),
                {int(key): bytes.fromhex(mark) for key, mark in header["master_keys"].items()},
            ),
        )
        places: list[int] = []
        skipped = False
        kinds: list[str] = []
        for line in lines:
            if isinstance(line, dict):
                skipped = line["table"] in NEW_TABLES
            if skipped:
                continue
            if isinstance(line, dict):
                names = [name for name in line["columns"] if name not in LATER.get(line["table"], set())]
                places = [list(line["columns"]).index(name) for name in names]
                kinds = [line["columns"][name] for name in names]
                writer.table(Table(line["table"], dict(zip(names, kinds, strict=True))))
            else:
                writer.row(decoded(kind, line[place]) for kind, place in zip(kinds, places, strict=True))
        writer.end(custody, max(custody.versions()))


def _issued(inventory: Inventory, number: int) -> list[str]:
    found: list[str] = []
    for _ in range(number):
        try:
            found.append(issue_challenge(inventory, SERIAL).question)
        except AllowanceSpentError:
            break
    return found
