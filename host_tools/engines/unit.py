"""One unit of a token, as every engine takes it: its vault's flash, and how its parts behave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FLASH_SIZE: Final = 128 * 1024  # of the vault's region, on every board


@dataclass(frozen=True)
class Unit:
    """One unit: the image of its vault's flash, unique id, and how its parts behave.

    `seed` fixes the entropy (for comparisons only; None is the operating system's generator), `bounce_ms` is
    how long contacts bounce, `display` whether a panel is wired, `height` its rows (64 or 32), `wall` what tells the
    Unix seconds that a simulated board knows at power-on, as a Pico cannot, `secret` the 32 bytes of one that keeps a
    device secret, as a Pico cannot either, `supply_mv` the millivolts that the token runs on, `buzzer` whether a
    simulated board has one.
    """

    flash: Path
    uid: bytes
    seed: int | None = None
    bounce_ms: int = 4
    display: bool = True
    wall: Callable[[], int] | None = None
    secret: bytes | None = None
    height: int = 64
    supply_mv: int = 5000
    buzzer: bool = True

    def create_flash(self) -> None:
        """Make the image of an erased flash. Raises FileExistsError if the file is there."""
        with self.flash.open("xb") as image:
            image.write(b"\xff" * FLASH_SIZE)
