"""What objects of each kind hold, and how they are given it back, in place."""

from __future__ import annotations

import array
import random
import struct
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import MemberDescriptorType
from typing import Any, Final, Protocol, runtime_checkable

from host_tools.emulator import snapshot_compiled as compiled
from host_tools.emulator.errors import UnknownPartError

BLOCK: Final = 64 << 10  # bytes of a memory that are kept as one
_BLANKS: Final = {value: bytes([value]) * BLOCK for value in (0x00, 0xFF)}
_POINTER: Final = struct.calcsize("P")
_MISSING: Final = "a slot without a value"


@runtime_checkable
class KeepsItself(Protocol):
    """What a part offers that knows better, or has what Python cannot see; a device that has a file open, say."""

    def snapshot_state(self) -> object:
        """All that can change, as a value; objects in it that are the board's are kept along."""

    def restore_state(self, state: Any) -> None:
        """Be as when `snapshot_state` gave this value."""


@dataclass(frozen=True)
class Kind:
    """How the state of an object is read and written, and what it consists of: labels and values."""

    read: Callable[[Any], Any]
    write: Callable[[Any, Any], None]
    items: Callable[[Any], Iterable[tuple[str, Any]]]


def kind_of(part: Any, name: str) -> Kind:
    """The kind of `part`, which is called `name` if it has to be refused. Raises UnknownPartError."""
    kind = _BUILT_IN.get(type(part))
    if kind is not None:
        return kind
    if isinstance(part, random.Random) and type(part) is not random.SystemRandom:
        return _GENERATOR
    if isinstance(part, KeepsItself):
        return _BY_ITSELF
    if _is_hidden(type(part)):
        raise UnknownPartError(name, type(part))
    return _ATTRIBUTES


def _items_in_order(state: tuple[Any, ...]) -> Iterable[tuple[str, Any]]:
    return ((f"[{place}]", value) for place, value in enumerate(state))


def _items_by_key(state: dict[Any, Any]) -> Iterable[tuple[str, Any]]:
    for place, (key, value) in enumerate(state.items()):
        label = f"[{key!r}]" if isinstance(key, int | str) else f"[entry {place}]"
        yield f"{label}.key", key
        yield label, value


def _nothing(_: Any) -> Iterable[tuple[str, Any]]:
    return ()


def _only(state: Any) -> Iterable[tuple[str, Any]]:
    return (("", state),)


def _write_list(part: list[Any], state: tuple[Any, ...]) -> None:
    part[:] = state


def _write_refilled(part: Any, state: Any) -> None:
    part.clear()
    part.update(state)


def _write_set(part: set[Any], state: tuple[Any, ...]) -> None:
    if tuple(part) != state:  # else let it be: filled anew it might go through its members in another order
        _write_refilled(part, state)


def _write_deque(part: deque[Any], state: tuple[Any, ...]) -> None:
    part.clear()
    part.extend(state)


def _read_memory(part: bytearray | array.array[Any]) -> tuple[bytes, ...]:
    """The content in blocks; those that hold nothing but zeros, or nothing but ones, are always the same object."""
    blocks = []
    with memoryview(part) as view, view.cast("B") as content:
        for start in range(0, len(content), BLOCK):
            block = bytes(content[start : start + BLOCK])
            blank = _BLANKS.get(block[0])
            blocks.append(blank if block == blank else block)
    return tuple(blocks)


def _write_memory(part: bytearray | array.array[Any], state: tuple[bytes, ...]) -> None:
    length = sum(map(len, state))
    if isinstance(part, array.array):
        part[:] = array.array(part.typecode, b"".join(state))
    elif len(part) != length:
        part[:] = b"".join(state)
    else:
        with memoryview(part) as content:
            for number, block in enumerate(state):
                content[number * BLOCK : number * BLOCK + len(block)] = block


def _slots(kind: type) -> tuple[tuple[str, Any], ...]:
    """The slots that a class and those above it declare in Python."""
    return tuple(
        (name, member)
        for above in kind.__mro__
        if "__slots__" in vars(above)
        for name, member in vars(above).items()
        if isinstance(member, MemberDescriptorType)
    )


def _is_hidden(kind: type) -> bool:
    """Whether instances have more in them than Python shows: by their size, as `pickle` finds out too."""
    if compiled.knows(kind):
        return False
    shown = object.__basicsize__ + _POINTER * len(_slots(kind))
    shown += _POINTER * (kind.__dictoffset__ > 0) + _POINTER * (kind.__weakrefoffset__ > 0)
    return kind.__basicsize__ > shown or kind.__itemsize__ > 0


@dataclass(frozen=True)
class _Attributes:
    named: dict[str, Any]
    slots: dict[str, Any]
    fields: dict[str, Any]


def _read_attributes(part: Any) -> _Attributes:
    named = dict(part.__dict__) if hasattr(part, "__dict__") else {}
    slots = {}
    for name, member in _slots(type(part)):
        try:
            slots[name] = member.__get__(part)
        except AttributeError:
            slots[name] = _MISSING
    return _Attributes(named, slots, compiled.read(part))


def _write_attributes(part: Any, state: _Attributes) -> None:
    if hasattr(part, "__dict__"):
        for name in part.__dict__.keys() - state.named.keys():
            del part.__dict__[name]
        part.__dict__.update(state.named)  # and not by setattr, which a class may have its own view of
    for name, member in _slots(type(part)):
        if state.slots[name] is not _MISSING:
            member.__set__(part, state.slots[name])
        elif hasattr(part, name):
            member.__delete__(part)
    compiled.write(part, state.fields)


def _items_of_attributes(state: _Attributes) -> Iterable[tuple[str, Any]]:
    for group in (state.named, state.slots, state.fields):
        for name, value in group.items():
            yield f".{name}", value


_MEMORY: Final = Kind(_read_memory, _write_memory, _nothing)
_BUILT_IN: Final[dict[type, Kind]] = {
    list: Kind(tuple, _write_list, _items_in_order),
    dict: Kind(dict, _write_refilled, _items_by_key),
    set: Kind(tuple, _write_set, _items_in_order),
    deque: Kind(tuple, _write_deque, _items_in_order),
    bytearray: _MEMORY,
    array.array: _MEMORY,
}
_GENERATOR: Final = Kind(random.Random.getstate, random.Random.setstate, _nothing)
_BY_ITSELF: Final = Kind(
    lambda part: part.snapshot_state(), lambda part, state: part.restore_state(state), _only
)
_ATTRIBUTES: Final = Kind(_read_attributes, _write_attributes, _items_of_attributes)
