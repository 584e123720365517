"""Cuts standard histories of the vault everywhere, and prints how many cases each had, as JSON, one a line.

Arguments: the names of the histories; none: all of them.
"""

import gc
import json
import sys

from dsc.vault import memory
from fakes.nor_flash import TEARS
from fakes.vault_histories import FEWER_TEARS, HISTORIES, explore

if hasattr(gc, "threshold"):
    # MicroPython: collect before the heap is one of small pieces, in which no great table finds its place.
    gc.threshold(40_000_000)
    # The vault would have all of this heap collected after every 32 KiB.
    memory._threshold = None

tears = FEWER_TEARS if sys.implementation.name == "micropython" else TEARS
for name in sys.argv[1:] or HISTORIES:
    explorer = explore(name, tears)
    print(json.dumps([name, explorer.cuts, explorer.second_cuts, explorer.boots]))
