"""What `picodsc vault inspect` prints for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from dsc.protocol.records import KIND_OPEN, KIND_SERVER
from dsc.protocol.verified import ATTEMPT_CODE, ATTEMPT_PIN
from host_tools.device import errors
from host_tools.vault_image.boot import State
from host_tools.vault_image.contents import Contents
from host_tools.vault_image.fields import Field
from host_tools.vault_image.headers import HalfHeader, HalfState, Mark
from host_tools.vault_image.source import Kind, Source
from host_tools.vault_image.view import Entry, Half, Status, View

NOTE: Final = (
    "All of this lies in the flash, in clear or sealed as docs/threat-model.md says: hiding parts of it here "
    "protects this output, not the token."
)
WIDTH: Final = 80  # of what goes into a file or a pipe
NARROWEST: Final = 40
WIDEST: Final = 110
NAME_WIDTH: Final = 12
INDENT: Final = 8
HEADINGS: Final = ("page", "offset", "record", "v", "seq", "replaces", "marks", "status")
RIGHT: Final = (0, 1, 3, 4, 5, 6)  # columns with numbers

STATES: Final = {
    State.BLANK: "there is no token yet",
    State.UNSEALED: "provisioning was begun and never finished; only a new one helps",
    State.SEALED: "a token in use",
    State.RESETTING: "the next boot completes a factory reset that was begun",
    State.DAMAGED: "the firmware halts",
    State.NEWER: "firmware of this version halts",
}
STATE_STYLES: Final = {State.SEALED: "bold green", State.DAMAGED: "bold red", State.NEWER: "bold red"}
STATUS_STYLES: Final = {
    Status.VALID: "green",
    Status.REPLACED: "yellow",
    Status.TORN: "yellow",
    Status.VOID: "dim",
    Status.UNUSED: "dim",
    Status.DAMAGED: "bold red",
    Status.UNKNOWN: "magenta",
}
STATUSES: Final = {
    Status.REPLACED: "replaced, still there",
    Status.VOID: "void, still readable",
    Status.TORN: "torn",
    Status.UNUSED: "not in use",
}
HALF_STATES: Final = {HalfState.OPEN: "not committed", HalfState.VOID: "void"}
CAPITALS: Final = {"pin": "PIN", "dek": "DEK"}


def show(source: Source, seen: View, reveal: bool) -> None:
    """Print the report; in colour, and as wide as it is, on a terminal only."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    width = min(max(console.width, NARROWEST), WIDEST) if console.is_terminal else WIDTH
    for line in report(source, seen, reveal, width):
        line.rstrip()
        line.plain = encodable(line.plain, console.encoding)
        console.print(line)


def printable(text: str) -> str:
    """A text on one line, with nothing in it that steers a terminal."""
    return errors.printable(text).replace("\n", "\\n")


