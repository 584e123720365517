"""One secret under two wrappings: whatever two different ways of opening agree on tells the PINs of both.

Every salt is paired with every device secret, unique id and wrapped DEK; what comes of salts and secrets that were
ever seen in one dump is paired with every sealed key as well.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from math import log2
from typing import Final

from fakes.attacker.dumps import Evidence
from fakes.attacker.formulas import DEK, Stretch, device_keys, expand, key_info, open_dek, open_key, shift
from fakes.attacker.records import Credential, Root, Wrapping

CHUNK: Final = 6  # the first bytes, which are compared
NO_NEWS: Final = 20  # what one in so many guesses share tells no PIN: it is the same thing seen twice
BLOB: Final = 32  # what a record of no known format may hold: a wrapped DEK
MOST_BLOBS: Final = 40
MANY: Final = 1 << 27  # more than the guesses of one source
UNWRITTEN: Final = b"\xff" * 3

# What a PIN opens: how it is stretched, the wrapped DEK (none: nothing is opened yet), the target.
Case = tuple[Stretch, bytes, bytes]
_Source = tuple[str, Stretch | None, bytes]


@dataclass
class Material:
    """What all units ever had in their flash, for every pairing of it."""

    guesses: dict[Stretch, tuple[bytes, ...]] = field(default_factory=dict)  # the targets to try with each
    sealed_deks: dict[bytes, None] = field(default_factory=dict)
    credentials: dict[Credential, None] = field(default_factory=dict)
    near: set[Stretch] = field(default_factory=set)  # made of what was seen together
    torn: dict[Stretch, bytes] = field(default_factory=dict)  # torn sealed DEKs with all that they depend on
    clear: dict[bytes, str] = field(default_factory=dict)  # values that need no PIN


def collect(
    units: Iterable[Evidence], pins: tuple[bytes, ...], secrets: Iterable[bytes], known: dict[bytes, str]
) -> Material:
    """Pair every salt with every device secret and unique id; `known` are keys that he has from elsewhere."""
    units = list(units)
    material = Material(clear=dict(known))
    salts: dict[tuple[bytes, int], tuple[bytes, ...]] = {}
    given = list(secrets)
    all_secrets = dict.fromkeys(given)
    blobs: list[bytes] = []
    for unit in units:
        for root in unit.contents(Root):
            if root.salt:
                salts[root.salt, root.rounds] = _targets(pins, root, unit.last_offset(root))
                all_secrets[root.secret] = None
                material.sealed_deks[root.sealed_dek] = None
            for wrapping in unit.contents(Wrapping):
                salts[wrapping.salt, root.rounds] = _targets(pins, root, bytes(root.digits))
                material.sealed_deks[wrapping.sealed_dek] = None
        for root in unit.contents(Root, whole=False):
            if root.salt and UNWRITTEN not in root.salt + root.secret + root.sealed_dek[:CHUNK]:
                stretch = Stretch(root.salt, root.rounds, root.secret, unit.uid)
                material.guesses[stretch] = _targets(pins, root, unit.last_offset(root))
                material.torn[stretch] = root.sealed_dek
        material.credentials.update(dict.fromkeys(_recombined(unit)))
        for payload in unit.strangers():
            blobs += [payload[start : start + BLOB] for start in range(len(payload) - BLOB + 1)]
    material.sealed_deks.update(dict.fromkeys(blobs[:MOST_BLOBS]))
    for (salt, rounds), targets in salts.items():
        for secret in all_secrets:
            for unit in units:
                stretch = Stretch(salt, rounds, secret, unit.uid)
                material.guesses[stretch] = targets
                if (salt, secret) in unit.pairs or secret in given:
                    material.near.add(stretch)
    _add_clear(material, units, all_secrets, blobs)
    return material


def _targets(pins: tuple[bytes, ...], root: Root, offset: bytes) -> tuple[bytes, ...]:
    return tuple(shift(pin, offset) for pin in pins if len(pin) == root.digits == len(offset))


def _recombined(unit: Evidence) -> Iterator[Credential]:
    """Every header, nonce and sealed key that a credential ever had, in all combinations."""
    parts: dict[bytes, tuple[set[bytes], set[bytes], dict[bytes, Credential]]] = {}
    torn = unit.contents(Credential, whole=False)
    written = [each for each in torn if UNWRITTEN not in each.nonce + each.sealed[:CHUNK]]
    for each in unit.contents(Credential) + written:
        headers, nonces, sealed = parts.setdefault(each.id, (set(), set(), {}))
        headers.add(each.header)
        nonces.add(each.nonce)
        sealed[each.sealed] = each
    for headers, nonces, sealed in parts.values():
        for header, nonce, each in product(sorted(headers), sorted(nonces), sealed.values()):
            yield replace(each, header=header, nonce=nonce)


def _add_clear(
    material: Material, units: list[Evidence], secrets: Iterable[bytes], blobs: list[bytes]
) -> None:
    """What the device secret alone opens, and digests of what anybody can read."""
    public = [unit.uid for unit in units]
    for secret in secrets:
        for unit in units:
            for key in device_keys(secret, unit.uid).values():
                for each in material.credentials:
                    material.clear.setdefault(open_key(each, key), "opened by the device secret")
                for blob in blobs:
                    material.clear.setdefault(open_dek(blob, key), "opened by the device secret")
        public.append(secret)
    for unit in units:
        for root in unit.contents(Root):
            public += [root.serial, root.salt, root.sealed_dek]
    for each in material.credentials:
        public += [each.id, each.nonce, each.header, each.sealed]
    for part in public:
        for name in ("md5", "sha1", "sha256", "sha512"):
            material.clear.setdefault(hashlib.new(name, part).digest(), "digest of what is public")
        for other in public[:3]:
            material.clear.setdefault(hmac.digest(part, other, "sha256"), "digest of what is public")


class Agreements:
    """Bits of evidence for each case, with reasons, from all pairings of the material."""

    def __init__(self, material: Material) -> None:
        self.found: dict[Case, dict[str, float]] = {}
        # Of some bits: where they were seen first, as MANY times the source's number, plus that of the guess.
        self._first: dict[int, int] = {}
        self._sources: list[_Source] = []
        self._pairs: dict[tuple[int, int], list[tuple[int, int]]] = {}
        self._material = material
        for value, name in material.clear.items():
            self._sources.append((name, None, b""))
            self._first.setdefault(int.from_bytes(value[:CHUNK], "big"), len(self._sources) * MANY - 1)
        for source, chunks in self._all():
            self._compare(source, chunks)
        self._judge()

    def _all(self) -> Iterator[tuple[_Source, list[int]]]:
        """Every pairing with what it opens to, guess by guess."""
        credentials = [
            (key_info(each) + b"\x01", int.from_bytes(each.sealed[:CHUNK], "big"))
            for each in self._material.credentials
        ]
        for stretch, targets in self._material.guesses.items():
            keks = [stretch.kek(target) for target in targets]
            yield ("KEK", stretch, b""), [int.from_bytes(kek[:CHUNK], "big") for kek in keks]
            masks = [int.from_bytes(expand(kek, DEK), "big") for kek in keks]
            torn = self._material.torn.get(stretch)
            for sealed in [torn] if torn else self._material.sealed_deks:
                number = int.from_bytes(sealed, "big")
                chunk = 8 * (len(sealed) - CHUNK)
                yield ("DEK", stretch, sealed), [(mask ^ number) >> chunk for mask in masks]
                if stretch not in self._material.near:
                    continue
                deks = [(mask ^ number).to_bytes(len(sealed), "big") for mask in masks]
                for info, part in credentials:
                    yield (
                        ("key", stretch, sealed),
                        [
                            int.from_bytes(hmac.digest(dek, info, "sha256")[:CHUNK], "big") ^ part
                            for dek in deks
                        ],
                    )

    def _compare(self, source: _Source, chunks: list[int]) -> None:
        number = len(self._sources)
        self._sources.append(source)
        first = self._first
        for place, chunk in enumerate(chunks, number * MANY):
            seen = first.setdefault(chunk, place)
            if seen != place:
                self._pairs.setdefault((seen // MANY, number), []).append((seen % MANY, place % MANY))

    def _judge(self) -> None:
        bits = 8 * CHUNK - log2(len(self._first) or 1)
        for sources, guesses in self._pairs.items():
            parts = [self._sources[source] for source in sources]
            most = max(len(self._material.guesses[stretch]) for _, stretch, _ in parts if stretch)
            if len(guesses) * NO_NEWS > most:
                continue
            reason = f"one secret: {parts[0][0]} and {parts[1][0]}"
            for pair in guesses:
                for (_, stretch, sealed), guess in zip(parts, pair, strict=True):
                    if stretch:
                        target = self._material.guesses[stretch][guess]
                        self.found.setdefault((stretch, sealed, target), {})[reason] = bits
