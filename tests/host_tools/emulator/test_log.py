"""What the peripherals complain about goes to Python's logging, one level down, and stops nothing."""

import logging

import pytest
from rp2040py.rp2040 import RP2040

from host_tools.emulator.chip import Chip

NOWHERE = 0x4FFF_F000


def test_on_the_bare_chip_an_error_is_an_exception():
    with pytest.raises(RuntimeError, match="went wrong"):
        RP2040().logger.error("ADC", "went wrong")


def test_on_the_bare_chip_a_warning_is_printed(capfd):
    RP2040().read_uint32(NOWHERE)
    assert "4ffff000" in capfd.readouterr().err


def test_nothing_is_printed_and_nothing_stops(capfd):
    mcu = Chip().mcu
    mcu.read_uint32(NOWHERE)
    mcu.logger.error("ADC", "went wrong")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("method", "level"),
    [
        ("debug", logging.DEBUG),
        ("info", logging.DEBUG),
        ("warning", logging.INFO),
        ("error", logging.WARNING),
    ],
)
def test_a_message_comes_with_its_part_and_one_level_down(caplog, method, level):
    with caplog.at_level(logging.DEBUG, logger="host_tools.emulator.chip"):
        getattr(Chip().mcu.logger, method)("ADC", "so it is")
    assert [(each.levelno, each.getMessage()) for each in caplog.records] == [(level, "ADC: so it is")]


def test_what_a_peripheral_does_not_know_is_said_where_somebody_listens(caplog):
    mcu = Chip().mcu
    with caplog.at_level(logging.INFO, logger="host_tools.emulator.chip"):
        mcu.read_uint32(NOWHERE)
    assert "4ffff000" in caplog.text
