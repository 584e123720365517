"""HMAC_DRBG with SHA-256: the pool that random bytes are mixed into and drawn from (SP 800-90A rev. 1, section 10.1.2).

Its 64 bytes of state are overwritten in place. After each draw they are replaced through HMAC, so that what was handed
out cannot be computed from the state that is left (backtracking resistance, section 8.8).
"""

from dsc.crypto.errors import InputError
from dsc.crypto.kdf import hmac
from dsc.crypto.memory import equal, wipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    Buffer = bytes | bytearray | memoryview

SIZE = 32  # bytes of the hash, of key and value
MOST_BYTES = 1 << 16  # of one draw: 2^19 bits (table 2)


class HmacDrbg:
    """Key and value of section 10.1.2.1. It counts no entropy: whoever mixes something in knows what it is worth."""

    def __init__(self) -> None:
        """The state before anything is known (section 10.1.2.3, steps 2 and 3)."""
        self._key = bytearray(SIZE)
        self._value = bytearray(b"\x01" * SIZE)

    def mix(self, *material: "Buffer") -> None:
        """Let the parts, one after the other, change the state: HMAC_DRBG_Update (section 10.1.2.2).

        Instantiating (10.1.2.3) and reseeding (10.1.2.4) are this function, with entropy input, nonce,
        personalization string and additional input as the parts. The state is never worse than it was.
        """
        self._update(b"\x00", material)
        if any(len(part) for part in material):
            self._update(b"\x01", material)

    def read(self, length: int) -> bytearray:
        """The next `length` bytes, 1 to 65,536 (section 10.1.2.5). The caller wipes them. Raises InputError."""
        if type(length) is not int or not 1 <= length <= MOST_BYTES:
            raise InputError("length", "must be 1 to 65536 bytes")
        output = bytearray(length)
        try:
            for start in range(0, length, SIZE):
                self._next_value()
                taken = min(SIZE, length - start)
                output[start : start + taken] = memoryview(self._value)[:taken]
            self.mix()
            return output
        except BaseException:
            wipe(output)  # bytes that the state still leads to
            raise

    def _update(self, step: bytes, material: "tuple[Buffer, ...]") -> None:
        fresh = hmac("SHA256", self._key, self._value, step, *material)
        self._key[:] = fresh
        wipe(fresh)
        self._next_value()

    def _next_value(self) -> None:
        fresh = hmac("SHA256", self._key, self._value)
        self._value[:] = fresh
        wipe(fresh)


def works() -> bool:
    """Whether the known answer comes out, to be asked before the first use (SP 800-90A, section 11.3).

    It is k of RFC 6979, appendix A.2.5, for the message "sample" and SHA-256. It takes as long as seven HMACs, which a
    token that makes no keys need not wait for at power-on.
    """
    pool = HmacDrbg()
    pool.mix(
        bytes.fromhex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"),
        bytes.fromhex("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"),
    )
    return equal(
        pool.read(32), bytes.fromhex("a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60")
    )
