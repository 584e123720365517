"""Digits typed one after the other, kept where they can be overwritten."""

from dsc.crypto.memory import wipe

STAR = b"*"
DASH = b"-"


class DigitEntry:
    """Up to `capacity` ASCII digits."""

    def __init__(self, capacity: int) -> None:
        self._digits = bytearray(capacity)
        self.count = 0

    @property
    def capacity(self) -> int:
        return len(self._digits)

    def add(self, key: str) -> bool:
        """Append the digit `key`; False if all are typed."""
        if self.count == len(self._digits):
            return False
        self._digits[self.count] = ord(key)
        self.count += 1
        return True

    def remove_last(self) -> None:
        """Take the last digit back, if there is one."""
        if self.count:
            self.count -= 1
            self._digits[self.count] = 0

    def shown(self, start: int, end: int) -> bytearray:
        """Positions `start` to `end` in clear, those not typed yet as dashes."""
        picture = bytearray(DASH * (end - start))
        for i in range(start, min(end, self.count)):
            picture[i - start] = self._digits[i]
        return picture

    def masked(self, reveal_last: bool) -> bytearray:
        """All positions: stars for typed digits (the last in clear if `reveal_last`), dashes for the rest."""
        picture = bytearray(STAR * self.count + DASH * (len(self._digits) - self.count))
        if reveal_last and self.count:
            picture[self.count - 1] = self._digits[self.count - 1]
        return picture

    def take(self) -> bytearray:
        """A copy of what was typed; the caller wipes it."""
        return self._digits[: self.count]

    def wipe(self) -> None:
        """Overwrite all digits."""
        wipe(self._digits)
        self.count = 0
