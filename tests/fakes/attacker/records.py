"""Records as a reader of flash decodes them, by docs/formats.md: whole ones and, as far as they go, torn ones."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

PAGE: Final = 256
HEADER: Final = 24
FULL: Final = 228  # payload bytes of a page that is not the last one
VALID: Final = b"\x5a\xc3\x0f\x96"

ROOT, OFFSET, CREDENTIAL, COUNTER, LABEL, SEAL, RESET, WRAPPING, ATTEMPTS, FORM, LINK, SETTINGS = (
    0x81, 0x82, 0x83, 0xC4, 0x05, 0x86, 0x87, 0x88, 0xC9, 0x8A, 0x8B, 0x0C,
)  # fmt: skip
MARKED: Final = 0x40
SOFT: Final = 0
TAG: Final = 32


@dataclass(frozen=True)
class Root:
    mode: int
    digits: int
    rounds: int
    serial: bytes
    salt: bytes = b""
    secret: bytes = b""
    sealed_dek: bytes = b""


@dataclass(frozen=True)
class Offset:
    digits: bytes


@dataclass(frozen=True)
class Credential:
    header: bytes
    nonce: bytes
    sealed: bytes
    suites: tuple[str, ...]

    @property
    def id(self) -> bytes:
        return self.header[:16]


@dataclass(frozen=True)
class Wrapping:
    salt: bytes
    sealed_dek: bytes
    unlock_salt: bytes
    unlock_dek: bytes
    unlock_secret: bytes
    tagged: bytes
    tag: bytes


@dataclass(frozen=True)
class Counter:
    id: bytes
    base: int


@dataclass(frozen=True)
class Known:
    """A record without a field that could be attacked."""


Content = Root | Offset | Credential | Wrapping | Counter | Known


class _Fields:
    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.place = 0

    def take(self, length: int) -> bytes:
        part = self.payload[self.place : self.place + length]
        if len(part) < length:
            raise ValueError("torn")
        self.place += length
        return part

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "big")

    def text(self) -> bytes:
        text = self.take(self.number(1))
        if not (text.isascii() and (not text or text.decode().isprintable())):
            raise ValueError("not text")
        return text


def _root(fields: _Fields) -> Root:
    mode, _, digits, rounds = (fields.number(size) for size in (1, 1, 1, 4))
    if not (4 <= digits <= 8 and 0 < rounds <= 10_000_000):
        raise ValueError("torn")
    serial = fields.text()
    if mode != SOFT:
        fields.take(2)
        return Root(mode, digits, rounds, serial)
    return Root(mode, digits, rounds, serial, fields.take(16), fields.take(32), fields.take(32))


def _offset(fields: _Fields) -> Offset:
    fields.take(1)
    digits = fields.take(fields.number(1))
    if not (4 <= len(digits) <= 8 and max(digits) <= 9):
        raise ValueError("torn")
    return Offset(digits)


def _credential(fields: _Fields) -> Credential:
    fields.take(16)
    fields.text()
    fields.take(2)
    suites = tuple(fields.text().decode() for _ in range(3))
    header = fields.payload[: fields.place]
    nonce = fields.take(16)
    length = fields.number(1)
    if not 16 <= length <= 64:
        raise ValueError("torn")
    return Credential(header, nonce, fields.take(length), suites)


def _wrapping(fields: _Fields) -> Wrapping:
    fields.take(1)
    salt, dek = fields.take(16), fields.take(32)
    fields.take(8)
    unlock_salt, unlock_dek, unlock_secret = fields.take(16), fields.take(32), fields.take(32)
    fields.take(16)
    return Wrapping(
        salt, dek, unlock_salt, unlock_dek, unlock_secret, fields.payload[: fields.place], fields.take(TAG)
    )


def _counter(fields: _Fields) -> Counter:
    return Counter(fields.take(16), fields.number(8))


def _label(fields: _Fields) -> Known:
    fields.take(16)
    fields.take(fields.number(1))
    return Known()


def _attempts(fields: _Fields) -> Known:
    fields.take(10)
    return Known()


def _form(fields: _Fields) -> Known:
    fields.take(16)
    for _ in range(fields.number(1)):
        fields.take(1)
        fields.take(fields.number(1))
        fields.take(4)
    return Known()


def _link(fields: _Fields) -> Known:
    fields.take(32)
    return Known()


def _settings(fields: _Fields) -> Known:
    fields.take(5)
    return Known()


def _empty(_: _Fields) -> Known:
    return Known()


_DECODERS: Final[dict[int, Callable[[_Fields], Content]]] = {
    ROOT: _root, OFFSET: _offset, CREDENTIAL: _credential, COUNTER: _counter, LABEL: _label,
    FORM: _form, LINK: _link, SETTINGS: _settings, SEAL: _empty, RESET: _empty, WRAPPING: _wrapping,
    ATTEMPTS: _attempts,
}  # fmt: skip


@dataclass(frozen=True)
class Record:
    """A record in one of the states in which a dump can show it; a commit word is not asked for."""

    kind: int
    sequence: int
    replaces: int
    committed: bool
    whole: bool  # all its checksums are right
    head: bytes  # of its first page, from byte 4 on
    payload: bytes
    content: Content | None
    unexplained: tuple[bytes, ...]  # bytes that no format accounts for


def read(pages: list[bytes]) -> Record:
    """What these pages hold, the first one a record's first."""
    first = pages[0]
    payload, whole, rest = b"", True, []
    for index, page in enumerate(pages):
        length = int.from_bytes(page[10:12], "big")
        end = HEADER + length
        good = length <= FULL and page[7] == index and page[end : end + 4] == _crc(page[4:end])
        payload += page[HEADER:end] if good else page[HEADER : HEADER + FULL]
        whole = whole and good
        if good and not first[5] & MARKED:
            rest.append(page[end + 4 :].strip(b"\xff"))
    content, left = _decode(first[5], payload)
    # What a torn page holds behind its fields is what it would hold without the tear: checksum and blank bytes.
    rest.append(left if whole or content is None else b"")
    return Record(
        first[5],
        int.from_bytes(first[16:20], "big"),
        int.from_bytes(first[20:24], "big"),
        first[:4] == VALID,
        whole,
        first[4:HEADER],
        payload,
        content,
        tuple(part for part in rest if part.strip(b"\x00\xff")),
    )


def _decode(kind: int, payload: bytes) -> tuple[Content | None, bytes]:
    """The content, and the bytes that it leaves over."""
    fields = _Fields(payload)
    try:
        content = _DECODERS[kind](fields) if kind in _DECODERS else None
    except ValueError:
        content = None
    return content, payload[fields.place :] if content else payload


def _crc(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")
