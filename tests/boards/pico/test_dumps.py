"""No secret is in the chip's memory, nor in the display's, once the token has no more use for it; nor ever in flash.

What is searched is what somebody reads out who resets the chip into its boot loader: all of SRAM, with the USB
controller's memory, and the display's own. With the cleaning taken out, the same search finds them.
"""

import pytest

from fakes import login_secrets
from fakes.dump_search import Search
from host_tools.emulator import glitches
from host_tools.emulator.chip import MILLISECOND
from sweep import dumps, faults
from sweep.dumps import CHALLENGE, ENDS, TYPED, dump, flash, play
from sweep.sealed_token import PIN


@pytest.fixture(scope="module")
def search():
    return Search(login_secrets.of_unit(PIN))


@pytest.mark.parametrize("end", ENDS)
def test_no_secret_is_in_memory_nor_in_flash_when(sealed_token, end):
    dumps.check(sealed_token, ENDS[end])


@pytest.mark.parametrize(
    "end", ["the response was dismissed", "the challenge was cancelled", "the token sleeps"]
)
def test_the_reset_button_finds_no_secret_when(sealed_token, search, end):
    play(sealed_token, ENDS[end])
    sealed_token.pico.reset()
    assert search.found_in(*dump(sealed_token)) == set()


def test_the_typed_pin_is_in_memory_until_it_is_confirmed(sealed_token, search):
    play(sealed_token, TYPED)
    assert search.found_in(*dump(sealed_token)) == {"PIN"}


def test_while_the_challenge_is_typed_the_opened_key_is_in_memory_and_nothing_else(sealed_token, search):
    play(sealed_token, CHALLENGE + "press 1 2 3\nwait 1s")
    assert search.found_in(*dump(sealed_token)) == {"key"}


@pytest.mark.parametrize("fault", ["unmapped", "undefined", "exception", "recursion", "out_of_memory"])
@pytest.mark.parametrize("moment", [TYPED, CHALLENGE], ids=["the PIN is typed", "the key is open"])
def test_what_a_restart_leaves_is_no_secret_after(sealed_token, search, fault, moment, seeded):
    play(sealed_token, moment)
    assert search.found_in(*dump(sealed_token)), "there is something to lose"
    left = []
    sealed_token.pico.chip.on_reset.append(lambda: left.append(dump(sealed_token)))
    faults.FAULTS[fault](sealed_token, seeded)
    sealed_token.type(["1", "OK"])
    sealed_token.come_back()
    assert left or fault in ("exception", "out_of_memory"), "it has restarted"  # of these some have handlers
    for dumped in left:
        assert search.found_in(*dumped) == set()
    assert search.found_in(*dump(sealed_token), flash(sealed_token)) == set()


def test_after_a_hang_the_next_boot_wipes_what_the_watchdog_could_not(sealed_token, search, seeded):
    play(sealed_token, CHALLENGE)
    faults.FAULTS["hang"](sealed_token, seeded)
    sealed_token.come_back()
    assert search.found_in(*dump(sealed_token)) == set()


def test_first_thing_at_boot_memory_is_wiped(sealed_token, search):
    play(sealed_token, CHALLENGE)
    sealed_token.pico.reset()
    assert search.found_in(*dump(sealed_token)), "nobody could wipe before"
    chip = sealed_token.pico.chip
    assert glitches.run_to(chip, sealed_token.symbol("mp_init"), 1000 * MILLISECOND)
    assert search.found_in(*dump(sealed_token)) == set()


# That the search works, and that the cleaning is needed.

SECRETS = {
    *("PIN", "shifted PIN", "stretched PIN", "KEK's pseudorandom key", "KEK", "DEK's mask", "DEK"),
    "key's mask",
    "key",
}
LONGEST = 30_000 * MILLISECOND


def test_every_secret_is_found_while_the_key_is_made(sealed_token, search):
    play(sealed_token, TYPED)
    chip, seen = sealed_token.pico.chip, set()

    def look():
        seen.update(search.found_in(*dump(sealed_token)))

    for moment in ("mbedtls_sha256_finish", "memory_clean"):
        chip.processor.hook(sealed_token.symbol(moment), look)
    sealed_token.type(["OK"])
    sealed_token.run_until_shown("CHALLNG>")
    sealed_token.pico.run(500)
    assert seen == SECRETS


@pytest.mark.parametrize("cleans", [True, False])
def test_what_a_login_leaves_behind_is_there_until_it_is_cleaned(sealed_token, search, cleans):
    play(sealed_token, TYPED + "wait 1s")
    sealed_token.type(["OK"])
    chip = sealed_token.pico.chip
    assert glitches.run_to(chip, sealed_token.symbol("memory_clean"), LONGEST)
    left = search.found_in(*dump(sealed_token))
    assert left > {"key"}, "nothing would have to be cleaned"
    back = chip.mcu.core.registers[14] & ~1
    if cleans:
        assert glitches.run_to(chip, back, LONGEST)
    else:
        glitches.redirect(chip, back)
    assert search.found_in(*dump(sealed_token)) == ({"key"} if cleans else left)
