"""Emulated parts of a token, usable with any firmware."""
