// Overwriting memory that nobody uses any more.

#ifndef PICODSC_MEMORY_H
#define PICODSC_MEMORY_H

// Zero all of SRAM that is neither data nor the stack in use; before MicroPython has its heap.
void memory_wipe_unused(void);

// Zero USB's packet memory, which holds what was last sent and received.
void memory_wipe_usb(void);

// Collect garbage, then zero all free blocks of the heap and the stack below the caller.
void memory_clean(void);

#endif
