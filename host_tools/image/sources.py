"""Keeps the pinned source files in the user's cache, and never uses one that is not what is pinned."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from host_tools.image import archive, lock
from host_tools.image.errors import WrongSourceError
from host_tools.image.pins import Pin
from host_tools.image.places import download_cache

_LOGGER = logging.getLogger(__name__)

Fetch = Callable[[str, Path, Sequence[str]], None]
Addresses = Callable[[], list[str]]


def check(pin: Pin, path: Path) -> None:
    """Raises WrongSourceError unless `path` holds what `pin` says."""
    size = path.stat().st_size
    if size != pin.size:
        raise WrongSourceError(pin.name, f"{pin.size} bytes", f"{size} bytes")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != pin.sha256:
        raise WrongSourceError(pin.name, f"SHA-256 {pin.sha256}", digest)


def get(
    pin: Pin,
    cache: Path | None = None,
    addresses: Addresses = archive.addresses,
    fetch: Fetch = archive.fetch,
) -> Path:
    """The path of the file that `pin` describes, fetched if it is not in `cache` (the user's own by default).

    A cached file is checked each time; one that is not right is fetched again. Raises WrongSourceError if what
    the archive hands out is not right either, SourceFetchError, NoArchiveError.
    """
    folder = download_cache() if cache is None else cache
    path = folder / pin.name
    if _is_right(pin, path):
        return path
    with lock.held(folder):  # all trees of a user share it
        if _is_right(pin, path):
            return path
        path.unlink(missing_ok=True)
        arriving = folder / f"{pin.name}.part"
        _LOGGER.info("fetching %s", pin.name)
        try:
            fetch(pin.file, arriving, addresses())
            check(pin, arriving)
            arriving.replace(path)
        finally:
            arriving.unlink(missing_ok=True)
    return path


def _is_right(pin: Pin, path: Path) -> bool:
    try:
        check(pin, path)
    except (WrongSourceError, FileNotFoundError):
        return False
    return True
