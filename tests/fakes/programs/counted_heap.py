"""The firmware, which appends to the file named by its second argument what its heap holds after each cleaning."""

import gc
import sys

from simulated import board, main

REPORT = sys.argv.pop(1)
clean = board.Power.clean_memory


def clean_and_count(power):
    """Clean, then collect, and write down how many bytes are in use."""
    clean(power)
    gc.collect()
    with open(REPORT, "a") as file:
        file.write(f"{gc.mem_alloc()}\n")


board.Power.clean_memory = clean_and_count
main.run()
