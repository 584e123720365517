"""A walk on a token that wipes itself: it does so at its limit of wrong PINs, not before, and completely.

How many were wrong is told by what the board was given to stretch, and by the power cuts; not by the token's count.
"""

from dsc.protocol.records import MODE_VERIFIED
from dsc.vault.store import BLANK, SEALED
from fakes import units, verified_unit
from fakes.dump_search import Search
from fakes.nor_flash import NorFlash
from fakes.walked_board import WalkedBoard
from fakes.walked_tokens import is_erased
from fakes.walker import Walker

SECRETS = Search(
    {"DEK": verified_unit.DEK, "unlock secret": verified_unit.UNLOCK_SECRET, "key": units.fixed_key(0)}
)


class WipeWalker(Walker):
    """A walker that counts wrong PINs by itself."""

    def __init__(self, flash: NorFlash, secret: bytes) -> None:
        super().__init__(flash, secret)
        self._least = self._most = 0  # attempts that failed in a row, as far as somebody outside can tell
        self._tried = ""  # right or wrong: a PIN of which nothing was heard yet

    def _begin(self, board: WalkedBoard) -> None:
        self._tried = ""
        board.kdf.witness = self._stretched

    def _stretched(self, pin: bytes, salt: bytes) -> None:
        vault = self.vault
        if vault.state == SEALED and vault.root.mode == MODE_VERIFIED and salt == vault.wrapping.salt:
            self._tried = "right" if verified_unit.is_right(vault, pin) else "wrong"

    def _look(self, board: WalkedBoard) -> None:
        if self._tried == "wrong":
            self._least += 1
            self._most += 1
        elif self._tried == "right":
            self._least = self._most = 0
        self._tried = ""

    def _finish(self, end: str) -> None:
        if self._tried == "wrong":
            self._least += 1
        elif self._tried == "right":
            self._least = 0  # it may have been forgiven already
        if self._tried or (end == "cut" and self._typed.endswith("#")):
            self._most += 1  # it was begun, and nobody has heard how it ended
        if self.vault.state == BLANK and not self.counts["wipe"]:
            self.counts["wipe"] += 1
            self.counts["cut in a wipe"] += end == "cut"
            assert self._most >= verified_unit.PIN_LIMIT, f"wiped after {self._most} attempts at most"

    def walk(self, steps: list[tuple]) -> None:
        super().walk(steps)
        state = self.vault.state
        if self._least >= verified_unit.PIN_LIMIT:
            assert state == BLANK, f"not wiped after {self._least} wrong PINs"
        if state == BLANK:
            assert is_erased(self.flash)
            assert not SECRETS.found_in(bytes(self.flash.cells))
        else:
            assert state == SEALED
