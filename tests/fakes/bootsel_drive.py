"""The drive of a board in BOOTSEL mode, as a folder: takes an image as the boot ROM does, or misbehaves."""

import os
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path

INFO = "UF2 Bootloader {version}\nModel: Raspberry Pi {model}\nBoard-ID: {board_id}\n"
BLOCK = 512
REBOOT_SECONDS = 0.1


def make_drive(folder: Path, board_id: str = "RPI-RP2") -> Path:
    """A folder that looks like the drive, with nobody behind it."""
    folder.mkdir(parents=True)
    version, model = ("v3.0", "RP2") if board_id == "RPI-RP2" else ("v1.0", "RP2350")
    text = INFO.format(version=version, model=model, board_id=board_id)
    (folder / "INFO_UF2.TXT").write_text(text)
    (folder / "INDEX.HTM").write_text("<html></html>")
    return folder


class BootselDrive:
    """The same with a boot ROM behind it, for one image called `name` of `blocks` UF2 blocks.

    It reads what is written as it comes, and vanishes soon after the last block. `unplugged_after` bytes somebody
    pulls the cable; with `takes_it` false it stays as it is.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        blocks: int,
        *,
        unplugged_after: int | None = None,
        takes_it: bool = True,
    ) -> None:
        self.path = make_drive(folder)
        self.received = bytearray()
        self._size = blocks * BLOCK
        self._unplugged_after = unplugged_after
        self._takes_it = takes_it
        self._file = self.path / name
        os.mkfifo(self._file)
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> "BootselDrive":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(FileNotFoundError):
            # Somebody who never wrote leaves the other side waiting for a writer.
            os.close(os.open(self._file, os.O_RDWR | os.O_NONBLOCK))
        self._thread.join()

    def _serve(self) -> None:
        with self._file.open("rb", buffering=0) as stream:
            while len(self.received) < self._size:
                data = stream.read(BLOCK)
                if not data:
                    return
                self.received += data
                if self._unplugged_after is not None and len(self.received) >= self._unplugged_after:
                    self._vanish()
                    return
        if self._takes_it:
            time.sleep(REBOOT_SECONDS)
            self._vanish()

    def _vanish(self) -> None:
        """All at once, as a drive does."""
        shutil.rmtree(self.path.rename(self.path.with_name(f"{self.path.name}.gone")))
