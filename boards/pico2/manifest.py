"""What is frozen into the image: the same as on the Pico; read by MicroPython's build, and no module of the token."""

# include() is given by the tool that reads this.
# ruff: noqa: F821
# mypy: ignore-errors

include("../pico/manifest.py")
