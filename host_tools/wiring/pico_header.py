"""The 40 pins of the Raspberry Pi Pico's header (Pico data sheet, section 2.1; the same on the Pico 2)."""

from __future__ import annotations

# Pin 1 is at the top left with the USB connector upwards; counting goes down, and up again on the right.
NAMES = (
    "GP0",
    "GP1",
    "GND",
    "GP2",
    "GP3",
    "GP4",
    "GP5",
    "GND",
    "GP6",
    "GP7",
    "GP8",
    "GP9",
    "GND",
    "GP10",
    "GP11",
    "GP12",
    "GP13",
    "GND",
    "GP14",
    "GP15",
    "GP16",
    "GP17",
    "GND",
    "GP18",
    "GP19",
    "GP20",
    "GP21",
    "GND",
    "GP22",
    "RUN",
    "GP26",
    "GP27",
    "AGND",
    "GP28",
    "ADC_VREF",
    "3V3(OUT)",
    "3V3_EN",
    "GND",
    "VSYS",
    "VBUS",
)

PIN_OF_GPIO = {int(name[2:]): pin for pin, name in enumerate(NAMES, 1) if name.startswith("GP")}

SUPPLY = (
    36  # 3V3(OUT): what the RP2040 itself runs on, so the display's lines never exceed what its pins bear
)
GROUND = 38  # the ground next to it


def name(pin: int) -> str:
    """The name that is printed beside pin 1 to 40."""
    return NAMES[pin - 1]
