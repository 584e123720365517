"""The laptop side of picodsc."""
