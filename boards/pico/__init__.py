"""The Raspberry Pi Pico (RP2040) as a token: its pins, its ports and its MicroPython board definition."""
