"""The frozen entry point: a sealed token never leaves it; a blank one goes on to the USB REPL, for its station."""

import sys

sys.path[:] = [".frozen"]  # nothing that lies in flash as a file can stand in for a frozen module
try:
    from pico import start

    start.boot()
except BaseException:  # noqa: BLE001 - should even this be passed, USB's door stays shut (boards/pico/native/door.c)
    import native

    native.restart(native.ESCAPED)
