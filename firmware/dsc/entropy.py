"""Random bytes from a board's raw bits: health tests first, then a conditioning pool (docs/entropy.md)."""

import hashlib

from dsc.crypto import drbg, health
from dsc.crypto.memory import wipe
from dsc.hal import EntropyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.hal import Buffer

SLICE = 32  # bytes, each of which is drawn after a block of raw bits of its own
POOL = "pool"  # the test that is the pool's own
FIRST_BYTES = 16  # of raw bits, untested, for the chain of what is no secret


class Entropy:
    """The Entropy port for any board that has raw bits.

    One pool, HMAC_DRBG, takes in everything. Entropy is credited to the tested blocks of raw bits alone: before the
    first output all of the start-up test's, then one before each 32 bytes (prediction resistance, SP 800-90A section
    8.8; SP 800-90C's RBG3(RS) construction). Moments, noise and `personal` are mixed in, and credited with nothing.
    What is no secret comes from a chain of hashes beside the pool, in a tenth of its time.
    """

    def __init__(
        self,
        fill: "Callable[[bytearray], None]",
        personal: "Buffer",
        moment: "Callable[[], int]",
        noise: "Callable[[], bytearray]",
    ) -> None:
        """`fill` fills a buffer with the source's next raw bits, the first one in the lowest bit of the first byte.

        `personal` tells this unit from others. `moment` is a clock as fine as the board has, `noise` gives whatever
        else varies.
        """
        self._fill = fill
        self._moment = moment
        self._noise = noise
        self._tests = health.HealthTests()
        self._pool = drbg.HmacDrbg()
        self._pool.mix(personal)
        self._moments = bytearray(SLICE)
        self._tested = False
        self._chain: bytearray | None = None

    @property
    def failed(self) -> str:
        """The health test that failed since power-on, which nothing mends but a restart; empty if none has."""
        return self._tests.failed

    def read(self, length: int) -> bytearray:
        """`length` random bytes, the first after the start-up tests. Raises EntropyError, then and ever after."""
        output = bytearray(length)
        try:
            if not self._tested:
                if not drbg.works():
                    self._tests.failed = POOL
                    raise EntropyError(POOL)
                self._mix_blocks(health.START_BLOCKS)
                self._tested = True
            self._mix_noise()
            for start in range(0, length, SLICE):
                self._mix_blocks(1)
                taken = min(SLICE, length - start)
                part = self._pool.read(taken)
                output[start : start + taken] = part
                wipe(part)
            return output
        except BaseException:
            wipe(output)
            raise

    def read_untested(self, length: int) -> bytearray:
        """`length` bytes, whatever the tests say: never for a key, nor does it tell anything of one."""
        if self._chain is None:
            self._chain = self._begun_chain()
        output = bytearray(length)
        for start in range(0, length, SLICE):
            taken = min(SLICE, length - start)
            output[start : start + taken] = _hashed(self._chain, b"out")[:taken]
            self._chain[:] = _hashed(self._chain, b"next")
        return output

    def stir(self) -> None:
        """Let the moment of this call in: not what happened, only when."""
        self._moments[:] = _hashed(self._moments, (self._moment() & 0xFFFFFFFF).to_bytes(4, "big"))

    def _mix_noise(self) -> None:
        self.stir()
        noise = self._noise()
        self._pool.mix(self._moments, noise)
        wipe(noise)

    def _begun_chain(self) -> bytearray:
        """The chain's first state, from untested raw bits and whatever else varies; not from the pool."""
        self.stir()
        noise = self._noise()
        raw = bytearray(FIRST_BYTES)
        try:
            self._fill(raw)
            return bytearray(_hashed(self._moments, noise, raw))
        finally:
            wipe(noise, raw)

    def _mix_blocks(self, number: int) -> None:
        """Mix in so many tested blocks of raw bits. Raises EntropyError."""
        block = bytearray(health.BLOCK_BYTES)
        try:
            for _ in range(number):
                if not self._tests.failed:
                    self._fill(block)
                if not self._tests.passes(block):
                    raise EntropyError(self._tests.failed)
                self._pool.mix(block)
        finally:
            wipe(block)


def _hashed(state: bytearray, *parts: "Buffer") -> bytes:
    digest = hashlib.sha256(state)
    for part in parts:
        digest.update(part)
    result: bytes = digest.digest()
    return result
