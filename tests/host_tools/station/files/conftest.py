"""An inventory with tokens that have sealed, and what others would make of the files that come out of it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from host_tools.inventory import Inventory, Location, NewCredential
from host_tools.inventory.exporting import exported_keys


@pytest.fixture
def inventory(tmp_path: Path) -> Iterator[Inventory]:
    with Inventory.open(Location.inside(tmp_path / "home"), actor="olga") as opened:
        yield opened


@pytest.fixture
def record(inventory: Inventory) -> Callable[..., bytes]:
    """Records a sealed token with credentials of these login suites; the key of the n-th is 32 times the byte n."""

    def record(*suites: str, serial: str = "PD-0000017", sealed: bool = True, **options: object) -> None:
        inventory.record_in_doubt(
            serial,
            board="simulated",
            uid=bytes(8),
            firmware_version="0.1.0",
            credentials=[
                NewCredential(
                    **{
                        "id": bytes([number]) * 16,
                        "label": f"Number {number}",
                        "key": bytearray([number]) * 32,
                        "login_suite": suite,
                        **options,
                    }
                )
                for number, suite in enumerate(suites, 1)
            ],
        )
        if sealed:
            inventory.mark_sealed(serial)

    return record


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
