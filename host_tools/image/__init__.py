"""Builds the token's image from source, and MicroPython's Unix port beside it: `python -m host_tools.image`."""
