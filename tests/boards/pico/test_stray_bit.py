"""One clear bit behind the log's blank pages, on the real image: it is seen wherever it is, and the token stops."""

import pytest

from host_tools.engines.unit import FLASH_SIZE
from sweep import starts
from sweep.rig import State

HALF = FLASH_SIZE // 2


@pytest.mark.parametrize("offset", [HALF // 2 + 256, HALF // 2 + 1279, HALF // 2 + 1280, HALF - 1])
def test_one_clear_bit_behind_blank_pages_stops_the_token(rig, offset):
    cells = bytearray(starts.sealed())
    assert cells[offset] == 0xFF
    cells[offset] = 0x7F
    text = rig.boot(State(bytes(cells))).text
    assert "VaultDamagedError" in text
