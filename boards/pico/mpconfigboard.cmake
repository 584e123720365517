# The Raspberry Pi Pico for MicroPython's build: which chip, what is frozen, and the module in C.
set(PICO_BOARD "pico")
set(PICO_PLATFORM "rp2040")
set(MICROPY_FROZEN_MANIFEST ${MICROPY_BOARD_DIR}/manifest.py)
set(USER_C_MODULES ${MICROPY_BOARD_DIR}/native/micropython.cmake)
