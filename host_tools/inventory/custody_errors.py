"""Master keys that were changed by somebody else, or closed, before a change of ours."""

from __future__ import annotations

from pathlib import Path

from host_tools.inventory.errors import CustodyError


class MasterKeyChangedError(CustodyError):
    """Somebody else changed the master keys, their passphrase or their place; ours was not done over it."""

    def __init__(self, place: Path | str) -> None:
        super().__init__(
            f"the master key at {place} was changed meanwhile, by another `picodsc station passphrase` or `picodsc "
            "station rotate`: do it again"
        )
        self.place = place


class MasterKeyClosedError(CustodyError):
    """The master keys were closed, and nothing is left of them to be written."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the master key at {path} was closed: open the inventory again")
        self.path = path
