"""Secrets in memory: overwriting them, and comparing them without telling where they differ.

Only what is mutable can be overwritten. Digests (`bytes`) and big integers cannot: they stay in freed memory until
something else is put there, which is why the application clears all free heap after every flow. Secrets that
this package holds across more than one expression are `bytearray`s, wiped in `finally`.
"""

# Zeros at hand for the sizes of keys, digests and blocks: wiping those takes no memory, and half the time.
ZEROS = {size: bytearray(size) for size in (8, 16, 20, 32, 64, 128)}


def wipe(*buffers: bytearray | memoryview | None) -> None:
    """Overwrite each buffer with zero bytes, in place; None is passed over, so that `finally` needs no tests.

    Takes bytearrays and writable memoryviews of bytes. Raises TypeError for anything that cannot be overwritten:
    a secret believed to be gone is worse than a crash.
    """
    for buffer in buffers:
        if buffer:
            try:
                buffer[:] = ZEROS[len(buffer)]
            except (KeyError, MemoryError):
                # Byte by byte needs no memory: a full heap must not keep a secret alive.
                for i in range(len(buffer)):
                    buffer[i] = 0


def equal(a: bytes | bytearray | memoryview | str, b: bytes | bytearray | memoryview | str) -> bool:
    """Whether two byte strings (or two texts) are equal, looking at every byte of the longer one in any case.

    The time taken depends on the lengths alone, never on where the contents differ. Raises TypeError if one is
    text and the other is not.
    """
    if isinstance(a, str) != isinstance(b, str):
        raise TypeError("equal() compares bytes with bytes or text with text")
    left = a.encode() if isinstance(a, str) else a
    right = b.encode() if isinstance(b, str) else b
    difference = len(left) ^ len(right)
    # An empty side is compared as one zero byte; the lengths already differ then, or both are empty.
    left_length = len(left) or 1
    right_length = len(right) or 1
    left = left if len(left) else b"\x00"
    right = right if len(right) else b"\x00"
    for i in range(max(left_length, right_length)):
        difference |= left[i % left_length] ^ right[i % right_length]
    return difference == 0
