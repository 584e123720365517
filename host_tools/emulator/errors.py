"""What goes wrong with an emulated Pico."""

from __future__ import annotations

from pathlib import Path


class EmulatorError(Exception):
    """An emulated part was misused, or lacks something that it needs."""


class NotAnImageError(EmulatorError):
    """The file is no UF2 image for this chip; `reason` says what is wrong with it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be loaded into the flash: {reason}")
        self.path = path
        self.reason = reason


class OutsideFlashError(EmulatorError):
    """`length` bytes at `offset` do not lie within the flash, which has `size` bytes."""

    def __init__(self, offset: int, length: int, size: int) -> None:
        super().__init__(f"{length} bytes at {offset:#x} lie outside the flash of {size:#x} bytes")
        self.offset = offset
        self.length = length
        self.size = size


class ReentryError(EmulatorError):
    """The chip was told to run, or be taken back in time, by something that it had itself called."""

    def __init__(self) -> None:
        super().__init__(
            "the chip is running already; a callback may schedule or interrupt, not run it, nor keep or restore it"
        )


class OtherBoardError(EmulatorError):
    """A snapshot can only be restored on the very board that it was taken of."""

    def __init__(self) -> None:
        super().__init__("the snapshot is one of another board; it can only be restored on its own")


class UnknownPartError(EmulatorError):
    """The board holds an object of which no snapshot can be taken: `name` is the way to it, `kind` its class."""

    def __init__(self, name: str, kind: type) -> None:
        super().__init__(
            f"no snapshot can be taken of {name}, a {kind.__module__}.{kind.__qualname__}: it holds more than Python "
            "shows, and has no snapshot_state and restore_state"
        )
        self.name = name
        self.kind = kind


class BuildToolMissingError(EmulatorError):
    """The fast loop cannot be compiled for want of `tool`; `remedy` is how to get it."""

    def __init__(self, tool: str, remedy: str) -> None:
        super().__init__(f"the fast emulator needs the {tool}: {remedy}")
        self.tool = tool
        self.remedy = remedy


class BuildFailedError(EmulatorError):
    """A compiler refused; `output` is what it had to say."""

    def __init__(self, command: str, output: str) -> None:
        super().__init__(f"the fast emulator could not be compiled: {command}\n{output}")
        self.command = command
        self.output = output
