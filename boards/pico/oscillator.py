"""Raw bits of the ring oscillator, and the noise of the temperature sensor.

Sources: RP2040 data sheet, sections 2.17.5 (RANDOMBIT), 2.20 (CHIP_ID) and 4.9 (ADC).
"""

import time

import machine

# The SDK takes a bit at most every 10 µs (pico_rand). Neighbouring bits depend less on one another the longer the
# oscillator runs between them: this is twice as long, and what Python takes comes on top.
SPACING_US = 20

_CHIP_ID = 0x4000_0000  # the same on both chips; the part is in bits 12 to 27
_RP2350 = 4
_IS_RP2350 = machine.mem32[_CHIP_ID] >> 12 & 0xFFFF == _RP2350
_RANDOMBIT = 0x400E_8020 if _IS_RP2350 else 0x4006_001C
_ADC_CS = 0x400A_0000 if _IS_RP2350 else 0x4004_C000
_NOISE_BYTES = 32


def fill(buffer: bytearray) -> None:
    """Fill `buffer` with raw bits, at least SPACING_US apart, the first in the lowest bit of the first byte."""
    registers, address = machine.mem32, _RANDOMBIT
    ticks_us, ticks_diff = time.ticks_us, time.ticks_diff
    taken = ticks_us()
    for i in range(len(buffer)):
        byte = 0
        for place in range(8):
            while ticks_diff(ticks_us(), taken) < SPACING_US:
                pass
            byte |= (registers[address] & 1) << place
            taken = ticks_us()
        buffer[i] = byte


def temperature_noise() -> bytearray:
    """The low bytes of 32 conversions of the temperature sensor, which with the converter is switched off again."""
    sensor = machine.ADC(machine.ADC.CORE_TEMP)
    data = bytearray(_NOISE_BYTES)
    for i in range(_NOISE_BYTES):
        data[i] = sensor.read_u16() >> 4 & 0xFF
    converter_off()
    return data


def converter_off() -> None:
    """Switch the analogue converter off, with its sensor: a machine.ADC made before must not be read any more.

    Making one switches it on. A conversion that is begun while it is off never ends.
    """
    machine.mem32[_ADC_CS] = 0
