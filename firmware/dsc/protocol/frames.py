"""Frames on the link between station and token: found in any noise, checked, handed on whole."""

from binascii import crc32

from dsc.crypto.memory import wipe
from dsc.protocol.errors import MessageError

MAGIC = b"\xd5\xc9"  # neither byte is ASCII: a REPL's chatter cannot look like a frame
READY = b"serving\r\n"  # on a link that was a REPL: from here on its bytes are frames, and Ctrl-C is a byte
MAX_PAYLOAD = 16384  # bytes

_HEAD = 5  # magic, kind, length
_TAIL = 4  # CRC-32


def encode_frame(kind: int, payload: bytes | bytearray = b"") -> bytearray:
    """Return magic, kind (one byte, see messages), length (be16), payload, CRC-32 of kind to payload.

    Raises MessageError for more than MAX_PAYLOAD bytes. The caller wipes frames of secrets.
    """
    length = len(payload)
    if length > MAX_PAYLOAD:
        raise MessageError("frame", f"{length} bytes of payload, at most {MAX_PAYLOAD} are allowed")
    frame = bytearray(_HEAD + length + _TAIL)
    frame[0:2] = MAGIC
    frame[2] = kind
    frame[3:5] = length.to_bytes(2, "big")
    frame[_HEAD : _HEAD + length] = payload
    frame[_HEAD + length :] = _crc(memoryview(frame)[2 : _HEAD + length])
    return frame


class FrameReader:
    """Finds frames in a byte stream; anything that is not a frame is skipped and counted in `skipped`.

    A frame whose length is above `limit` (bytes of payload) is garbage like any other. All bytes live in one
    buffer of fixed size, wiped as they are consumed, because frames carry PIN and keys.
    """

    def __init__(self, limit: int = MAX_PAYLOAD) -> None:
        self.skipped = 0
        self._limit = limit
        self._buffer = bytearray(_HEAD + limit + _TAIL)
        self._used = 0

    def feed(self, data: bytes | bytearray) -> list[tuple[int, bytearray]]:
        """Take what has arrived; return the frames that are now complete, as (kind, payload)."""
        frames: list[tuple[int, bytearray]] = []
        source = memoryview(data)
        position = 0
        while position < len(source):
            size = min(len(source) - position, len(self._buffer) - self._used)
            self._buffer[self._used : self._used + size] = source[position : position + size]
            self._used += size
            position += size
            self._collect(frames)
        return frames

    @property
    def pending(self) -> bool:
        """Whether bytes of an unfinished frame are held; its sender may have stopped for good."""
        return self._used > 0

    def wipe(self) -> None:
        """Forget, and overwrite, what has arrived of an unfinished frame."""
        wipe(self._buffer)
        self._used = 0

    def _collect(self, frames: list[tuple[int, bytearray]]) -> None:
        view = memoryview(self._buffer)
        start = 0
        while True:
            garbage = start
            start = self._next_magic(start)
            self.skipped += start - garbage
            left = self._used - start
            if left < _HEAD:
                break
            length = view[start + 3] << 8 | view[start + 4]
            size = _HEAD + length + _TAIL
            if length <= self._limit and left < size:
                break
            body = view[start + 2 : start + _HEAD + length]
            if length <= self._limit and _crc(body) == view[start + _HEAD + length : start + size]:
                frames.append((body[0], bytearray(body[3:])))
                start += size
            else:
                # Not a frame after all; a real one may begin within these bytes.
                self.skipped += 1
                start += 1
        left = self._used - start
        view[:left] = view[start : self._used]
        wipe(view[left : self._used])
        self._used = left

    def _next_magic(self, start: int) -> int:
        """Return where magic, or the part of it that has arrived, begins; the end of the bytes if nowhere."""
        buffer = self._buffer
        last = self._used - 1
        for position in range(start, self._used):
            if buffer[position] == MAGIC[0] and (position == last or buffer[position + 1] == MAGIC[1]):
                return position
        return self._used


def _crc(data: memoryview) -> bytes:
    checksum: int = crc32(data) & 0xFFFFFFFF
    return checksum.to_bytes(4, "big")
