// The token's MicroPython on a Raspberry Pi Pico, as far as it differs from the port's own board.

#define MICROPY_HW_BOARD_NAME "picodsc token, Raspberry Pi Pico"

// The vault: the last 128 KiB of flash, which rp2.Flash() hands out raw.
#define MICROPY_HW_FLASH_STORAGE_BYTES (128 * 1024)

// USB is one serial port for the station. With mass storage, another boot file than ours would run.
#define MICROPY_HW_USB_MSC (0)
#define MICROPY_HW_ENABLE_UART_REPL (0)

#include "native/board.h"
