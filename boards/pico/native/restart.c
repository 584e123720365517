// Restarts the chip with its memory wiped; tells the next boot why; makes it wait if that happens over and over.
//
// SRAM survives a reset, and the boot ROM reads it out over USB (RP2040 data sheet, section 2.8). So it is wiped before
// each restart that we do ourselves, and first thing at each boot, for the restarts that we do not do.

#include "restart.h"

#include "hardware/regs/addressmap.h"
#include "hardware/structs/psm.h"
#include "hardware/structs/watchdog.h"
#include "hardware/sync.h"
#include "hardware/watchdog.h"
#include "memory.h"
#include "pico/stdlib.h"
#include "pico/time.h"

// Of the watchdog's scratch registers, which live until RUN is pulled low or the power goes (RP2040 data sheet, section
// 4.7.4), the SDK uses 4 to 7.
#define NOTE (watchdog_hw->scratch[0])
#define NOTE_MAGIC 0xd5c00000u  // above 8 bits of failures in a row and 8 of cause
#define NOTE_MAGIC_MASK 0xffff0000u
#define MAX_FAILURES 255u

#define WATCHDOG_MS 8000  // of at most 8,388 (RP2040 data sheet, section 4.7.3)

// The first two failures cost no time: what went wrong is on the display then. Others before it could be shown cost
// 0.25 s, 0.5 s, ... 16 s each.
#define FREE_FAILURES 2u
#define BACK_OFF_MS 250u
#define MAX_DOUBLINGS 6u

static unsigned int cause;
static unsigned int failures;

static void write_note(unsigned int why, unsigned int count) {
    NOTE = NOTE_MAGIC | count << 8 | why;
}

static void read_note(void) {
    cause = CAUSE_WANTED;
    failures = 0;
    if ((NOTE & NOTE_MAGIC_MASK) == NOTE_MAGIC) {
        cause = NOTE & 0xff;
        failures = NOTE >> 8 & 0xff;
    }
    if (watchdog_hw->reason & WATCHDOG_REASON_TIMER_BITS) {
        // It was not fed. Nobody had the time to write a note.
        cause = CAUSE_HANG;
        failures += failures < MAX_FAILURES;
    }
    // The count lives on until a restart is wanted.
    write_note(CAUSE_WANTED, failures);
}

static void back_off(void) {
    if (failures > FREE_FAILURES) {
        unsigned int doublings = failures - FREE_FAILURES - 1;
        sleep_ms(BACK_OFF_MS << (doublings < MAX_DOUBLINGS ? doublings : MAX_DOUBLINGS));
    }
}

// MicroPython's main comes here as soon as the clocks run, before it has a heap.
void native_startup(void) {
    memory_wipe_unused();
    memory_wipe_usb();
    read_note();
    back_off();
    native_watch(true);
}

void native_watch(bool on) {
    if (on) {
        watchdog_enable(WATCHDOG_MS, false);
    } else {
        hw_clear_bits(&watchdog_hw->ctrl, WATCHDOG_CTRL_ENABLE_BITS);
    }
}

unsigned int native_cause(void) {
    return cause;
}

void native_restart(unsigned int why) {
    save_and_disable_interrupts();
    unsigned int count = 0;
    if (why != CAUSE_WANTED) {
        count = (NOTE & NOTE_MAGIC_MASK) == NOTE_MAGIC ? NOTE >> 8 & 0xff : 0;
        count += count < MAX_FAILURES;
    }
    write_note(why, count);
    memory_wipe_usb();
    psm_hw->wdsel = PSM_WDSEL_BITS & ~(PSM_WDSEL_ROSC_BITS | PSM_WDSEL_XOSC_BITS);
    watchdog_hw->scratch[4] = 0;  // boot from flash, as after power-on (RP2040 data sheet, section 2.8.1.1)
    // From here on in registers alone: all of SRAM goes, the stack and everything that C knows included.
    register uint32_t at __asm__("r0") = SRAM_BASE;
    register uint32_t end __asm__("r1") = SRAM_END;
    register uint32_t trigger __asm__("r6") = WATCHDOG_CTRL_TRIGGER_BITS;
    register uintptr_t control __asm__("r7") = (uintptr_t)hw_set_alias_untyped(&watchdog_hw->ctrl);
    __asm__ volatile(
        "movs r2, #0\n"
        "movs r3, #0\n"
        "movs r4, #0\n"
        "movs r5, #0\n"
        "1: stmia r0!, {r2-r5}\n"
        "cmp r0, r1\n"
        "bcc 1b\n"
        "str r6, [r7]\n"
        "2: b 2b\n"
        : "+r"(at)
        : "r"(end), "r"(trigger), "r"(control)
        : "r2", "r3", "r4", "r5", "cc", "memory");
    __builtin_unreachable();
}

// The stack may be what is broken: it starts anew.
void __attribute__((naked)) isr_hardfault(void) {
    __asm__ volatile(
        "ldr r0, =__StackTop\n"
        "mov sp, r0\n"
        "movs r0, %0\n"
        "ldr r1, =native_restart\n"
        "bx r1\n"
        :
        : "i"(CAUSE_FAULT));
}
