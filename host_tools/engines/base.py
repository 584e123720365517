"""The interface that every engine has."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from host_tools.display.frame import Frame


class Engine(Protocol):
    """A token that can be switched on, typed on and looked at.

    Time is the token's own, in milliseconds, and passes only in `run`. All methods but `power_on`, `close`
    and the properties raise PoweredOffError while the token is off, and FirmwareStoppedError if the firmware
    ends by itself.
    """

    name: str

    @property
    def powered(self) -> bool:
        """Whether the token is on."""

    @property
    def flash_image(self) -> Path:
        """The file that holds the token's flash; complete whenever no method is running."""

    @property
    def faults(self) -> list[str]:
        """Names of the errors that the firmware reported to its developer."""

    def power_on(self, holding: Iterable[str] = ()) -> None:
        """Start the firmware; returns with the first screen drawn. No effect if it is on.

        The keys `holding` are down from before, until they are released. Raises TokenInUseError if another process
        has the token switched on, UnknownKeyError.
        """

    def power_off(self) -> None:
        """Cut the power: nothing but the flash survives. No effect if it is off."""

    def press(self, key: str) -> None:
        """Push a key down. Raises UnknownKeyError."""

    def release(self, key: str) -> None:
        """Let a key go."""

    def run(self, milliseconds: int) -> None:
        """Let time pass."""

    def settle(self) -> None:
        """Let time pass until the firmware waits for a key again; none where computing takes no time."""

    def frame(self) -> Frame:
        """What is on the display now; black if it or the token is off."""

    def link_send(self, data: bytes) -> None:
        """Send bytes to the provisioning link."""

    def link_receive(self) -> bytes:
        """The bytes that came over the provisioning link since the last call."""

    def close(self) -> None:
        """Power off and release everything."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
