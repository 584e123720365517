"""The board's PBKDF2 where there is no module in C, on a stock MicroPython; CPython has none either."""

import hashlib

from dsc.crypto import kdf as core
from pico import kdf


def test_without_the_module_the_core_serves_with_its_own_reports():
    assert kdf.native is None
    ours, theirs = [], []
    output = kdf.Kdf().pbkdf2_sha256(b"4711", b"salt", 600, 40, ours.append)
    assert output == hashlib.pbkdf2_hmac("sha256", b"4711", b"salt", 600, 40)
    core.pbkdf2_sha256(b"4711", b"salt", 600, 40, theirs.append)
    assert ours == theirs == [250, 500, 750, 1000]


def test_a_slow_board_gives_a_token_the_least_rounds(monkeypatch):
    class Slow:
        """A clock on which every derivation takes a second."""

        now = 0

        def ticks_us(self):
            self.now += 1_000_000
            return self.now

        def ticks_diff(self, later, earlier):
            return later - earlier

    monkeypatch.setattr(kdf, "time", Slow())
    assert kdf.Kdf().default_rounds == kdf.LEAST_ROUNDS == 10_000


def test_a_faster_board_gives_it_whole_hundreds(monkeypatch):
    class Fast:
        now = 0

        def ticks_us(self):
            self.now += 201_234
            return self.now

        def ticks_diff(self, later, earlier):
            return later - earlier

    monkeypatch.setattr(kdf, "time", Fast())
    assert kdf.Kdf().default_rounds == 24_800  # of 24,846
