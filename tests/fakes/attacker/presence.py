"""Traces of what a PIN leads to: the secrets themselves, their digests, tags and checksums, anywhere in any dump."""

import hashlib
import hmac
import zlib
from collections.abc import Iterable, Iterator
from math import log2
from typing import Final

from fakes.attacker.dumps import Evidence
from fakes.attacker.formulas import TAG, expand
from fakes.attacker.records import Credential, Root, Wrapping

WINDOW: Final = 6  # bytes of a digest that count as its presence among bytes that a format accounts for
CHECKSUM: Final = 4
LEAST: Final = 2  # bytes that are looked up where no format accounts for them


class Traces:
    """The dumps of all units, prepared for looking up."""

    def __init__(self, units: Iterable[Evidence]) -> None:
        self._windows: set[bytes] = set()
        self._checksums: set[bytes] = set()
        self._loose: set[bytes] = set()
        self._places = 0
        self.digits: set[bytes] = set()
        for unit in units:
            texts = [*unit.pages, *(record.payload for record in unit.records)]
            for text in dict.fromkeys(texts):
                self._windows |= _windows(text, WINDOW)
            for record in unit.records:
                self._checksums |= _windows(record.payload, CHECKSUM)
            for page in unit.pages:
                end = 24 + int.from_bytes(page[10:12], "big")
                self._checksums |= {page[end : end + CHECKSUM]}
            for text in unit.unexplained:
                self._places += len(text)
                self._loose |= {
                    text[at : at + size]
                    for at in range(len(text))
                    for size in range(LEAST, min(32, len(text) - at) + 1)
                }
                self.digits |= {bytes(byte + 48 if byte < 10 else byte for byte in text)}

    def of(self, values: list[bytes]) -> Iterator[float]:
        """The evidence in each of these values that is there, in bits."""
        if not self._windows.isdisjoint([value[:WINDOW] for value in values]):
            yield 8 * WINDOW - log2(len(self._windows))
        if self._places:
            for value in values:
                if value[:LEAST] in self._loose:
                    yield self._loose_bits(value)

    def of_checksums(self, values: list[bytes]) -> Iterator[float]:
        """The same for checksums, in either order of bytes."""
        values = values + [value[::-1] for value in values]
        if not self._checksums.isdisjoint(values):
            yield 8 * CHECKSUM - log2(len(self._checksums))
        if self._places:
            for value in values:
                if value[:LEAST] in self._loose:
                    yield self._loose_bits(value)

    def _loose_bits(self, value: bytes) -> float:
        size = LEAST
        while size < len(value) and value[: size + 1] in self._loose:
            size += 1
        return 8 * size - log2(self._places)

    def digit_bits(self, digits: bytes) -> float:
        """The same for a few digits, as text or values, among bytes that no format accounts for."""
        if any(digits in text for text in self.digits):
            return log2(10.0 ** len(digits) / self._places)
        return 0.0


class Search:
    """Looks for traces of one hypothesis after the other about a token."""

    def __init__(
        self, traces: Traces, uid: bytes, root: Root, wrapping: Wrapping | None, credentials: list[Credential]
    ) -> None:
        self._traces = traces
        self._keys = [b"", uid, root.salt, root.secret]
        self._short = [*self._keys, root.serial, *(each.id for each in credentials)]
        self._heads = [each.header + each.nonce + bytes([len(each.sealed)]) for each in credentials]
        # What a tag may be made over: of each credential, and of the rest.
        self._parts = [
            [each.header, each.sealed, head + each.sealed]
            for each, head in zip(credentials, self._heads, strict=True)
        ]
        self._bodies = [root.sealed_dek, *(part for parts in self._parts for part in parts)]
        if wrapping:
            self._bodies += [wrapping.tagged, wrapping.sealed_dek]

    def tag(self, kek: bytes) -> float:
        """The evidence, in bits, in a tag under the KEK, as verified mode has it."""
        tag_key = expand(kek, TAG)
        tags = [hmac.digest(tag_key, body, "sha256") for body in self._bodies]
        return max((bits - log2(len(tags)) for bits in self._traces.of(tags)), default=0.0)

    def best(
        self,
        digits: dict[str, bytes],
        inner: dict[str, bytes],
        wrapping: dict[str, bytes],
        keys: list[bytes],
    ) -> tuple[float, str]:
        """The strongest trace, in bits, and what it is of.

        Of a hypothesis: its digits, what is made of them on the way, KEK and DEK, and the credentials' keys.
        """
        traces = self._traces
        found: list[tuple[float, str]] = [(0.0, "nothing")]
        tests = 1
        cases = [(name, value, False, []) for name, value in digits.items()]
        cases += [(name, value, True, []) for name, value in inner.items()]
        cases += [(name, value, True, self._bodies) for name, value in wrapping.items()]
        cases += [
            (f"key {index}", key, True, parts)
            for index, (key, parts) in enumerate(zip(keys, self._parts, strict=True))
        ]
        for name, value, derived, bodies in cases:
            values = list(self._digests(value, derived, bodies))
            checksums = list(self._checksums(value))
            tests += len(values) + len(checksums)
            found += [(bits, name) for bits in traces.of(values)]
            found += [(bits, name) for bits in traces.of_checksums(checksums)]
        for key, head in zip(keys, self._heads, strict=True):
            plain = head + key
            found += [(bits, "a credential") for bits in traces.of([hashlib.sha256(plain).digest()])]
            found += [(bits, "a credential") for bits in traces.of_checksums([_crc(plain)])]
        bits, name = max(found)
        clear = [(traces.digit_bits(value) - log2(len(digits)), name) for name, value in digits.items()]
        return max((bits - log2(tests), name), *clear)

    def _checksums(self, value: bytes) -> Iterator[bytes]:
        yield _crc(value)
        for part in self._short[1:]:
            yield _crc(part + value)
            yield _crc(value + part)

    def _digests(self, secret: bytes, derived: bool, bodies: list[bytes]) -> Iterator[bytes]:
        if derived:
            yield secret
        yield hashlib.md5(secret).digest()  # noqa: S324 - whatever a careless designer may have taken
        yield hashlib.sha1(secret).digest()  # noqa: S324
        yield hashlib.sha512(secret).digest()
        yield hashlib.sha256(hashlib.sha256(secret).digest()).digest()
        for part in self._keys:
            yield hmac.digest(part, secret, "sha256")
        for part in self._short:
            yield hashlib.sha256(secret + part).digest()
            yield hashlib.sha256(part + secret).digest()
            yield hmac.digest(secret, part, "sha256")
        if bodies:
            tag_key = expand(secret, TAG)
            yield tag_key
            for part in bodies:
                yield hmac.digest(secret, part, "sha256")
                yield hmac.digest(tag_key, part, "sha256")


def _crc(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(CHECKSUM, "big")


def _windows(text: bytes, size: int) -> set[bytes]:
    return {text[at : at + size] for at in range(len(text) - size + 1)} - {b"\xff" * size, bytes(size)}
