"""The wiring table, and its place in a page between two comment lines."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from host_tools.wiring import pico_header
from host_tools.wiring.connections import DISPLAY, Wire
from host_tools.wiring.errors import MissingMarkersError

BEGIN = "<!-- wiring: begin, made by `make wiring` -->"
END = "<!-- wiring: end -->"


def markdown(wires: Iterable[Wire]) -> str:
    """The table: one line a wire, in the order of `wires`."""
    lines = ["| Pico pin | its name | wire | goes to |", "|---:|---|---|---|"]
    for wire in wires:
        name = pico_header.name(wire.pin)
        lines.append(f"| {wire.pin} | {name} | {wire.colour.name} | {_goal(wire)} |")
    return "\n".join(lines) + "\n"


def insert(path: Path, page: str, table: str) -> str:
    """`page` (the text of `path`) with `table` in its place. Raises MissingMarkersError."""
    before, begin, rest = page.partition(BEGIN + "\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MissingMarkersError(path, (BEGIN, END))
    return f"{before}{begin}\n{table}\n{end}{after}"


def _goal(wire: Wire) -> str:
    if wire.part == DISPLAY:
        return f"display {wire.terminal}"
    return f"keypad {wire.number}: {wire.words} ({wire.terminal})"
