"""One interface to a running token, whatever runs its firmware."""
