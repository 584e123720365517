"""Keeps all that can change on an emulated board, and takes the same board back to that moment.

Nothing is listed by hand, so that nothing is forgotten: from the board, every object that it leads to is visited, and
what cannot be kept is refused by name. Objects stay the same ones; only what they hold goes back. Where the walk ends
says snapshot_reach.py, and what each kind of object holds snapshot_parts.py.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from host_tools.emulator.snapshot_parts import Kind, kind_of
from host_tools.emulator.snapshot_reach import parts_in

ROOT: Final = "pico"


class Kept(NamedTuple):
    """One object of the board: how one gets to it, the object itself, its kind, and what it held."""

    name: str
    part: Any
    kind: Kind
    state: Any


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A moment of `board`, to which only that very object can be taken back, any number of times.

    It holds the board's objects, and about as much memory as is neither erased nor zero: 1 MB with firmware.
    """

    board: object
    parts: tuple[Kept, ...] = field(repr=False)


def take(board: object) -> Snapshot:
    """Everything that `board` leads to, as it is now. Raises UnknownPartError."""
    seen = {id(board)}
    waiting = deque([(ROOT, board)])
    kept = []
    while waiting:
        name, part = waiting.popleft()
        kind = kind_of(part, name)
        state = kind.read(part)
        kept.append(Kept(name, part, kind, state))  # and so keeps it: an id is unique only among the living
        for label, value in kind.items(state):
            for way, other in parts_in(value):
                if id(other) not in seen:
                    seen.add(id(other))
                    waiting.append((f"{name}{label}{way}", other))
    return Snapshot(board, tuple(kept))


def put_back(snapshot: Snapshot) -> None:
    """Give every object of the snapshot what it held then."""
    for _, part, kind, state in snapshot.parts:
        kind.write(part, state)
