"""The frozen entry point: a sealed token never leaves it; a blank one goes on to the USB REPL, for its station."""

import sys

sys.path[:] = [".frozen"]  # nothing that lies in flash as a file can stand in for a frozen module
try:
    from pico import start

    start.boot()
except BaseException:  # noqa: BLE001 - whatever leaves here is met by the REPL of an unlocked token
    import time

    import machine

    time.sleep_ms(2000)  # a fault that comes back at once must not restart it hundreds of times a second
    machine.reset()
