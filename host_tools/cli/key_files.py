"""What commands that write and read key files have in common: their keys, their bars, their words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from host_tools.cli.opening import from_file

PassphraseFileOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="The key file's passphrase is in this file; - is standard input.",
    ),
]


def key_from(path: Path, lengths: tuple[int, ...]) -> bytearray:
    """The key in the file, as hex digits, or for `-` on standard input; whoever gets it wipes it."""
    from host_tools.station.files.protection import key_from_text

    return key_from_text(from_file(path, "Pre-shared key, as hex digits"), lengths)


def counted(count: int, what: str) -> str:
    """For people: 1 key, 2 keys."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


@contextmanager
def bar(task: str) -> Iterator[Callable[[int, int], None]]:
    """Shows on standard error how far a task has come, and goes away when it is done."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        shown = bar.add_task(task, total=None)
        yield lambda done, total: bar.update(shown, completed=done, total=total)
