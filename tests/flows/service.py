"""What the service answers when somebody reads the token's screen to it: the keys that are to be typed then."""

from collections.abc import Callable
from typing import Final

from dsc.crypto.ocra import Suite, mutual
from dsc.protocol.confirm import confirmation
from dsc.protocol.unlock import unlock_code
from fakes import units
from flows.units import PAGE_SUITE, UNLOCK_SECRET
from host_tools.simulator.screen_reader import Screen

PAGE_QUESTION: Final = "531907"


class Service:
    """Somebody who sees the screen, remembers the number that was on it, and tells what to type."""

    def __init__(self) -> None:
        self._number = ""

    def page(self, screen: Screen, truth: str) -> str:
        """The login page's challenge and code for the number on screen, or a code that is wrong in its last digit."""
        code = mutual(Suite.parse(PAGE_SUITE), units.server_key(0, PAGE_SUITE), screen.large, PAGE_QUESTION)
        return f"OK {_typed(PAGE_QUESTION)} {_typed(_as_told(code, truth))}"

    def confirm(self, screen: Screen, truth: str) -> str:
        """The confirmation of the old PIN for the number that is on screen, or was."""
        keys = ""
        if screen.large.isdigit():
            self._number = screen.large
            keys = "OK "
        return keys + _typed(_as_told(confirmation(units.fixed_key(0), units.SERIAL, self._number), truth))

    def unlock(self, screen: Screen, number: str, truth: str) -> str:
        """The unlock code of that number."""
        return _typed(_as_told(str(unlock_code(UNLOCK_SECRET, units.SERIAL, int(number)), "ascii"), truth))

    def answer(self, name: str, screen: Screen, arguments: list[str]) -> str:
        """The keys for one line of a script. Raises KeyError for a service that there is not."""
        known: dict[str, Callable[..., str]] = {
            "page": self.page,
            "confirm": self.confirm,
            "unlock": self.unlock,
        }
        return known[name](screen, *arguments)


def _as_told(digits: str, truth: str) -> str:
    return digits if truth == "right" else digits[:-1] + str((int(digits[-1]) + 1) % 10)


def _typed(digits: str) -> str:
    return " ".join([*digits, "OK"])