def quoted(text: str) -> str:
    """The same between quotation marks."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{printable(escaped)}"'


def encodable(text: str, encoding: str) -> str:
    """A text as the output can hold it."""
    return text.encode(encoding, "backslashreplace").decode(encoding)


def report(source: Source, seen: View, reveal: bool, width: int) -> Iterator[Text]:
    """The report, line by line, in so many columns."""
    boot = seen.boot
    origin = "" if source.kind is Kind.REGION else f", from {source.kind.value}"
    yield Text(f"{printable(str(source.path))}: a vault's region of {seen.size:,} bytes{origin}", "bold")
    yield Text()
    state = Text.assemble(
        "state".ljust(NAME_WIDTH), (boot.state.value, STATE_STYLES.get(boot.state, "bold yellow"))
    )
    yield state.append(f": {STATES[boot.state]}")
    rows = [("because", boot.reason)] if boot.reason else []
    for name, words in (*rows, *_summary(seen)):
        for number, line in enumerate(_packed(words.split(" "), width - NAME_WIDTH, " ")):
            yield Text(("" if number else name).ljust(NAME_WIDTH) + line)
    for half in seen.halves:
        yield Text()
        yield from _half(half, reveal, width)
    yield Text()
    yield from (Text(line, "italic") for line in _packed(NOTE.split(" "), width, " "))


def _summary(seen: View) -> Iterator[tuple[str, str]]:
    boot = seen.boot
    contents = boot.contents
    if boot.state is State.SEALED and contents.root:
        root = contents.root
        mode = "soft" if contents.offset else "verified"
        yield "token", f"{root.serial}, {mode} mode, PIN of {root.pin_length} digits, {root.rounds} rounds"
        yield "credentials", "; ".join(_credentials(contents))
        if contents.wrapping:
            yield (
                "failures",
                f"PIN {contents.failures(ATTEMPT_PIN)} of {root.pin_limit}, "
                f"unlock code {contents.failures(ATTEMPT_CODE)} of {root.code_limit}",
            )
    for half in seen.halves:
        if half.in_use:
            spent = half.pages - half.live - half.free
            yield "vault", f"half {half.header.half}, generation {half.header.generation}"
            yield "pages", f"{half.live} live, {spent} spent, {half.free} free of {half.pages}"
    unfinished = "; ".join(_unfinished(seen))
    if unfinished:
        yield "next boot", f"finishes what was interrupted: {unfinished}"
    yield "sectors", _sectors(seen)
    first, second = seen.marks
    if (first, second) != (Mark.NONE, Mark.NONE):
        yield "reset marks", f"half 0 {first.value}, half 1 {second.value}"


def _credentials(contents: Contents) -> Iterator[str]:
    """Those that a user logs in with, each with what is special about it."""
    signing = {bytes(form.id) for form in contents.forms}
    mutual = {bytes(link.id) for link in contents.links}
    for credential in contents.credentials:
        if credential.kind == KIND_SERVER:
            continue
        owner = bytes(credential.id)
        label = quoted(credential.label) if credential.label else credential.id.hex()
        words = [label, f"counter {contents.counters.get(owner, 0)}"]
        words += ["without PIN"] if credential.kind == KIND_OPEN else []
        words += ["signs"] if owner in signing else []
        words += ["checks its server"] if owner in mutual else []
        yield ", ".join(words)


def _unfinished(seen: View) -> Iterator[str]:
    """What the next boot of a vault does before it is as it should be."""
    boot = seen.boot
    if boot.state not in (State.SEALED, State.UNSEALED) or boot.half is None:
        return
    entries = seen.halves[boot.half].entries
    torn = sum(entry.status is Status.TORN for entry in entries)
    left = sum(
        entry.status is Status.REPLACED or (entry.status is Status.VOID and not entry.zeroed)
        for entry in entries
    )
    if torn:
        yield "zeroes the torn record"
    if left:
        yield f"zeroes {left} replaced or void record{'s' if left > 1 else ''}"
    if seen.halves[1 - boot.half].header.state is not HalfState.BLANK:
        yield f"erases half {1 - boot.half}"


def _sectors(seen: View) -> str:
    counts = [sector.erase_count for sector in seen.sectors if sector.erase_count is not None]
    blank = [sector.number for sector in seen.sectors if sector.blank]
    bad = [sector.number for sector in seen.sectors if sector.erase_count is None and not sector.blank]
    stray = [sector.number for sector in seen.sectors if sector.stray and sector.number not in bad]
    parts = [f"{len(counts)} of {len(seen.sectors)} have a valid header"]
    if counts:
        least, most = min(counts), max(counts)
        parts.append("erased " + _times(least, most))
    parts += [f"{what}: {_ranges(numbers)}" for what, numbers in _named(blank, bad, stray)]
    return "; ".join(parts)


def _times(least: int, most: int) -> str:
    if least != most:
        return f"{least} to {most} times"
    return "once" if most == 1 else f"{most} times"


def _named(blank: list[int], bad: list[int], stray: list[int]) -> Iterator[tuple[str, list[int]]]:
    for what, numbers in (
        ("header blank", blank),
        ("header NOT VALID", bad),
        ("bytes behind the header", stray),
    ):
        if numbers:
            yield what, numbers


def _half(half: Half, reveal: bool, width: int) -> Iterator[Text]:
    yield Text(f"half {half.header.half}: {_header(half.header)}{', in use' if half.in_use else ''}", "bold")
    if not half.entries:
        return
    rows = [_row(entry) for entry in half.entries]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    yield Text(_aligned(HEADINGS, widths), "dim")
    for entry, row in zip(half.entries, rows, strict=True):
        line = Text(_aligned(row[:-1], widths) + "  ")
        yield line.append(row[-1], STATUS_STYLES[entry.status])
        if entry.reason:
            yield from (Text(" " * INDENT + part) for part in _packed([entry.reason], width - INDENT))
        words = [f"{_name(field)} {_value(field, reveal)}" for field in entry.fields if field.value != ""]
        yield from (Text(" " * INDENT + part) for part in _packed(words, width - INDENT))


def _header(header: HalfHeader) -> str:
    parts = [HALF_STATES.get(header.state, header.state.value)]
    if header.generation is not None:
        parts.append(f"generation {header.generation}")
    if header.reason:
        parts.append(header.reason)
    if header.stray:
        parts.append(f"{header.stray} bytes behind the header")
    return ", ".join(parts)


def _row(entry: Entry) -> tuple[str, ...]:
    status = STATUSES.get(entry.status, entry.status.value)
    if entry.zeroed:
        count = len(entry.pages)
        status = "zeroed" if count == 1 else f"zeroed, {count} pages"
    elif entry.status is Status.VOID and entry.sequence is None:
        status = "void, not all zeroed"
    elif entry.status is Status.UNKNOWN:
        status = "unknown, critical" if entry.critical else "unknown, ignored"
    return (
        f"{entry.pages[0]}" if len(entry.pages) == 1 else f"{entry.pages[0]}-{entry.pages[-1]}",
        f"0x{entry.offset:05x}",
        entry.type or "-",
        _number(entry.version),
        _number(entry.sequence),
        _number(entry.replaces),
        "-" if entry.marks is None else f"{entry.marks[0]}/{entry.marks[1]}",
        status,
    )


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  " + "  ".join(
        cell.rjust(width) if number in RIGHT else cell.ljust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=False))
    )


def _name(field: Field) -> str:
    return " ".join(CAPITALS.get(word, word) for word in field.name.split("_"))


def _value(field: Field, reveal: bool) -> str:
    match field.value:
        case bool() as answer:
            return "yes" if answer else "no"
        case int() as number:
            return f"0x{number:02x}" if field.name == "flags" else str(number)
        case bytes() as data:
            return f"{len(data)} bytes" if field.secret and not reveal else data.hex()
        case str() as text:
            return quoted(text) if field.name == "label" else printable(text)


def _packed(words: Iterable[str], width: int, between: str = ", ") -> Iterator[str]:
    """Words in lines of this width, none broken."""
    line = ""
    for word in words:
        if line and cell_len(line) + len(between) + cell_len(word) + len(between.rstrip()) > width:
            yield line + between.rstrip()
            line = word
        else:
            line = f"{line}{between}{word}" if line else word
    if line:
        yield line


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers as people write them: 1-3, 7."""
    runs = []
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        runs.append(f"{members[0]}-{members[-1]}" if len(members) > 1 else str(members[0]))
    return ", ".join(runs)
