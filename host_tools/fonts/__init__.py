"""The bitmap fonts: art as text files, read for the screen reader and compiled for the token."""
