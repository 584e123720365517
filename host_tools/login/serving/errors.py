"""What can go wrong before the login service runs."""

from __future__ import annotations

from pathlib import Path


class ServingError(Exception):
    """The login service can't run as it was asked to."""


class ConfigError(ServingError):
    """A key of the config file is unknown, or its value can't be: `allowed` says what can."""

    def __init__(self, file: Path, key: str, allowed: str) -> None:
        super().__init__(f"{file}: {key}: {allowed}")
        self.file = file
        self.key = key
        self.allowed = allowed


class ConfigFileError(ServingError):
    """The config file can't be read, or is no TOML."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


class WritableFileError(ServingError):
    """Others can change what the service goes by: `place` is the file or its folder, of mode `mode`, or of `owner`."""

    def __init__(self, file: Path, place: Path, mode: int, owner: int | None = None) -> None:
        super().__init__(
            f"{file}: other users can change it (mode {mode:04o} of {place}): run `chmod go-w` on that"
            if owner is None
            else f"{file}: another user can change it (uid {owner} has {place}), "
            "allowed is one of your own or root's: copy it"
        )
        self.file = file
        self.place = place
        self.mode = mode
        self.owner = owner


class RefusedPolicyError(ServingError):
    """The policy can't come into force; `reason` is its own message, which names the file."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AddressInUseError(ServingError):
    """The address can't be listened at."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"can't listen at {host} port {port}: {reason}")
        self.host = host
        self.port = port
        self.reason = reason


class OpeningError(ServingError):
    """The inventory does not open; `reason` is its own message, or says how the process that tried it ended."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SecretNotAskedError(ServingError):
    """The master key had no passphrase or PIN when the service started, and has one now."""

    def __init__(self) -> None:
        super().__init__("the master key has got a passphrase or a PIN since the service started: restart it")


class StartError(ServingError):
    """Every worker ended before it could answer; `reason` is what the last of them reported."""

    def __init__(self, workers: int, reason: str) -> None:
        super().__init__(f"no worker of {workers} could start: {reason}")
        self.workers = workers
        self.reason = reason


class NotReadyError(ServingError):
    """A worker's own /healthz did not become 200 in time; `reasons` are its codes."""

    def __init__(self, reasons: str) -> None:
        super().__init__(f"/healthz is not well: {reasons}")
        self.reasons = reasons
