"""What lies where in a Pico's flash, in bytes from its start: the image first, the vault at the end."""

from __future__ import annotations

from typing import Final

from host_tools.engines.unit import FLASH_SIZE

FLASH_START: Final = 0x1000_0000  # where the processor sees the flash (RP2040 data sheet, section 2.2)
FLASH_BYTES: Final = 2 << 20  # of a Raspberry Pi Pico, and what its image is built for
VAULT_BYTES: Final = FLASH_SIZE
VAULT_START: Final = FLASH_BYTES - VAULT_BYTES
PAGE: Final = 256  # the least that can be programmed
SECTOR: Final = 4096  # the least that can be erased
ERASED: Final = 0xFF
