"""MicroPython's modules for CPython: this folder goes on sys.path, so file names are module names."""
