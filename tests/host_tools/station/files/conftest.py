"""An inventory with tokens that are ready to be handed out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from host_tools.inventory import Inventory, Location, NewCredential


@pytest.fixture
def inventory(tmp_path: Path) -> Iterator[Inventory]:
    with Inventory.open(Location.inside(tmp_path / "inventory"), actor="olga") as opened:
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
