// Lets USB start on a blank token only: Python has to ask for it, and the flash must hold no seal.
//
// MicroPython's main starts USB after _boot.py, whatever happened there. On a sealed token it never gets so far; if it
// does after all, because an exception, a bug or a glitch has led it there, it finds this door, which looks by itself.

#include "door.h"

#include <stdbool.h>
#include <stdint.h>

#include "hardware/flash.h"
#include "hardware/regs/addressmap.h"
#include "restart.h"
#include "py/mpconfig.h"

#define OPEN 0x3a96c5d1u  // no value that comes about by itself

// The vault's region is the end of the flash.
#define REGION (PICO_FLASH_SIZE_BYTES - MICROPY_HW_FLASH_STORAGE_BYTES)

// docs/formats.md, sections 2 and 3: a record's first page has a commit word, and at 5 the record's type.
#define COMMITTED 0x960fc35au  // 5a c3 0f 96
#define TYPE_OFFSET 5
#define TYPE_SEAL 0x86

extern void __real_mp_usbd_init(void);

// Two words, so that the second look needs what the first has not read: the compiler knows nothing of either.
static volatile uint32_t usb_door[2];

void door_open(void) {
    usb_door[0] = OPEN;
    usb_door[1] = ~OPEN;
}

static bool holds_seal(void) {
    const uint8_t *region = (const uint8_t *)(XIP_NOCACHE_NOALLOC_BASE + REGION);
    for (uint32_t page = 0; page < MICROPY_HW_FLASH_STORAGE_BYTES; page += FLASH_PAGE_SIZE) {
        if (*(const volatile uint32_t *)(region + page) == COMMITTED && region[page + TYPE_OFFSET] == TYPE_SEAL) {
            return true;
        }
    }
    return false;
}

void __wrap_mp_usbd_init(void) {
    // Twice, because what may be skipped once is rarely skipped twice.
    if (usb_door[0] != OPEN || holds_seal()) {
        native_restart(CAUSE_DOOR);
    }
    if (holds_seal() || usb_door[1] != ~OPEN) {
        native_restart(CAUSE_DOOR);
    }
    native_watch(false);  // whoever sits at the REPL may take his time
    __real_mp_usbd_init();
}
