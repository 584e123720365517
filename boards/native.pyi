"""The image's module in C (boards/pico/native): what stock MicroPython does not have."""

from typing import NoReturn

from _typeshed import ReadableBuffer, WriteableBuffer

# Why the chip was restarted.
WANTED: int
FAULT: int
ESCAPED: int
HANG: int
DOOR: int

def clean() -> None:
    """Collect garbage, then overwrite every free block of the heap and the stack that is not in use."""

def restart(cause: int, /) -> NoReturn:
    """Overwrite all memory, and restart the chip; the next boot is told the cause."""

def cause() -> int:
    """What the last restart was for; WANTED after power-on."""

def feed() -> None:
    """Tell the watchdog that the firmware is alive; it bites 8 s later."""

def watch(on: bool, /) -> None:
    """Start the watchdog, or stop it; it runs since boot."""

def open_door() -> None:
    """Let USB start after _boot.py. It does so only if there is no seal in the vault's region."""

PBKDF2_STATE: int  # bytes

def pbkdf2_begin(state: bytearray, password: ReadableBuffer, salt: ReadableBuffer, index: int, /) -> None:
    """Fill `state`, of PBKDF2_STATE bytes, with PBKDF2-HMAC-SHA256 after one round (RFC 8018, section 5.2).

    `index` of the 32-byte part of the output is 1 or more. The state is secret; the caller wipes it. Raises
    ValueError for a state of another size or a lower index, TypeError for what has no bytes.
    """

def pbkdf2_rounds(state: bytearray, count: int, /) -> None:
    """Do `count` rounds more, 0 or any number; no watchdog is fed meanwhile. Raises ValueError for a negative one."""

def pbkdf2_rounds_plain(state: bytearray, count: int, /) -> None:
    """The same by the reference in C."""

def pbkdf2_end(state: bytearray, output: WriteableBuffer, /) -> None:
    """Write the 32 bytes that the rounds have led to. Raises ValueError for another length of `output`."""
