// What MicroPython's main calls on a token, and the settings that this rests on; included by every board's header.

#define MICROPY_BOARD_STARTUP() native_startup()
// There is no soft reset: it would keep USB up, and memory as it was.
#define MICROPY_BOARD_START_SOFT_RESET() native_restart(0)

extern void native_startup(void);
extern void native_restart(unsigned int cause);
