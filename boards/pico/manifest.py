"""What is frozen into the image and under which name; read by MicroPython's build, and no module of the token."""

# freeze() is given by the tool that reads this. The order is the order in the image, so it depends on names alone.
# ruff: noqa: F821
# mypy: ignore-errors

import os

TREE = os.path.abspath("../..")
FIRMWARE = TREE + "/firmware"
DRIVERS = TREE + "/build/device-libs"


def python_files(base, folder):
    """The modules in `folder` and below it, relative to `base`, sorted."""
    found = []
    for place, _, names in os.walk(base + "/" + folder):
        found += [os.path.relpath(place + "/" + name, base) for name in names if name.endswith(".py")]
    return sorted(found)


# The port's own modules, but its _boot.py, which would make and mount a file system.
freeze("$(PORT_DIR)/modules", ("rp2.py",))

freeze(FIRMWARE, ("_boot.py",))
freeze(FIRMWARE, python_files(FIRMWARE, "dsc"))
freeze(FIRMWARE + "/adapters", python_files(FIRMWARE + "/adapters", "."))
freeze(
    TREE + "/boards", [name for name in python_files(TREE + "/boards", "pico") if name != "pico/manifest.py"]
)
freeze("$(GENERATED_DIR)", ("pico/build_info.py",))

# The drivers, as they come, and what they import.
freeze(DRIVERS, ("adafruit_matrixkeypad.py", "adafruit_ssd1306.py"))
freeze(DRIVERS, python_files(DRIVERS, "adafruit_bus_device"))
