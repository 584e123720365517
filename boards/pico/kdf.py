"""PBKDF2 as fast as this board can: the image's own C module, or the core's Python on a stock MicroPython."""

import time

from dsc.crypto import kdf
from dsc.crypto.errors import InputError
from dsc.crypto.memory import wipe

try:
    import native
except ImportError:
    native = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc import hal

LEAST_ROUNDS = 10_000  # of a production token
STRETCH_US = 1_000_000  # that one PIN shall take
SAMPLE_ROUNDS = 5000
STEP = 100  # rounds are rounded down to whole ones
CHUNK = 500  # rounds: 26 ms at 125 MHz
PART = 32  # bytes


class Kdf:
    """PBKDF2-HMAC-SHA256; a new token gets as many rounds as this board does in one second."""

    least_rounds = LEAST_ROUNDS

    @property
    def default_rounds(self) -> int:
        """Measured each time it is asked for, which takes a quarter of a second; never below `least_rounds`."""
        begun = time.ticks_us()
        self.pbkdf2_sha256(b"", b"", SAMPLE_ROUNDS, PART)
        took = time.ticks_diff(time.ticks_us(), begun)
        return max(LEAST_ROUNDS, SAMPLE_ROUNDS * STRETCH_US // took // STEP * STEP)

    def pbkdf2_sha256(
        self,
        password: "hal.Buffer",
        salt: "hal.Buffer",
        rounds: int,
        length: int,
        progress: "Callable[[int], None] | None" = None,
    ) -> bytearray:
        """As dsc.crypto.kdf has it, but that `progress(done)` is called after every 500 rounds.

        Raises InputError for fewer than 1 round or 1 byte.
        """
        if native is None:
            return kdf.pbkdf2_sha256(password, salt, rounds, length, progress)
        if type(rounds) is not int or rounds < 1:
            raise InputError("rounds", "must be a whole number, at least 1")
        if type(length) is not int or length < 1:
            raise InputError("length", "must be at least 1 byte")
        output = bytearray(length)
        state = bytearray(native.PBKDF2_STATE)
        part = bytearray(PART)
        try:
            for begin in range(0, length, PART):
                index = begin // PART
                native.pbkdf2_begin(state, password, salt, index + 1)
                _do_rounds(state, rounds, index * rounds, progress)
                native.pbkdf2_end(state, part)
                output[begin : begin + PART] = memoryview(part)[: length - begin]
            return output
        except BaseException:
            # `progress` may raise (a cancelled entry, say): half an output is as secret as a whole one.
            wipe(output)
            raise
        finally:
            wipe(state, part)


def _do_rounds(state: bytearray, rounds: int, before: int, progress: "Callable[[int], None] | None") -> None:
    """All but the first of one part's rounds, and `progress` whenever a multiple of CHUNK is done in all."""
    done, end = before + 1, before + rounds
    while True:
        if progress is not None and done % CHUNK == 0:
            progress(done)
        if done == end:
            return
        count = min(end - done, CHUNK - done % CHUNK)
        native.pbkdf2_rounds(state, count)
        done += count
