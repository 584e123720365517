// Overwrites what was freed: MicroPython's heap keeps the content of dead objects, and so does the stack.

#include "memory.h"

#include <stdint.h>
#include <string.h>

#include "hardware/regs/addressmap.h"
#include "py/gc.h"
#include "py/mpstate.h"

#define USB_MEMORY_BYTES 4096  // RP2040 data sheet, section 4.1.2.2

// What is in gc.c: of each block of the heap two bits, four blocks a byte; 0 is free.
#define BLOCKS_PER_BYTE 4
#define IS_FREE(byte, index) (((byte) >> (2 * (index)) & 3) == 0)

extern uint8_t __GcHeapStart, __GcHeapEnd, __StackBottom, __StackTop;

// Zero words with code that no compiler may leave out, and that needs no stack of its own.
static inline __attribute__((always_inline)) void zero(uintptr_t start, uintptr_t end) {
    for (volatile uint32_t *word = (volatile uint32_t *)start; word < (volatile uint32_t *)end; ++word) {
        *word = 0;
    }
}

static inline __attribute__((always_inline)) uintptr_t stack_pointer(void) {
    uintptr_t pointer;
    __asm__ volatile("mov %0, sp" : "=r"(pointer));
    return pointer;
}

static void __attribute__((noinline)) wipe_dead_stack(void) {
    zero((uintptr_t)&__StackBottom, stack_pointer());
}

void memory_wipe_usb(void) {
    zero(USBCTRL_DPRAM_BASE, USBCTRL_DPRAM_BASE + USB_MEMORY_BYTES);
}

void memory_wipe_unused(void) {
    zero((uintptr_t)&__GcHeapStart, (uintptr_t)&__GcHeapEnd);
    wipe_dead_stack();
}

static void wipe_free_blocks(const mp_state_mem_area_t *area) {
    uint8_t *blocks = area->gc_pool_start;
    for (size_t i = 0; i < area->gc_alloc_table_byte_len; ++i, blocks += BLOCKS_PER_BYTE * MICROPY_BYTES_PER_GC_BLOCK) {
        uint8_t byte = area->gc_alloc_table_start[i];
        if (byte == 0) {
            memset(blocks, 0, BLOCKS_PER_BYTE * MICROPY_BYTES_PER_GC_BLOCK);
            continue;
        }
        for (int index = 0; index < BLOCKS_PER_BYTE; ++index) {
            if (IS_FREE(byte, index)) {
                memset(blocks + index * MICROPY_BYTES_PER_GC_BLOCK, 0, MICROPY_BYTES_PER_GC_BLOCK);
            }
        }
    }
}

void memory_clean(void) {
    gc_collect();
    wipe_free_blocks(&MP_STATE_MEM(area));
    wipe_dead_stack();
}
