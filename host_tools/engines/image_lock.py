"""One flash image, one process: two units on one image would repeat codes and set each other's counter back."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from host_tools.engines.errors import EngineError, TokenInUseError

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # no POSIX system, Windows for one
    LOCKS = False
else:
    LOCKS = True


class ImageLock:
    """Held from `take` to `release`, and by every process that inherits `descriptors` until it ends.

    Where the system has no flock (Windows), nothing is locked: there the user must see to it that a token is
    used once at a time.
    """

    def __init__(self, image: Path) -> None:
        self._image = image
        self._held: BinaryIO | None = None

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a child process must inherit, so that a host that is killed does not free the token too early."""
        return () if self._held is None else (self._held.fileno(),)

    def take(self) -> None:
        """Lock the image; no effect if it is ours already. Raises TokenInUseError, EngineError."""
        if not LOCKS or self._held is not None:
            return
        try:
            image = self._image.open("r+b", buffering=0)
        except FileNotFoundError as error:
            raise EngineError(f"there is no flash image {self._image}") from error
        except OSError as error:
            raise EngineError(f"{self._image} can't be opened: {error.strerror}") from error
        try:
            flock(image, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            image.close()
            raise TokenInUseError(self._image) from error
        except OSError as error:
            image.close()
            raise EngineError(f"{self._image} can't be locked: {error.strerror}") from error
        self._held = image

    def release(self) -> None:
        """Free the image; no effect if it is not held."""
        if self._held is not None:
            held, self._held = self._held, None
            held.close()
