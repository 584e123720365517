"""A simulated token in a folder: `token.json` says what it is, `flash.bin` is its flash."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dsc.crypto.seal import SECRET_SIZE
from host_tools.engines.unit import FLASH_SIZE, Unit

DESCRIPTION: Final = "token.json"
FLASH: Final = "flash.bin"
FORMAT: Final = 1
BOARDS: Final = ("simulated", "pico")  # that make tokens for this format; any engine runs either's
UID_BYTES: Final = 8  # as the flash chip of a Pico has
UID_MOST_BYTES: Final = 32
NOT_EMPTY: Final = "exists already and is not empty"


class TokenFolderError(Exception):
    """A folder is not a token, or cannot become one; `folder` is its path."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"{folder}: {reason}")
        self.folder = folder
        self.reason = reason


@dataclass(frozen=True)
class TokenFolder:
    """A token's folder and what its description says."""

    path: Path
    uid: bytes
    serial: str
    secret: bytes | None = field(default=None, repr=False)  # of a board that keeps one, which a Pico does not

    @property
    def flash(self) -> Path:
        return self.path / FLASH

    def unit(
        self,
        *,
        seed: int | None = None,
        display: bool = True,
        height: int = 64,
        wall: Callable[[], int] | None = None,
    ) -> Unit:
        """The unit for an engine; `height` is the rows of its panel, `wall` its clock."""
        return Unit(
            self.flash, self.uid, seed=seed, display=display, height=height, wall=wall, secret=self.secret
        )

    @classmethod
    def load(cls, path: Path) -> TokenFolder:
        """The token in `path`. Raises TokenFolderError."""
        try:
            described = json.loads((path / DESCRIPTION).read_text("utf-8"))
            if described["format"] != FORMAT:
                raise TokenFolderError(
                    path, f"format {described['format']} is newer than this program knows ({FORMAT})"
                )
            if described["board"] not in BOARDS:
                known = " or ".join(BOARDS)
                raise TokenFolderError(path, f"is a token on board {described['board']}, not on {known}")
            secret = described.get("secret")
            token = cls(
                path,
                bytes.fromhex(described["uid"]),
                str(described["serial"]),
                None if secret is None else bytes.fromhex(secret),
            )
        except FileNotFoundError as error:
            raise TokenFolderError(path, f"is no token: there is no {DESCRIPTION}") from error
        except KeyError as error:
            raise TokenFolderError(path, f"{DESCRIPTION} can't be read: it has no {error}") from error
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise TokenFolderError(path, f"{DESCRIPTION} can't be read: {error}") from error
        if not 1 <= len(token.uid) <= UID_MOST_BYTES:
            reason = f"uid is not 1 to {UID_MOST_BYTES} bytes in hex"
            raise TokenFolderError(path, f"{DESCRIPTION} can't be read: {reason}")
        if token.secret is not None and len(token.secret) != SECRET_SIZE:
            reason = f"secret is not {SECRET_SIZE} bytes in hex"
            raise TokenFolderError(path, f"{DESCRIPTION} can't be read: {reason}")
        token._check_flash()
        return token

    @classmethod
    def new_blank(cls, path: Path, board: str) -> TokenFolder:
        """A blank unit of this board, in a folder that is new or empty, where it stays. Raises TokenFolderError."""
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise TokenFolderError(path, NOT_EMPTY)
            unit = cls(path, os.urandom(UID_BYTES), "")
            unit.unit().create_flash()
            unit.flash.chmod(0o600)
            unit.describe(board)
        except OSError as error:
            raise TokenFolderError(path, f"can't be made: {error.strerror}") from error
        return unit

    def describe(self, board: str) -> None:
        """Write the description, which makes the folder a token; whole or not at all. Raises OSError."""
        description = {"format": FORMAT, "board": board, "uid": self.uid.hex(), "serial": self.serial}
        if self.secret is not None:
            description["secret"] = self.secret.hex()
        unfinished = self.path / f".{DESCRIPTION}"
        private = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(private, "w", encoding="utf-8") as file:
            file.write(json.dumps(description, indent=2) + "\n")
        unfinished.replace(self.path / DESCRIPTION)

    def _check_flash(self) -> None:
        if not self.flash.is_file():
            raise TokenFolderError(self.path, f"{FLASH} is missing")
        if not os.access(self.flash, os.R_OK | os.W_OK):
            raise TokenFolderError(self.path, f"{FLASH} can't be read and written by you")
        size = self.flash.stat().st_size
        if size != FLASH_SIZE:
            raise TokenFolderError(self.path, f"{FLASH} has {size} bytes instead of {FLASH_SIZE}")


class Workbench:
    """A blank unit in a folder beside its destination, where `finish` moves it.

    Until `undo` or `discard` the unit is somewhere; both may be called at any time, and more than once.
    A `secure` one keeps a device secret, as a simulated board can. Raises TokenFolderError if the destination holds
    something already.
    """

    def __init__(self, destination: Path, serial: str, *, secure: bool = False) -> None:
        try:
            if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
                raise TokenFolderError(destination, NOT_EMPTY)
            whole = destination.resolve()
            whole.parent.mkdir(parents=True, exist_ok=True)
            self._path = Path(tempfile.mkdtemp(prefix=f".{whole.name}-", dir=whole.parent))
        except OSError as error:
            raise TokenFolderError(destination, f"can't be made: {error.strerror}") from error
        self._destination = destination
        self._moving = False
        secret = os.urandom(SECRET_SIZE) if secure else None
        self.token = TokenFolder(self._path, os.urandom(UID_BYTES), serial, secret)
        self.token.unit().create_flash()
        self.token.flash.chmod(0o600)

    def finish(self, board: str) -> TokenFolder:
        """Write the description, with the board's name, and move the folder to its destination."""
        try:
            self.token.describe(board)
            if self._destination.exists():
                self._move_into_existing()
            else:
                self._moving = True
                self._path.rename(self._destination)
        except OSError as error:
            raise TokenFolderError(self._destination, f"can't be made: {error.strerror}") from error
        return TokenFolder(self._destination, self.token.uid, self.token.serial, self.token.secret)

    def _move_into_existing(self) -> None:
        """Fill an empty folder; it may be a link or the working folder, so it is not replaced.

        The description comes last: without it a folder is no token.
        """
        if any(self._destination.iterdir()):
            raise TokenFolderError(self._destination, NOT_EMPTY)
        self._moving = True
        for name in (FLASH, DESCRIPTION):
            (self._path / name).rename(self._destination / name)

    def undo(self) -> None:
        """Destroy the unit wherever it is, also if `finish` has moved it or a part of it. Raises OSError."""
        if self._moving:
            # What is here no longer has been moved there; nothing else at the destination is ours.
            for name in (FLASH, DESCRIPTION):
                if not (self._path / name).exists():
                    (self._destination / name).unlink(missing_ok=True)
            if not self._path.exists():
                self._destination.rmdir()
        self.discard()

    def discard(self) -> None:
        """Destroy what `finish` has not moved; from here on what it has moved stays."""
        self._moving = False
        shutil.rmtree(self._path, ignore_errors=True)
