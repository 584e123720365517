"""What an image takes of flash and RAM, read from its ELF file, against the board's budget."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from host_tools.image.errors import BudgetError, ElfError, OverBudgetError

ALLOC: Final = 0x2  # section flag: it takes memory at run time (System V ABI, chapter 4)
RAM_START: Final = (
    0x2000_0000  # on RP2040 and RP2350; data's section carries code, and is not marked as writable
)
# The linker script's marks around MicroPython's heap.
HEAP_START: Final = "__GcHeapStart"
HEAP_END: Final = "__GcHeapEnd"
# What elftools raises on files that end too early or hold nonsense.
DAMAGED: Final = (ELFError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True)
class Use:
    """Bytes: of flash, of RAM that is taken before the heap, and of heap."""

    flash: int
    ram: int
    heap: int


@dataclass(frozen=True)
class Budget:
    """Bytes that an image may take of flash and RAM, and must leave for the heap."""

    flash_most: int
    ram_most: int
    heap_least: int


def use(elf: Path) -> Use:
    """What the program in `elf` takes. Raises ElfError."""
    try:
        with elf.open("rb") as stream:
            file = ELFFile(stream)
            symbols = file.get_section_by_name(".symtab")
            if symbols is None:
                raise ElfError(f"{elf} has no symbols")
            flash = sum(
                segment["p_filesz"] for segment in file.iter_segments("PT_LOAD") if segment["p_filesz"]
            )
            ram = sum(
                section["sh_size"]
                for section in file.iter_sections()
                if section["sh_flags"] & ALLOC and section["sh_addr"] >= RAM_START
            )
            heap = _address(symbols, elf, HEAP_END) - _address(symbols, elf, HEAP_START)
    except OSError as error:
        raise ElfError(f"{elf} cannot be read: {error.strerror}") from error
    except DAMAGED as error:
        raise ElfError(f"{elf} is no ELF file, or a damaged one: {error}") from error
    return Use(flash, ram, heap)


def budget(path: Path) -> Budget:
    """The budget in `path`. Raises BudgetError."""
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BudgetError(path, f"cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BudgetError(path, f"is no TOML: {error}") from error
    names = [field.name for field in fields(Budget)]
    if sorted(table) != sorted(names) or any(type(value) is not int for value in table.values()):
        raise BudgetError(path, f"must give {', '.join(names)} in bytes, and nothing else")
    return Budget(**table)


def excess(used: Use, allowed: Budget) -> Mapping[str, int]:
    """By how many bytes each limit is missed; empty if none is."""
    missed = {
        "flash": used.flash - allowed.flash_most,
        "RAM": used.ram - allowed.ram_most,
        "heap": allowed.heap_least - used.heap,
    }
    return {name: count for name, count in missed.items() if count > 0}


def table(used: Use, allowed: Budget | None = None) -> str:
    """The figures, one line each, with their limits if there are any."""
    rows = (
        ("flash", used.flash, "at most", allowed and allowed.flash_most),
        ("RAM before the heap", used.ram, "at most", allowed and allowed.ram_most),
        ("heap", used.heap, "at least", allowed and allowed.heap_least),
    )
    return "\n".join(
        f"{name:<20}{count:>9,} bytes" + ("" if limit is None else f", {word} {limit:>9,}")
        for name, count, word, limit in rows
    )


def check(used: Use, allowed: Budget) -> None:
    """Raises OverBudgetError if a limit is missed."""
    missed = excess(used, allowed)
    if missed:
        raise OverBudgetError(missed)


def _address(symbols: Any, elf: Path, name: str) -> int:
    found = symbols.get_symbol_by_name(name)
    if not found:
        raise ElfError(f"{elf} has no symbol {name}")
    return int(found[0]["st_value"])
