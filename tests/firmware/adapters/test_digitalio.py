"""CircuitPython's pins over MicroPython's."""

import pytest

from digitalio import DigitalInOut, Direction, Pull


class Pin:
    """A machine.Pin that notes how it is set up."""

    IN, OUT, PULL_UP, PULL_DOWN = "in", "out", "up", "down"

    def __init__(self):
        self.setups = []
        self.level = 0

    def init(self, mode, pull=None):
        self.setups.append((mode, pull))

    def value(self, level=None):
        if level is None:
            return self.level
        self.level = level
        return None


def test_a_new_object_leaves_its_pin_alone():
    pin = Pin()
    assert DigitalInOut(pin).direction == Direction.INPUT
    assert pin.setups == []


@pytest.mark.parametrize(("pull", "resistor"), [(Pull.UP, "up"), (Pull.DOWN, "down"), (None, None)])
def test_an_input_gets_its_resistor(pull, resistor):
    pin = Pin()
    line = DigitalInOut(pin)
    line.pull = pull
    assert line.pull == pull
    assert pin.setups == [("in", resistor)]
    line.direction = Direction.INPUT
    assert pin.setups[-1] == ("in", resistor)


def test_an_output_has_no_resistor_and_drives_its_level():
    pin = Pin()
    line = DigitalInOut(pin)
    line.pull = Pull.UP
    line.direction = Direction.OUTPUT
    assert (line.direction, line.pull, pin.setups[-1]) == (Direction.OUTPUT, None, ("out", None))
    line.value = True
    assert (pin.level, line.value) == (1, True)
    line.value = False
    assert (pin.level, line.value) == (0, False)
