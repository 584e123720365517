// Restarting the chip with its memory wiped, and telling the next boot why.

#ifndef PICODSC_RESTART_H
#define PICODSC_RESTART_H

#include <stdbool.h>
#include <stdint.h>

// Why the chip was restarted. The numbers are seen by Python, as constants of the module.
enum {
    CAUSE_WANTED = 0,
    CAUSE_FAULT = 1,    // the processor met what it cannot execute
    CAUSE_ESCAPED = 2,  // an exception left the application
    CAUSE_HANG = 3,     // the watchdog was not fed in time
    CAUSE_DOOR = 4,     // USB was about to be started on a token that is, or may be, sealed
};

// Wipe all of SRAM and USB's memory, and restart the chip; does not return.
void native_restart(unsigned int cause) __attribute__((noreturn));

// Whether the watchdog runs, with 8 s from now on. It does from boot; a blank token's REPL goes without.
void native_watch(bool on);

// What the last restart was for.
unsigned int native_cause(void);

#endif
