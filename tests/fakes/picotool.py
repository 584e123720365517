"""A picotool whose board is a file: says what the real one says (2.x), ends with its exit codes, can misbehave.

`install` puts it on a PATH; as a program it is given the folder that holds its state, then picotool's arguments.
"""

import json
import struct
import sys
import time
from pathlib import Path

FLASH_BYTES = 2 << 20
FLASH_START = 0x1000_0000
SECTOR = 4096
NO_DEVICE, NOT_POSSIBLE, VERIFICATION_FAILED, USB = 249, 248, 245, 250
RP2040_FAMILY = 0xE48BFF56
ARGUMENTS = 255
STARTED = "\nThe device was rebooted to start the application."


class PicotoolBench:
    """The program, and the board behind it. `boards` is what is in BOOTSEL mode; the faults are off at first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "bin" / "picotool"
        self.path.parent.mkdir(parents=True)
        self.path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P "{__file__}" "{folder}" "$@"\n')
        self.path.chmod(0o755)
        self.flash = b"\xff" * FLASH_BYTES
        self.set(boards=["RP2040"])

    @property
    def flash(self) -> bytes:
        return (self.folder / "flash.bin").read_bytes()

    @flash.setter
    def flash(self, data: bytes) -> None:
        (self.folder / "flash.bin").write_bytes(data)

    @property
    def calls(self) -> list[str]:
        """The commands it was given."""
        log = self.folder / "calls"
        return log.read_text().splitlines() if log.is_file() else []

    def set(self, **state: object) -> None:
        """Change what it does: see `Board`."""
        (self.folder / "state.json").write_text(json.dumps(state))


class Board:
    """What `state` says: `boards` by chip, `denied` by the system, `flips` a bit at an offset, `leaves` in a load,
    `short` reads, `hangs` for ever."""

    def __init__(self, folder: Path) -> None:
        self.state = json.loads((folder / "state.json").read_text())
        self.file = folder / "flash.bin"
        self.flash = bytearray(self.file.read_bytes())

    def keep(self) -> None:
        self.file.write_bytes(self.flash)


def stop(code: int, words: str) -> None:
    print(words)
    sys.exit(code)


def require(board: Board, one: bool) -> None:
    boards = board.state["boards"]
    if board.state.get("denied"):
        stop(
            NO_DEVICE,
            "No accessible RP-series devices in BOOTSEL mode were found.\n\nbut:\n\nRP2040 device at bus 1, address 7 "
            "appears to be in BOOTSEL mode, but picotool was unable to\nconnect. Maybe try 'sudo' or check your "
            "permissions.",
        )
    if not boards:
        stop(NO_DEVICE, "No accessible RP-series devices in BOOTSEL mode were found.")
    if one and len(boards) > 1:
        stop(NOT_POSSIBLE, "ERROR: Command requires a single RP-series device to be targeted.")


def info(board: Board) -> None:
    require(board, one=False)
    if len(board.state["boards"]) > 1:
        print("Multiple RP-series devices in BOOTSEL mode found:\n")
    for chip in board.state["boards"]:
        print(f"Device Information\n type:                   {chip}\n ROM version:            3")


def load(board: Board, path: Path) -> None:
    """As the real one: sectors are erased, and what the file leaves of the last one is filled with zeros."""
    require(board, one=True)
    file = path.read_bytes()
    pages = {}
    for start in range(0, len(file), 512):
        header = struct.unpack_from("<8I", file, start)
        pages[header[3] - FLASH_START] = file[start + 32 : start + 32 + header[4]]
    for sector in sorted({offset // SECTOR * SECTOR for offset in pages}):
        if board.state.get("leaves") and sector >= board.state["leaves"]:
            board.keep()
            stop(USB, "ERROR: Unknown USB error")
        board.flash[sector : sector + SECTOR] = b"".join(
            pages.get(offset, bytes(256)) for offset in range(sector, sector + SECTOR, 256)
        )
    if (offset := board.state.get("flips")) is not None:
        board.flash[offset] ^= 1
    board.keep()
    print("Loading into Flash: [==============================]  100%")
    if any(bytes(board.flash[offset : offset + len(page)]) != page for offset, page in pages.items()):
        stop(VERIFICATION_FAILED, "  FAILED\nERROR: The device contents did not match the file")
    print("Verifying Flash: [==============================]  100%\n  OK")


def save(board: Board, begin: int, end: int, path: Path) -> None:
    require(board, one=True)
    data = board.flash[begin - FLASH_START : end - FLASH_START]
    path.write_bytes(data[: len(data) // 2] if board.state.get("short") else data)
    print(f"Saving file: [==============================]  100%\nWrote {len(data)} bytes to {path}")


def erase(board: Board, begin: int, end: int) -> None:
    require(board, one=True)
    board.flash[begin - FLASH_START : end - FLASH_START] = b"\xff" * (end - begin)
    board.keep()
    print(f"Erasing: [==============================]  100%\nErased {end - begin} bytes")


def main(folder: Path, arguments: list[str]) -> None:
    with (folder / "calls").open("a") as log:
        log.write(" ".join(arguments) + "\n")
    board = Board(folder)
    if board.state.get("hangs"):
        time.sleep(60)
    match arguments:
        case ["info", "-d"]:
            info(board)
        case ["load", "-v", "-x", path] | ["load", "-v", path]:
            load(board, Path(path))
            if "-x" in arguments:
                print(STARTED)
        case ["reboot"]:
            require(board, one=True)
            print(STARTED)
        case ["save", "-r", begin, end, path]:
            save(board, int(begin, 16), int(end, 16), Path(path))
        case ["erase", "-r", begin, end]:
            erase(board, int(begin, 16), int(end, 16))
        case _:
            stop(ARGUMENTS, "ERROR: unexpected option")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
