"""Puts the firmware's sources onto a stock MicroPython and starts them, for people who change the firmware.

Such a board never seals: boards/pico/develop.py says why to whoever tries.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from host_tools.device.board_files import BoardFiles
from host_tools.device.errors import ForeignMainError, UnsuitableFirmwareError
from host_tools.device.repl import Repl

if TYPE_CHECKING:
    from mpremote.transport_serial import SerialTransport

FOLDER: Final = "/picodsc"
OLDEST: Final = (1, 25)
# One line at the REPL that starts the sources again after a reset, and what AUTOSTART=yes puts into main.py.
# Collected often, what the compiler leaves behind lies not between the modules: else 100 KB of heap are free, and no
# 16 KB of it in one piece, which serving a station takes.
START: Final = (
    f"import gc, sys; gc.threshold(16384); sys.path.insert(0, {FOLDER!r}); "
    "from pico import develop; develop.run()"
)
START_SECONDS: Final = (
    120.0  # a board compiles for nine seconds; the emulated one takes longer on a busy machine
)
MAIN_MARK: Final = "# picodsc: written by `make deploy AUTOSTART=yes`, and overwritten by it\n"
MAIN: Final = f"{MAIN_MARK}{START}\n"
# What it is: platform, version, path, and how many blocks its file system has.
PROBE: Final = """
import os, sys
try:
    blocks = os.statvfs("/")[2]
except OSError:
    blocks = 0
print((sys.platform, sys.implementation[1][:2], sys.path, blocks))
"""
MOST_DIGITS: Final = 9  # of a number that a board says
FROZEN_ONLY: Final = [".frozen"]  # the path of an image of ours


@dataclass(frozen=True)
class Copied:
    """Names of the files that were copied and deleted, and how many were there already."""

    copied: tuple[str, ...]
    deleted: tuple[str, ...]
    kept: int


def copy(
    transport: SerialTransport,
    files: Mapping[str, bytes],
    *,
    autostart: bool = False,
    look: Callable[[str], None] = lambda name: None,
) -> Copied:
    """Bring FOLDER on the board to exactly `files`; with `autostart`, have main.py start them at each power-on.

    `look` is given the name of each file before it is written. What breaks off is mended by doing it again.
    Raises BoardLeftError, BoardScriptError, BoardFullError, UnsuitableFirmwareError, ForeignMainError.
    """
    repl = Repl(transport)
    repl.interrupt()
    said = repl.run(PROBE, "asking what it is")
    try:
        platform, version, path, blocks = ast.literal_eval(said)
        require_stock(platform, version, path, blocks)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise UnsuitableFirmwareError("the board does not say what it is") from error
    repl.soft_reset()  # nothing of an earlier start runs on, or holds memory
    if autostart:
        _require_own_main(repl)
    board = BoardFiles(repl, FOLDER)
    there = board.digests()
    changed = [name for name, data in files.items() if there.get(name) != hashlib.sha256(data).hexdigest()]
    stale = sorted(set(there) - set(files))
    for name in stale:
        board.remove(name)
    for name in changed:
        look(name)
        board.write(name, files[name])
    board.prune()
    if autostart:
        repl.run(f"with open('/main.py', 'w') as file: file.write({MAIN!r})", "writing main.py")
    return Copied(tuple(changed), tuple(stale), len(files) - len(changed))


def start(transport: SerialTransport) -> int:
    """Start the firmware in a new interpreter, and leave the REPL to whoever comes; bytes of heap that are free.

    Raises BoardLeftError, and BoardScriptError if the firmware does not start.
    """
    repl = Repl(transport)
    repl.soft_reset()
    repl.run(START, "starting the firmware", START_SECONDS)
    said = repl.run("import gc; gc.collect(); print(gc.mem_free())", "measuring its memory").strip()
    if not said.isdecimal():
        raise UnsuitableFirmwareError("the board does not say how much memory it has")
    heap = int(said[:MOST_DIGITS])
    repl.leave()
    return heap


def require_stock(platform: str, version: tuple[int, int], path: list[str], blocks: int) -> None:
    """Raises UnsuitableFirmwareError if that is no MicroPython for the sources; see PROBE."""
    if path == FROZEN_ONLY:
        raise UnsuitableFirmwareError("the board runs a picodsc image, which takes no files")
    if platform != "rp2":
        raise UnsuitableFirmwareError(f"the board runs MicroPython for {platform}, not for the RP2040")
    if version < OLDEST:
        raise UnsuitableFirmwareError(f"the board runs MicroPython {version[0]}.{version[1]}")
    if not blocks:
        raise UnsuitableFirmwareError("the board has no file system")


def _require_own_main(repl: Repl) -> None:
    code = "try:\n print(open('/main.py').readline())\nexcept OSError:\n print()\n"
    if repl.run(code, "reading main.py").strip() not in ("", MAIN_MARK.strip()):
        raise ForeignMainError
