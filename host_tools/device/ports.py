"""Serial ports of boards that run MicroPython, and mpremote's way to open one."""

from __future__ import annotations

from contextlib import redirect_stdout
from typing import Final

from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport
from serial.tools import list_ports

from host_tools.device.errors import NoPortError, PortError

VENDOR: Final = 0x2E8A  # Raspberry Pi's USB vendor id
MICROPYTHON: Final = 0x0005  # the product id of MicroPython on an RP2040


def connected() -> list[str]:
    """Ports behind which an RP2040 runs MicroPython."""
    return sorted(
        port.device for port in list_ports.comports() if (port.vid, port.pid) == (VENDOR, MICROPYTHON)
    )


def choose(port: str | None, found: list[str]) -> str:
    """`port`, else the only one of `found`. Raises NoPortError."""
    if port is not None:
        return port
    if len(found) != 1:
        raise NoPortError(found)
    return found[0]


def open_transport(port: str) -> SerialTransport:
    """mpremote's transport on `port`. Raises PortError."""
    try:
        with redirect_stdout(None):
            return SerialTransport(port, baudrate=115200)
    except (TransportError, OSError) as error:
        raise PortError(port) from error


def close(transport: SerialTransport) -> None:
    """Let the port go."""
    try:
        transport.close()
    except OSError:  # the board was faster; what is left of the port is closed all the same
        transport.serial.close()
