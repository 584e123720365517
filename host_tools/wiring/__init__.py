"""Wiring drawing, wiring table and Wokwi diagram, all made from a board's `pins.py`."""
