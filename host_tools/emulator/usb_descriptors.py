"""Reads the descriptors in which a USB device says what it is, as far as a serial port needs them.

Source: Universal Serial Bus specification 2.0, section 9.6.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = 1, 2, 3, 4, 5
DEVICE_LENGTH: Final = 18
CONFIGURATION_LENGTH: Final = 9
COMMUNICATIONS, DATA = 0x02, 0x0A  # interface classes (USB class codes)
_IN: Final = 0x80
_BULK: Final = 2
_INTERFACE_LENGTH, _ENDPOINT_LENGTH = 9, 7


@dataclass(frozen=True)
class Device:
    """Who made it, what it is, and the index of its serial number's text (0: none)."""

    vendor_id: int
    product_id: int
    serial_index: int


@dataclass(frozen=True)
class Serial:
    """A serial port of a device: the number of its control interface, and its two bulk endpoints."""

    control_interface: int
    in_endpoint: int
    out_endpoint: int


def device(descriptor: bytes) -> Device:
    """What a device descriptor of 18 bytes says."""
    vendor, product = struct.unpack_from("<HH", descriptor, 8)
    return Device(vendor, product, descriptor[16])


def total_length(descriptor: bytes) -> int:
    """Bytes of a configuration with all that belongs to it, from its first 9."""
    return int(struct.unpack_from("<H", descriptor, 2)[0])


def serial_port(configuration: bytes) -> Serial | None:
    """The first serial port of a configuration, or None if it has none."""
    control = in_endpoint = out_endpoint = None
    in_data = False
    position = 0
    while position + 2 <= len(configuration) and configuration[position] >= 2:
        length, kind = configuration[position : position + 2]
        part = configuration[position : position + length]
        if kind == INTERFACE and len(part) >= _INTERFACE_LENGTH:
            in_data = part[5] == DATA
            if part[5] == COMMUNICATIONS and control is None:
                control = part[2]
        elif kind == ENDPOINT and len(part) >= _ENDPOINT_LENGTH and in_data and part[3] & 3 == _BULK:
            if part[2] & _IN:
                in_endpoint = in_endpoint or part[2] & 0xF
            else:
                out_endpoint = out_endpoint or part[2]
        position += length
    if control is None or in_endpoint is None or out_endpoint is None:
        return None
    return Serial(control, in_endpoint, out_endpoint)
