"""Files in one folder of a board's file system: what is there, by digest, and changing it."""

from __future__ import annotations

from binascii import b2a_base64
from typing import Final

from host_tools.device.errors import BoardFullError, BoardScriptError
from host_tools.device.repl import Repl

CHUNK: Final = 3072  # bytes a line: as base64 it fits the board's memory several times
NO_SPACE: Final = "OSError: 28"  # ENOSPC

LISTING: Final = """
import hashlib, os
from binascii import a2b_base64, hexlify
def _list(folder, prefix):
    buffer = bytearray(1024)
    for entry in os.ilistdir(folder):
        path = folder + "/" + entry[0]
        if entry[1] & 0x4000:
            _list(path, prefix + entry[0] + "/")
        else:
            digest = hashlib.sha256()
            with open(path, "rb") as file:
                while True:
                    count = file.readinto(buffer)
                    if not count:
                        break
                    digest.update(memoryview(buffer)[:count])
            print(hexlify(digest.digest()).decode(), prefix + entry[0])
"""
PRUNING: Final = """
def _prune(folder):
    for entry in list(os.ilistdir(folder)):
        if entry[1] & 0x4000:
            _prune(folder + "/" + entry[0])
    if not list(os.ilistdir(folder)):
        os.rmdir(folder)
"""


class BoardFiles:
    """The files below `folder`, an absolute path on the board; what lies outside is not touched.

    All methods raise BoardLeftError and BoardScriptError.
    """

    def __init__(self, repl: Repl, folder: str) -> None:
        self._repl = repl
        self._folder = folder
        self._made: set[str] = set()
        repl.run(LISTING, "being prepared")

    def digests(self) -> dict[str, str]:
        """SHA-256 in hexadecimal digits of each file, by its name in the folder."""
        code = f"try:\n _list({self._folder!r}, '')\nexcept OSError as error:\n if error.errno != 2: raise\n"
        lines = self._repl.run(code, "listing its files").splitlines()
        return {name: digest for digest, _, name in (line.partition(" ") for line in lines)}

    def write(self, name: str, data: bytes) -> None:
        """Put `data` into the file `name`, whatever was there. Raises BoardFullError too."""
        doing = f"writing {name}"
        try:
            self._make_folders(name)
            self._repl.run(f"_file = open({self._path(name)!r}, 'wb')", doing)
            for begin in range(0, len(data), CHUNK):
                text = b2a_base64(data[begin : begin + CHUNK], newline=False)
                self._repl.run(f"_file.write(a2b_base64({text!r}))", doing)
            self._repl.run("_file.close()", doing)
        except BoardScriptError as error:
            if NO_SPACE in error.trace:
                raise BoardFullError(name) from error
            raise

    def remove(self, name: str) -> None:
        """Delete the file `name`."""
        self._repl.run(f"os.remove({self._path(name)!r})", f"deleting {name}")

    def prune(self) -> None:
        """Delete folders that are empty."""
        self._repl.run(f"{PRUNING}_prune({self._folder!r})", "deleting empty folders")

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"

    def _make_folders(self, name: str) -> None:
        parts = self._path(name).split("/")[1:-1]
        for count in range(1, len(parts) + 1):
            folder = "/" + "/".join(parts[:count])
            if folder not in self._made:
                code = (
                    f"try:\n os.mkdir({folder!r})\nexcept OSError as error:\n if error.errno != 17: raise\n"
                )
                self._repl.run(code, f"making {folder}")
                self._made.add(folder)
