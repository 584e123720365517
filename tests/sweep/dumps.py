"""The ends of a login after which no secret may be in memory, and dumps of all memory that outlives a reset."""

from dsc.app import timing
from fakes import login_secrets
from fakes.dump_search import Search
from host_tools.simulator.script import Player, parse
from sweep.sealed_token import PIN, SealedToken

TYPED = "press 9 0 2 1 0 7 6 3\n"
CHALLENGE = TYPED + 'press OK\nexpect "CHALLNG>"\n'
RESPONSE = CHALLENGE + "press 1 2 3 4 5 7 OK\nread RESPONSE\n"
ENDS = {
    "the response is shown": RESPONSE,
    "the response was dismissed": RESPONSE + "press OK\nwait 1s",
    "the PIN was cancelled": TYPED + "hold C 2s",
    "the challenge was cancelled": CHALLENGE + "press 1 2 3\nhold C 2s",
    "the token sleeps": RESPONSE + "press OK\nwait 5s",
    "it was woken again": RESPONSE + "press OK\nwait 5s\npress C\nwait 1s",
}
# These take long, and are in the sweep.
LATE_ENDS = {
    "the response has expired": RESPONSE + f"wait {timing.RESPONSE_MS + 1000}ms",
    "nobody confirmed the PIN": TYPED + f"wait {timing.PATIENCE_MS + 2000}ms",
    "nobody typed the challenge": CHALLENGE + f"press 1 2 3\nwait {timing.CHALLENGE_MS + 1000}ms",
}


class FoundError(AssertionError):
    """Secrets are where none may be."""


def dump(token: SealedToken) -> tuple[bytes, ...]:
    """SRAM, the USB controller's memory, and the display's."""
    mcu = token.pico.chip.mcu
    return bytes(mcu.sram), bytes(mcu.usb_dpram), bytes(token.engine.display._memory)


def flash(token: SealedToken) -> bytes:
    """All of the flash."""
    return bytes(token.pico.flash.data)


def play(token: SealedToken, script: str) -> None:
    """From the PIN screen."""
    token.restore(token.at_pin)
    Player(token.engine, lambda line: None).play(parse(script))


def check(token: SealedToken, script: str) -> None:
    """Play it, and search memory and flash. Raises FoundError."""
    play(token, script)
    found = Search(login_secrets.of_unit(PIN)).found_in(*dump(token), flash(token))
    if found:
        raise FoundError(", ".join(sorted(found)))
