"""The analogue inputs: the supply VSYS through the Pico's divider, the temperature sensor, and three pins.

On a bare rp2040py all channels read zero, taking turns between channels (round robin) goes astray, and a converter
that is switched off is ready at once.
Sources: RP2040 data sheet, section 4.9; Pico data sheet, section 4.4 (VSYS/3 on GPIO 29).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rp2040py.peripherals.adc import (
    CS_AINSEL_MASK,
    CS_AINSEL_SHIFT,
    CS_READY,
    CS_RROBIN_MASK,
    CS_RROBIN_SHIFT,
    RPADC,
)

from host_tools.emulator import noise

if TYPE_CHECKING:
    from rp2040py.rp2040 import RP2040

BASE: Final = 0x4004C000
CS: Final = 0x00
CHANNELS: Final = 5
VSYS_CHANNEL: Final = 3
TEMPERATURE_CHANNEL: Final = 4
REFERENCE_VOLTS: Final = 3.3
STEPS: Final = 1 << 12


class AnalogueInputs(RPADC):
    """The converter with something to measure; all values may be changed at any time.

    `vsys_volts` is the board's supply, `celsius` the chip's temperature, `pin_volts` what is on GPIO 26 to 28,
    `noise_steps` the standard deviation of the noise, in steps of the converter (3.3 V / 4096).
    """

    def __init__(self, mcu: RP2040, seed: int) -> None:
        super().__init__(mcu, "ADC")
        self.vsys_volts = 5.0
        self.celsius = 27.0
        self.pin_volts = [0.0, 0.0, 0.0]
        self.noise_steps = 1.5
        self.conversions = 0
        self.seed = seed
        self._code = 0
        self.on_adc_read = self._begin

    def volts(self, channel: int) -> float:
        """What the converter sees on `channel`; a sensor that is switched off, or a missing channel, is 0 V."""
        if channel < VSYS_CHANNEL:
            return self.pin_volts[channel]
        if channel == VSYS_CHANNEL:
            return self.vsys_volts / 3
        if channel == TEMPERATURE_CHANNEL and self.temperature_enable:
            return 0.706 - (self.celsius - 27) * 0.001721  # section 4.9.5, solved for the voltage
        return 0.0

    def read_uint32(self, offset: int) -> int:
        """A register; a converter that is switched off is never ready, and whoever waits for it waits for ever."""
        value: int = super().read_uint32(offset)
        return value & ~CS_READY if offset == CS and not self.enabled else value

    @property
    def _active_channel(self) -> int:
        return self.cs >> CS_AINSEL_SHIFT & CS_AINSEL_MASK

    @_active_channel.setter
    def _active_channel(self, channel: int) -> None:
        # Only the round robin assigns, and its own arithmetic passes over channel 0. What comes next:
        turns = self.cs >> CS_RROBIN_SHIFT & CS_RROBIN_MASK
        following = (self._active_channel + step for step in range(1, CHANNELS + 1))
        channel = next(each % CHANNELS for each in following if turns >> each % CHANNELS & 1)
        self.cs = self.cs & ~(CS_AINSEL_MASK << CS_AINSEL_SHIFT) | channel << CS_AINSEL_SHIFT

    def _begin(self, channel: int) -> None:
        self.conversions += 1
        noisy = self.noise_steps * noise.normal(self.seed, "analogue input", channel, self.conversions)
        exact = self.volts(channel) / REFERENCE_VOLTS * STEPS
        self._code = max(0, min(STEPS - 1, round(exact + noisy)))
        self.sample_alarm.schedule(self.sample_time * 1000)

    def _on_sample_alarm(self) -> None:
        self.complete_adc_read(self._code, False)


def install(mcu: RP2040, seed: int = 0) -> AnalogueInputs:
    """Give `mcu` analogue inputs whose noise repeats with `seed`."""
    inputs = AnalogueInputs(mcu, seed)
    mcu.adc = inputs
    mcu.peripherals[BASE >> 12] = inputs
    return inputs
