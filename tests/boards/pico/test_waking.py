"""A key wakes the token at whatever moment it goes down: while it falls asleep, and long after."""

import pytest

from host_tools.emulator import glitches
from host_tools.emulator.chip import MILLISECOND
from sweep.sealed_token import PIN_SCREEN

BEFORE_SLEEP = "machine_pin_irq"  # what the firmware calls first of what it falls asleep by
PATIENCE_MS = 60_000
AWAKE_MS = 200  # a press of TAP_MS is read by then, and its screen shown
TAP_MS = 60
MICROSECOND = 1_000


@pytest.fixture(scope="module")
def falling_asleep(sealed_token):
    """The token and the moment before it falls asleep."""
    sealed_token.restore(sealed_token.at_pin)
    address = sealed_token.symbol(BEFORE_SLEEP)
    assert glitches.run_to(sealed_token.pico.chip, address, PATIENCE_MS * MILLISECOND)
    return sealed_token, sealed_token.pico.snapshot()


def wakes(token) -> bool:
    """Whether a tap of a key lights the screen."""
    engine = token.engine
    engine.press("5")
    engine.run(TAP_MS)
    engine.release("5")
    engine.run(AWAKE_MS)
    return PIN_SCREEN in token.screen().text


@pytest.mark.parametrize("bounces_ms", [0, 5])
@pytest.mark.parametrize("late", [0, 25])
def test_a_key_that_goes_down_while_the_token_falls_asleep_wakes_it(falling_asleep, late, bounces_ms):
    token, moment = falling_asleep
    chip = token.pico.chip
    missed = []
    for microseconds in range(late, 1500, 50):
        token.restore(moment)
        token.keypad.bounce_ms = bounces_ms
        chip.run_for(microseconds * MICROSECOND)
        if not wakes(token):
            missed.append(microseconds)
    assert missed == []


@pytest.mark.parametrize("seconds", [1, 3.999, 4, 4.0002, 9.5, 600])
def test_a_key_that_goes_down_while_it_sleeps_wakes_it(falling_asleep, seconds):
    token, moment = falling_asleep
    token.restore(moment)
    token.pico.chip.run_for(seconds * 1_000 * MILLISECOND)
    assert token.screen().text == ""
    assert wakes(token)
