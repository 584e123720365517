"""Emulation at a useful speed: what `make emulator` compiles, and how it comes into use."""
