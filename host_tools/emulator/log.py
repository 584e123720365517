"""Hands what the emulated peripherals complain about to Python's logging."""

from __future__ import annotations

import logging

_LOGGER = logging.getLogger("host_tools.emulator.chip")


class Log:
    """The logger that rp2040py's parts write to; quiet unless logging is set up to hear it.

    rp2040py's own prints to the console, and raises an exception for each error.
    """

    def debug(self, component_name: str, message: str) -> None:
        _LOGGER.debug("%s: %s", component_name, message)

    def info(self, component_name: str, message: str) -> None:
        _LOGGER.debug("%s: %s", component_name, message)

    def warning(self, component_name: str, message: str) -> None:
        _LOGGER.info("%s: %s", component_name, message)

    def error(self, component_name: str, message: str) -> None:
        _LOGGER.warning("%s: %s", component_name, message)
