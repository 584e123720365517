"""An inventory with tokens that have sealed, and what others would make of the files that come out of it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from host_tools.inventory import Inventory, Location, NewCredential
from host_tools.inventory.exporting import exported_keys


@pytest.fixture
def inventory(tmp_path: Path) -> Iterator[Inventory]:
    with Inventory.open(Location.inside(tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Inventory]:
    """An inventory elsewhere."""
    with Inventory.open(Location.inside(tmp_path / "elsewhere")) as opened:
        yield opened


@pytest.fixture
def seal(inventory: Inventory) -> Callable[..., NewCredential]:
    """Records a sealed token with one credential; its key is random."""

    def seal(serial: str = "DS-1", **options: object) -> NewCredential:
        options = {"id": os.urandom(16), "label": "Bank", "key": bytearray(os.urandom(32)), **options}
        new = NewCredential(**options)  # type: ignore[arg-type]
        inventory.record_in_doubt(serial, board="pico", uid=b"u", firmware_version="1", credentials=[new])
        inventory.mark_sealed(serial)
        return new

    return seal


@pytest.fixture
def going(inventory: Inventory) -> Callable[[], list]:
    """The keys of all its tokens, as they go into files."""

    def going():
        with exported_keys(inventory, inventory.serials()) as (keys, refusals):
            assert refusals == []
            return [
                type(each)(each.credential, each.manufacturer, each.board, bytearray(each.key))
                for each in keys
            ]

    return going
