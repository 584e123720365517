"""A debugger's view of the MicroPython in an image: symbols and struct members by name, from its ELF file."""

from functools import cache
from pathlib import Path

from elftools.dwarf.die import DIE
from elftools.elf.elffile import ELFFile

RAM = 0x2000_0000
STATE = "mp_state_ctx"


@cache
def symbol(elf: Path, name: str) -> int:
    """The address of a global name. Raises KeyError."""
    with elf.open("rb") as stream:
        found = ELFFile(stream).get_section_by_name(".symtab").get_symbol_by_name(name)
        if not found:
            raise KeyError(name)
        return found[0]["st_value"]


@cache
def member(elf: Path, struct: str, path: str) -> int:
    """The offset of a member, as in "vm.mp_kbd_exception", in a struct that has a name. Raises KeyError."""
    with elf.open("rb") as stream:
        for unit in ELFFile(stream).get_dwarf_info().iter_CUs():
            for entry in unit.get_top_DIE().iter_children():
                if entry.tag == "DW_TAG_structure_type" and _name(entry) == struct:
                    return _offset(entry, path.split("."))
    raise KeyError(struct)


def _offset(struct: DIE, path: list[str]) -> int:
    for entry in struct.iter_children():
        if entry.tag == "DW_TAG_member" and _name(entry) == path[0]:
            here = entry.attributes["DW_AT_data_member_location"].value
            return here + (_offset(_type(entry), path[1:]) if path[1:] else 0)
    raise KeyError(path[0])


def _name(entry: DIE) -> str:
    return entry.attributes["DW_AT_name"].value.decode() if "DW_AT_name" in entry.attributes else ""


def _type(entry: DIE) -> DIE:
    kind = entry.get_DIE_from_attribute("DW_AT_type")
    while kind.tag == "DW_TAG_typedef":
        kind = kind.get_DIE_from_attribute("DW_AT_type")
    return kind


def constant(image: Path, name: str) -> str:
    """A text that the build wrote into the image, such as BUILD."""
    root = image.parents[1]
    info = (root / "build" / "image" / "pico" / "generated" / "pico" / "build_info.py").read_text()
    values: dict[str, str] = {}
    exec(info, values)  # noqa: S102 - our own build's
    return values[name]


def raise_soon(mcu, elf: Path, exception: str = "RuntimeError") -> None:
    """Have the interpreter raise an exception of a built-in type at its next branch, as Ctrl-C would one.

    The one exception that MicroPython keeps outside the heap, for Ctrl-C, is made one of that type.
    """
    state = symbol(elf, STATE)
    instance = state + member(elf, "_mp_state_ctx_t", "vm.mp_kbd_exception")
    pending = state + member(elf, "_mp_state_ctx_t", "thread.mp_pending_exception")
    mcu.write_uint32(instance, symbol(elf, f"mp_type_{exception}"))
    mcu.write_uint32(pending, instance)
