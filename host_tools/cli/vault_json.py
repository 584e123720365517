"""What `picodsc vault inspect --json` prints."""

from __future__ import annotations

import json
from typing import Any

from host_tools.cli.vault_report import NOTE
from host_tools.vault_image.fields import Field
from host_tools.vault_image.headers import Sector
from host_tools.vault_image.source import Source
from host_tools.vault_image.view import Entry, Half, View


def document(source: Source, seen: View, reveal: bool) -> str:
    """All of a view as JSON, in ASCII: nothing in a label steers a terminal."""
    boot = seen.boot
    return json.dumps(
        {
            "note": NOTE,
            "file": str(source.path),
            "kind": source.kind.value,
            "bytes": seen.size,
            "state": boot.state.value,
            "halts": boot.state.halts,
            "reason": boot.reason or None,
            "half_in_use": boot.half,
            "reset_marks": [mark.value for mark in seen.marks],
            "sectors": [_sector(sector) for sector in seen.sectors],
            "halves": [_half(half, reveal) for half in seen.halves],
        },
        indent=2,
    )


def _sector(sector: Sector) -> dict[str, Any]:
    return {
        "sector": sector.number,
        "header_valid": sector.erase_count is not None,
        "erase_count": sector.erase_count,
        "blank": sector.blank,
        "stray_bytes": sector.stray,
    }


def _half(half: Half, reveal: bool) -> dict[str, Any]:
    header = half.header
    return {
        "half": header.half,
        "header": header.state.value,
        "generation": header.generation,
        "version": header.version,
        "reason": header.reason or None,
        "stray_bytes": header.stray,
        "in_use": half.in_use,
        "pages": half.pages,
        "live_pages": half.live,
        "free_pages": half.free,
        "records": [_entry(entry, reveal) for entry in half.entries],
    }


def _entry(entry: Entry, reveal: bool) -> dict[str, Any]:
    return {
        "pages": list(entry.pages),
        "offset": entry.offset,
        "status": entry.status.value,
        "reason": entry.reason or None,
        "zeroed": entry.zeroed,
        "type": entry.type,
        "type_byte": entry.kind,
        "critical": entry.critical,
        "version": entry.version,
        "sequence": entry.sequence,
        "replaces": entry.replaces,
        "marks": None if entry.marks is None else {"used": entry.marks[0], "of": entry.marks[1]},
        "fields": {field.name: _value(field, reveal) for field in entry.fields},
    }


def _value(field: Field, reveal: bool) -> Any:
    if not isinstance(field.value, bytes):
        return field.value
    if not field.secret:
        return field.value.hex()
    hidden: dict[str, Any] = {"bytes": len(field.value)}
    return {**hidden, "hex": field.value.hex()} if reveal else hidden
