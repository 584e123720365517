"""What the flash of a token holds, read from an image of it: every header, every record, the state at the next boot."""
