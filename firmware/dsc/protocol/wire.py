"""The fields that records and messages are made of: numbers big-endian, blocks and texts length-prefixed."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Failer = Callable[[str], Exception]  # makes an exception out of a reason
    TextKind = tuple[int, int, Callable[[bytes], bool], str]

SERIAL_MAX = 20
LABEL_MAX_BYTES = 64
LABEL_MAX_CHARACTERS = 24

_SERIAL_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"


def utf8_characters(data: bytes) -> int | None:
    """Count the characters of strict UTF-8 (RFC 3629); None if it is malformed or holds control characters.

    Written out because interpreters differ: MicroPython's decoder lets overlong forms and surrogates pass.
    """
    count = position = 0
    while position < len(data):
        first = data[position]
        if first < 0x80:
            size, least, code = 1, 0x20, first
        elif 0xC0 <= first < 0xE0:
            size, least, code = 2, 0xA0, first & 0x1F
        elif 0xE0 <= first < 0xF0:
            size, least, code = 3, 0x800, first & 0x0F
        elif 0xF0 <= first < 0xF8:
            size, least, code = 4, 0x10000, first & 0x07
        else:
            return None
        if position + size > len(data):
            return None
        for offset in range(1, size):
            following = data[position + offset]
            if following & 0xC0 != 0x80:
                return None
            code = code << 6 | following & 0x3F
        if code < least or code == 0x7F or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            return None
        count += 1
        position += size
    return count


def _printable(data: bytes) -> bool:
    return all(0x20 <= code <= 0x7E for code in data)


def _serial(data: bytes) -> bool:
    return len(data) > 0 and all(code in _SERIAL_ALPHABET for code in data)


def _label(data: bytes) -> bool:
    characters = utf8_characters(data)
    return characters is not None and characters <= LABEL_MAX_CHARACTERS


def _words(data: bytes) -> bool:
    return utf8_characters(data) is not None


# A kind of text: its greatest length in bytes, the size of its length prefix, what it may hold.
SERIAL = (SERIAL_MAX, 1, _serial, "1 to 20 of the characters 0-9 A-Z -")
LABEL = (LABEL_MAX_BYTES, 1, _label, "at most 24 characters or 64 bytes of UTF-8")
SUITE = (64, 1, _printable, "at most 64 printable ASCII characters")
NAME = SUITE  # of a board, a version or a build
TEXT = (255, 1, _printable, "at most 255 printable ASCII characters")
MESSAGE = (1024, 2, _words, "at most 1024 bytes of UTF-8")


class Writer:
    """Collects fields and joins them into one buffer of exactly the right size.

    `fail` makes an exception out of a reason. Buffers are referred to, not copied, until `finish`, so that a
    secret is copied once, into a bytearray that its owner can wipe.
    """

    def __init__(self, fail: "Failer") -> None:
        self._fail = fail
        self._parts: list[bytes | bytearray] = []

    def number(self, name: str, value: int, size: int) -> None:
        """Add an unsigned number of `size` bytes."""
        if not 0 <= value < 1 << 8 * size:
            raise self._fail(f"{name} is outside 0 to 2^{8 * size} - 1")
        self._parts.append(value.to_bytes(size, "big"))

    def fixed(self, name: str, data: bytes | bytearray, size: int) -> None:
        """Add a block that always has `size` bytes."""
        if len(data) != size:
            raise self._fail(f"{name} has {len(data)} bytes instead of {size}")
        self._parts.append(data)

    def block(self, name: str, data: bytes | bytearray, low: int, high: int) -> None:
        """Add a block of `low` to `high` bytes behind one byte of length."""
        if not low <= len(data) <= high:
            raise self._fail(f"{name} has {len(data)} bytes instead of {low} to {high}")
        self._parts.append(bytes((len(data),)))
        self._parts.append(data)

    def text(self, name: str, text: str, kind: "TextKind") -> None:
        """Add a text of one of the kinds above, behind its length."""
        high, size, allowed, expected = kind
        data = text.encode()
        if len(data) > high or not allowed(data):
            raise self._fail(f"{name} must be {expected}")
        self._parts.append(len(data).to_bytes(size, "big"))
        self._parts.append(data)

    def finish(self) -> bytearray:
        """Return all fields, joined."""
        result = bytearray(sum(len(part) for part in self._parts))
        position = 0
        for part in self._parts:
            result[position : position + len(part)] = part
            position += len(part)
        return result


class Reader:
    """Takes fields off a buffer; whatever is short, long or not allowed raises `fail(reason)`."""

    def __init__(self, data: bytes | bytearray | memoryview, fail: "Failer") -> None:
        self._view = memoryview(data)
        self._position = 0
        self._fail = fail

    def number(self, name: str, size: int) -> int:
        """Take an unsigned number of `size` bytes."""
        return int.from_bytes(bytes(self._take(name, size)), "big")

    def choice(self, name: str, allowed: tuple[int, ...]) -> int:
        """Take one byte that must be one of `allowed`."""
        value = self.number(name, 1)
        if value not in allowed:
            raise self._fail(f"{name} {value} is unknown")
        return value

    def fixed(self, name: str, size: int) -> bytes:
        """Take a public block of `size` bytes."""
        return bytes(self._take(name, size))

    def secret(self, name: str, size: int) -> bytearray:
        """Take a block of `size` bytes into a buffer that can be wiped."""
        return bytearray(self._take(name, size))

    def block(self, name: str, low: int, high: int) -> bytes:
        """Take a public block of `low` to `high` bytes behind its length."""
        return self.fixed(name, self._length(name, 1, low, high))

    def secret_block(self, name: str, low: int, high: int) -> bytearray:
        """Take a block of `low` to `high` bytes behind its length into a buffer that can be wiped."""
        return self.secret(name, self._length(name, 1, low, high))

    def text(self, name: str, kind: "TextKind") -> str:
        """Take a text of one of the kinds above."""
        high, size, allowed, expected = kind
        data = self.fixed(name, self._length(name, size, 0, high))
        if not allowed(data):
            raise self._fail(f"{name} must be {expected}")
        return data.decode()

    def end(self) -> None:
        """Refuse bytes after the last field."""
        left = len(self._view) - self._position
        if left:
            raise self._fail(f"{left} bytes too many")

    def _length(self, name: str, size: int, low: int, high: int) -> int:
        length = self.number(name, size)
        if not low <= length <= high:
            raise self._fail(f"{name} has {length} bytes instead of {low} to {high}")
        return length

    def _take(self, name: str, size: int) -> memoryview:
        end = self._position + size
        if end > len(self._view):
            raise self._fail(f"{name} is cut off")
        part = self._view[self._position : end]
        self._position = end
        return part
