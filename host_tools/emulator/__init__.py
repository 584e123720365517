"""A Raspberry Pi Pico without the hardware, and the parts that are wired to one; knows nothing of any firmware.

`Pico` in pico.py is the board, and the way in: load an image, wire parts to it, give it power, let time pass. `make
emulator` compiles it for this interpreter, which makes it many times as fast.
"""

from host_tools.emulator.fast import finder

finder.install()  # before anything imports rp2040py
