"""Health tests of a source of raw random bits, before conditioning (SP 800-90B, section 4.4, and one test more).

The claim that they guard: each bit has at least H = 0.5 bits of min-entropy, given all bits before it; nobody guesses
it with a probability above p = 2^-H = 0.707. A source that keeps the claim fails each test with a probability of at
most alpha = 2^-20, per bit (repetition) or per block (proportion, period). The cutoffs follow from H and alpha, and
their own test computes them anew.
"""

BLOCK_BITS = 1024  # the adaptive proportion test's window for a binary source (section 4.4.2)
BLOCK_BYTES = BLOCK_BITS // 8
START_BLOCKS = 4  # before the first output: 4,096 bits, of which section 4.3 asks for 1,024

# 1 + ceil(-log2(alpha) / H) equal bits in a row (section 4.4.1).
RUN_CUTOFF = 41
# 1 + critbinom(1024, p, 1 - alpha): of a block's bits, so many are equal to the first (section 4.4.2).
SHARE_CUTOFF = 793
# The test of our own compares each bit with the one `lag` before it, for all lags up to this one.
LAGS = 64
PAIRS = BLOCK_BITS - LAGS
# 1 + critbinom(960, p, 1 - alpha / 128): 64 lags, and each may agree or disagree too often.
LAG_CUTOFF = 757

REPETITION = "repetition"
PROPORTION = "proportion"
PERIOD = "period"

# Where a quarter of the pairs is not suspicious, the rest is not counted: that takes a quarter of the time, and of the
# sources that LAG_CUTOFF would find it lets one in 100,000 pass for a block.
SCREEN_PAIRS = 240
SUSPICIOUS = 160

_ONES = bytes([bin(nibble).count("1") for nibble in range(16)])


def agreements(bits: int, lag: int, pairs: int) -> int:
    """How many of a block's `pairs` bits from bit 64 on equal the bit `lag` (1 to 64) before them; bit i is worth 2^i.

    `pairs` is a multiple of 8.
    """
    differing = (bits >> LAGS ^ bits >> LAGS - lag) & (1 << pairs) - 1
    count = 0
    for byte in differing.to_bytes(pairs // 8, "little"):
        count += _ONES[byte & 15] + _ONES[byte >> 4]
    return pairs - count


class HealthTests:
    """The tests of one source, block by block without a gap; a failure is for ever.

    `failed` names the test that failed, REPETITION, PROPORTION or PERIOD, and is empty as long as none has.
    """

    def __init__(self) -> None:
        self.failed = ""
        self._last = 2  # neither bit
        self._run = 0

    def passes(self, block: bytearray) -> bool:
        """Whether the source, which gave these 128 bytes next, has passed all tests so far.

        Bit i of the block is the one of value 2^(i % 8) in byte i // 8.
        """
        if not self.failed:
            ones = self._count(block)
            first = block[0] & 1
            if not self.failed and (ones if first else BLOCK_BITS - ones) >= SHARE_CUTOFF:
                self.failed = PROPORTION
            if not self.failed and self._is_periodic(block):
                self.failed = PERIOD
        return not self.failed

    def _count(self, block: bytearray) -> int:
        """The ones in the block; its runs, the one that began before it included, meet the repetition count test."""
        ones = 0
        last = self._last
        run = self._run
        for byte in block:
            for _ in range(8):
                bit = byte & 1
                byte >>= 1
                ones += bit
                if bit == last:
                    run += 1
                    if run >= RUN_CUTOFF:
                        self.failed = REPETITION
                else:
                    last = bit
                    run = 1
        self._last = last
        self._run = run
        return ones

    @staticmethod
    def _is_periodic(block: bytearray) -> bool:
        """Whether "equal to the bit `lag` before", or "different from it", guesses too many bits right.

        SP 800-90B's two tests pass 0101…, and all else that repeats and is balanced. A period of up to 64 bits
        agrees with itself at that lag, one whose second half is the first one inverted disagrees at half of it; a
        biased source agrees at every lag, a sticky one at the first.
        """
        bits = int.from_bytes(block, "little")
        early = bits & (1 << LAGS + SCREEN_PAIRS) - 1
        for lag in range(1, LAGS + 1):
            equal = agreements(early, lag, SCREEN_PAIRS)
            if max(equal, SCREEN_PAIRS - equal) >= SUSPICIOUS:
                equal = agreements(bits, lag, PAIRS)
                if max(equal, PAIRS - equal) >= LAG_CUTOFF:
                    return True
        return False
