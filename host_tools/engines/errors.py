"""What goes wrong between the host and an engine."""

from __future__ import annotations

from pathlib import Path


class EngineError(Exception):
    """An engine could not be started, or what it runs failed."""


class EngineMissingError(EngineError):
    """The interpreter or tool that the engine needs is not on this machine."""

    def __init__(self, engine: str, remedy: str) -> None:
        super().__init__(f"engine {engine} is not available: {remedy}")
        self.engine = engine
        self.remedy = remedy


class UnknownEngineError(EngineError):
    """No engine has this name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no engine {name!r}; choose from {', '.join(known)}")
        self.name = name
        self.known = known


class FirmwareStoppedError(EngineError):
    """The firmware ended without being told to; `detail` is what it wrote to its error stream."""

    def __init__(self, engine: str, detail: str) -> None:
        super().__init__(f"the firmware on engine {engine} stopped: {detail or 'it gave no reason'}")
        self.engine = engine
        self.detail = detail


class LinkError(EngineError):
    """There is no way to the token's factory: it offers no USB port, or what is behind it does not answer."""


class TokenInUseError(EngineError):
    """Another process, or another engine of this one, has this token switched on; `image` is its flash."""

    def __init__(self, image: Path) -> None:
        super().__init__(f"this token is in use by another process: {image}")
        self.image = image


class PoweredOffError(EngineError):
    """The token is off; only `power_on` does anything."""

    def __init__(self) -> None:
        super().__init__("the token is powered off")


class UnknownKeyError(EngineError):
    """The keypad has no such key."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"the keypad has no key {name!r}; its keys are {' '.join(known)}")
        self.name = name
        self.known = known
