"""Looks for secrets in dumps of memory: any eight bytes in a row, in every byte order, and the digits in every form."""

import struct
from collections.abc import Iterable, Iterator, Mapping

from fakes import secret_forms, sha256_state

WINDOW = 8  # bytes of a key; of the forms of a PIN each is shorter, and looked for as a whole
LEAST = 4  # bytes: what is shorter is found by chance


class Search:
    """For secrets by name; `digits` names those that are digits in ASCII."""

    def __init__(self, secrets: Mapping[str, bytes], digits: Iterable[str] = ("PIN", "shifted PIN")) -> None:
        self._needles: dict[bytes, str] = {}
        for name, secret in secrets.items():
            shapes = _of_digits(bytes(secret)) if name in digits else _of_key(bytes(secret))
            for shape in shapes:
                if len(shape) >= LEAST and any(shape):
                    self._needles.setdefault(shape, name)

    def found_in(self, *dumps: bytes) -> set[str]:
        """The names of the secrets of which something is in one of the dumps."""
        return {name for needle, name in self._needles.items() if any(needle in dump for dump in dumps)}


def _of_digits(digits: bytes) -> Iterator[bytes]:
    yield from secret_forms.of_digits(digits).values()
    text = digits.decode()
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        yield text.encode(encoding)
        yield text[::-1].encode(encoding)
    values = [digit - 0x30 for digit in digits]
    for code in ("<%dH", ">%dH", "<%dI", ">%dI"):
        yield struct.pack(code % len(values), *values)
        yield struct.pack(code % len(values), *values[::-1])
    # MicroPython's small integers are shifted by one, with a one behind them.
    yield struct.pack("<I", 2 * int(digits) + 1 & 0xFFFF_FFFF)
    yield struct.pack(f"<{len(values)}I", *[2 * value + 1 for value in values])
    yield from _orders(digits)
    for state in sha256_state.of_hmac_key(digits).values():
        yield from _of_words(state)


def _of_key(key: bytes) -> Iterator[bytes]:
    for state in sha256_state.of_hmac_key(key).values():
        yield from _of_words(state)
    masked = [bytes(byte ^ mask for byte in key) for mask in (secret_forms.INNER, secret_forms.OUTER)]
    for plain in (key, *masked):
        for ordered in _orders(plain):
            for place in range(len(ordered) - WINDOW + 1):
                part = ordered[place : place + WINDOW]
                yield part
                yield part.hex().encode()
                yield part.hex().upper().encode()


def _of_words(words: list[int]) -> Iterator[bytes]:
    for code in ("<2I", ">2I"):
        for place in range(len(words) - 1):
            yield struct.pack(code, *words[place : place + 2])


def _orders(data: bytes) -> Iterator[bytes]:
    """As it is, backwards, and with the bytes of each word turned round."""
    yield data
    yield data[::-1]
    if len(data) % 4 == 0:
        yield b"".join(data[place : place + 4][::-1] for place in range(0, len(data), 4))
