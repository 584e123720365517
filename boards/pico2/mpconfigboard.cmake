# The Raspberry Pi Pico 2 for MicroPython's build: which chip, what is frozen, and the module in C.
set(PICO_BOARD "pico2")
set(PICO_PLATFORM "rp2350")
set(MICROPY_FROZEN_MANIFEST ${MICROPY_BOARD_DIR}/manifest.py)
set(USER_C_MODULES ${MICROPY_BOARD_DIR}/../pico/native/micropython.cmake)
