"""A walk with the keys of a factory reset at power-on: it takes the two keys and the right digits, and leaves no half.

A reset that was begun is judged when the power goes, by what the next boot makes of it: nothing is left, or nothing is
missing.
"""

from dsc.vault.store import BLANK, SEALED
from fakes import units
from fakes.walked_tokens import Kept, is_erased
from fakes.walker import Walker

KEYS = {"C", "FD"}
HOLD_MS = 3_000
WANTED = f"{int.from_bytes(units.UID, 'big') % 10_000:04d}"


class ResetWalker(Walker):
    """A walker that knows whether a reset was asked for."""

    def __init__(self, flash, secret=None) -> None:
        super().__init__(flash, secret)
        self._kept: Kept | None = Kept.of(self.vault)  # None once the token is blank

    def _finish(self, end: str) -> None:
        confirmed = self._is_held() and is_typed(WANTED, self._typed)
        before = self._kept
        state = self.vault.state
        assert state in (SEALED, BLANK)
        self._kept = Kept.of(self.vault) if state == SEALED else None
        if before is None:
            assert state == BLANK, "nothing comes back"
            return
        if self._kept is None:
            self.counts["reset"] += 1
            assert confirmed, "it was asked for"
        elif confirmed:
            assert end == "cut", "what was asked for is done"
            assert self._kept == before, "or else nothing is"
        assert self._kept is None or self._kept.keys() == before.keys(), "no login is lost"
        self.counts["cut in a reset"] += confirmed and end == "cut"
        self.counts["refused"] += self._is_held() and not confirmed and "#" in self._typed

    def walk(self, steps: list[tuple]) -> None:
        super().walk(steps)
        assert (self._kept is None) == is_erased(self.flash), "a cut leaves nothing undone"

    def _is_held(self) -> bool:
        keys, milliseconds = self._held
        return set(keys.split()) == KEYS and milliseconds >= HOLD_MS


def is_typed(wanted: str, keys: str) -> bool:
    """Whether keys at a screen for digits come to those that are wanted: C takes one back, OK at others all of them."""
    field = ""
    for key in keys:
        if key.isdigit() and len(field) < len(wanted):
            field += key
        elif key == "*":
            field = field[:-1]
        elif key == "#" and len(field) == len(wanted):
            if field == wanted:
                return True
            field = ""
    return False
