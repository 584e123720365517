"""The firmware of a picodsc token: crypto, protocol, vault, user interface and flows."""
