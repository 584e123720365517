"""A sealed token under attack: used, abused, with faults in it, and with instructions skipped. `make sweep` has more.

It never shows itself on USB, sends nothing, shows no response to somebody who has not entered the PIN, and comes back
to its PIN screen or says on a halt screen what happened.
"""

from functools import cache

import pytest

from host_tools.emulator import glitches
from host_tools.engines.unit import FLASH_SIZE
from sweep import faults, skips, timing, use_and_abuse

USE_MS, ABUSE_MS = 6_000, 6_000  # of 60 s each in the sweep
SEED = 5
FAULTS, SKIPS, PINS = len(faults.FAULTS), 12, 40
DOOR_OPEN = 0x3A96_C5D1  # as in boards/pico/native/door.c


@pytest.fixture(scope="module")
def login(sealed_token):
    return faults.measure(sealed_token)


@pytest.fixture(scope="module")
def stretches(sealed_token):
    return cache(lambda: skips.stretches(sealed_token))


def test_a_token_in_use_opens_nothing(sealed_token):
    assert use_and_abuse.use(sealed_token, USE_MS) > 1


def test_a_token_that_is_abused_opens_nothing_and_comes_back(sealed_token, counted):
    counted(f"abuse: {use_and_abuse.abuse(sealed_token, ABUSE_MS, SEED)}, seed {SEED}")


@pytest.mark.parametrize("case", range(FAULTS))
def test_after_a_fault_the_token_comes_back_or_says_what_happened(sealed_token, login, case):
    faults.play(sealed_token, login, SEED, case)


@pytest.mark.parametrize("case", range(SKIPS))
def test_a_skipped_instruction_gives_nothing_away(sealed_token, stretches, case):
    skips.play(sealed_token, stretches(), SEED, case)


@pytest.mark.parametrize(
    ("door", "seals"),
    [((0, 0), True), ((DOOR_OPEN, DOOR_OPEN ^ 0xFFFFFFFF), True), ((0, 0), False)],
    ids=["never opened", "opened by whatever it was", "never opened, and the seals have decayed"],
)
def test_no_skipped_instruction_at_the_door_lets_usb_start(sealed_token, counted, door, seals):
    def enter():
        token = sealed_token
        token.restore(token.at_pin)
        for number, word in enumerate(door):
            token.pico.chip.mcu.write_uint32((token.symbol("usb_door") & ~3) + 4 * number, word)
        if not seals:
            token.pico.load(token.pico.flash.size - FLASH_SIZE, b"\xff" * FLASH_SIZE)
        glitches.redirect(token.pico.chip, token.symbol("__wrap_mp_usbd_init"), {14: faults.NOWHERE | 1})

    tried = skips.aimed(sealed_token, enter, sealed_token.symbol("native_restart"))
    assert tried > 5
    counted(f"the door: {tried} instructions skipped")


def test_without_its_door_usb_starts(sealed_token):
    sealed_token.restore(sealed_token.at_pin)
    glitches.redirect(sealed_token.pico.chip, sealed_token.symbol("mp_usbd_init"), {14: faults.NOWHERE | 1})
    sealed_token.pico.run(100)
    assert sealed_token.pico.usb.pull_ups == 1


def test_every_pin_takes_equally_many_cycles_until_the_challenge(sealed_token, counted):
    typed = timing.type_pin(sealed_token)
    seen = {timing.moments(sealed_token, typed, pin) for pin in timing.pins(SEED, PINS)}
    counted(f"{PINS} PINs, {len(seen)} different timings, seed {SEED}")
    assert len(seen) == 1
