"""Random bytes from the ring oscillator, conditioned: MicroPython's os.urandom on this chip is its raw bits."""

import hashlib
import os
import time

RAW_BYTES = 64  # of the oscillator for each block of 32: its bits are biased and depend on one another


class Entropy:
    """SHA-256 over a running state, raw oscillator bytes and the microsecond of the call.

    The state carries on what came before. There is no health test of the oscillator yet, so what is drawn here is
    mixed with the station's entropy when keys are made (dsc.app.provisioning.Source).
    """

    def __init__(self) -> None:
        self._state = b""
        self._begun = time.ticks_us()

    def read(self, length: int) -> bytearray:
        data = bytearray(length)
        for start in range(0, length, 32):
            block = self._next(b"out")
            data[start : start + 32] = block[: length - start]
            self._state = self._next(b"next")  # what was handed out tells nothing of what comes
        return data

    def _next(self, purpose: bytes) -> bytes:
        digest = hashlib.sha256(self._state)
        digest.update(os.urandom(RAW_BYTES))
        digest.update((time.ticks_diff(time.ticks_us(), self._begun) & 0xFFFFFFFF).to_bytes(4, "big"))
        digest.update(purpose)
        block: bytes = digest.digest()
        return block
