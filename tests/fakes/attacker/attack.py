"""The attacker: given every dump of a token's flash, he ranks the PINs, and says why.

He knows the firmware and all formats. He tries every PIN with every salt, device secret, wrapping and sealed key that
he ever saw, in any pairing, and looks for what would tell the right PIN from a wrong one: agreement (one secret under
two wrappings), traces (anything derived, or a digest, tag or checksum of it, in any dump), structure (keys that are
not random), and, where he has it, an observed login or another service's key.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import log2
from typing import Final

from dsc.crypto import ocra
from fakes.attacker.agreement import Agreements, collect
from fakes.attacker.dumps import Evidence, View, gather
from fakes.attacker.formulas import (
    CONFIRM,
    OPEN,
    SERVER,
    Stretch,
    device_keys,
    every_pin,
    expand,
    extract,
    open_dek,
    open_key,
    shift,
)
from fakes.attacker.presence import Search, Traces
from fakes.attacker.records import Credential
from fakes.attacker.structure import Structure, outliers

CONFIRM_SUITE: Final = "OCRA-1:HOTP-SHA256-8:QN08"
FOUND: Final = 16.0  # bits from which a reason is told
SETTLED: Final = 18.0  # bits between the best few and the others after which nothing more is tried
FEW: Final = 4
BITS_PER_DIGIT: Final = log2(10)


@dataclass(frozen=True)
class Login:
    """A login that somebody observed, with the counter if the suite has one."""

    suite: str
    question: str
    response: str
    counter: int | None = None


@dataclass(frozen=True)
class Guess:
    """What one PIN opens the vault to."""

    pin: bytes
    target: bytes
    kek: bytes
    dek: bytes
    keys: tuple[bytes, ...]


@dataclass
class Ranking:
    """Evidence for each PIN, in bits, and the reasons for what stands out."""

    scores: dict[bytes, float]
    reasons: dict[bytes, set[str]] = field(default_factory=dict)

    def order(self) -> list[bytes]:
        """The PINs, the likeliest first."""
        return sorted(self.scores, key=lambda pin: -self.scores[pin])

    def place(self, pin: bytes) -> int:
        """1 if no other PIN is as likely; equal ones count as if they came first."""
        own = self.scores[pin]
        return sum(score >= own for score in self.scores.values())

    def share(self, pin: bytes) -> float:
        """Where a PIN stands, from 0 (the likeliest) to 1; equal ones share their places."""
        own = self.scores[pin]
        above = sum(score > own for score in self.scores.values())
        equal = sum(score == own for score in self.scores.values())
        return (above + equal / 2) / len(self.scores)


class Attacker:
    """Holds the dumps of one or more units; every dump is a whole image, the oldest first."""

    def __init__(
        self,
        *units: tuple[bytes, Sequence[bytes]],
        pins: Iterable[bytes] | None = None,
        logins: Iterable[Login] = (),
        known_keys: Iterable[bytes] = (),
        device_secrets: Iterable[bytes] = (),
    ) -> None:
        """Each unit is its unique id and its dumps; `pins` are the candidates, by default all."""
        self.units = [gather(uid, dumps) for uid, dumps in units]
        self.logins = list(logins)
        self.device_secrets = list(device_secrets)
        self._known = dict.fromkeys(known_keys, "known key")
        first = next((view for unit in self.units for view in unit.views if view), None)
        if not first:
            raise ValueError("no dump shows a sealed token")
        self.pins = tuple(pins) if pins is not None else every_pin(first.root.digits)

    @cached_property
    def agreements(self) -> Agreements:
        """What agrees with what, over all units and times."""
        return Agreements(collect(self.units, self.pins, self.device_secrets, self._known))

    @cached_property
    def traces(self) -> Traces:
        """All dumps, to be searched."""
        return Traces(self.units)

    def guesses(self, moment: int = -1, unit: int = 0) -> list[Guess]:
        """What each PIN opens the vault to, as it was at one dump."""
        case = _Case(self, unit, moment)
        return [case.guess(pin) for pin in self.pins]

    def rank(self, moment: int = -1, unit: int = 0) -> Ranking:
        """Rank the PINs that may have been in force at one dump, by all that the others show besides."""
        case = _Case(self, unit, moment)
        ranking = Ranking(dict.fromkeys(self.pins, 0.0))
        for pin in self.pins:
            for sealed in (case.sealed_dek, b""):
                found = self.agreements.found.get((case.stretch, sealed, case.target(pin)), {})
                for reason, bits in found.items():
                    _add(ranking, pin, bits, reason)
        guesses: list[Guess] = []
        for look in (self._check_tags, self._try_logins, self._weigh_structure, self._search):
            if _settled(ranking):
                break
            guesses = guesses or [case.guess(pin) for pin in self.pins]
            look(ranking, case, guesses)
        return ranking

    def differences(self, unit: int = 0) -> list[tuple[int, ...]]:
        """Old PIN - new PIN, digit by digit, for each change that the dumps show: what no token can hide."""
        views = [view for view in self.units[unit].views if view]
        return [
            tuple((after - before) % 10 for before, after in zip(old.offset, new.offset, strict=True))
            for old, new in pairwise(views)
            if old.root == new.root and old.offset != new.offset
        ]

    def unguarded_keys(self, unit: int = 0, moment: int = -1) -> dict[bytes, dict[bytes, bytes]]:
        """What the device secret alone opens, without any PIN: by credential id, for each purpose."""
        case = _Case(self, unit, moment)
        keys = device_keys(case.stretch.secret, case.stretch.uid)
        return {
            each.id: {purpose: open_key(each, keys[purpose]) for purpose in (OPEN, SERVER)}
            for each in case.credentials
        }

    def _weigh_structure(self, ranking: Ranking, case: "_Case", guesses: list[Guess]) -> None:
        known = case.known_texts()
        obvious = case.obvious_targets()
        for guess in guesses:
            if guess.target in obvious:
                bits = log2(10.0 ** len(guess.pin) / len(obvious)) - 1
                _add(ranking, guess.pin, bits, "an obvious target")
        columns = [[guess.dek for guess in guesses]]
        columns += [[guess.keys[index] for guess in guesses] for index in range(len(case.credentials))]
        for column in columns:
            structure = Structure(len(column[0]), known)
            for guess, key, outlying in zip(guesses, column, outliers(column), strict=True):
                weight = structure.weight(key)
                reason = "structure" if weight > outlying else "outlier"
                _add(ranking, guess.pin, log2((weight + outlying) / 2), reason)

    def _check_tags(self, ranking: Ranking, case: "_Case", guesses: list[Guess]) -> None:
        search = case.search(self.traces)
        for guess in guesses:
            _add(ranking, guess.pin, search.tag(guess.kek), "trace: tag under the KEK")

    def _search(self, ranking: Ranking, case: "_Case", guesses: list[Guess]) -> None:
        search = case.search(self.traces)
        for guess in guesses:
            stretched, key, kek = case.stretch.steps(guess.target)
            bits, reason = search.best(
                {"PIN": guess.pin, "target": guess.target},
                {"stretched PIN": stretched, "pseudorandom key": key},
                {"KEK": kek, "DEK": guess.dek},
                list(guess.keys),
            )
            _add(ranking, guess.pin, max(0.0, bits), f"trace: {reason}")

    def _try_logins(self, ranking: Ranking, case: "_Case", guesses: list[Guess]) -> None:
        runs = _digit_runs(case.unit.strangers())
        for guess in guesses:
            for key, credential in zip(guess.keys, case.credentials, strict=True):
                for login in self.logins:
                    if login.suite in credential.suites and login.response == ocra.respond(
                        ocra.Suite.parse(login.suite), key, login.question, counter=login.counter
                    ):
                        _add(ranking, guess.pin, len(login.response) * BITS_PER_DIGIT, "an observed login")
                if runs:
                    self._try_runs(ranking, case, guess.pin, key, credential, runs)

    def _try_runs(
        self, ranking: Ranking, case: "_Case", pin: bytes, key: bytes, credential: Credential, runs: set[str]
    ) -> None:
        """Digits that were left in flash may be a question and its answer."""
        derived = expand(extract(b"", key), CONFIRM + case.view.root.serial)
        logins = [(suite, key) for suite in credential.suites[:1] if suite.startswith("OCRA-1:")]
        for text, secret in ((CONFIRM_SUITE, derived), *logins):
            suite = ocra.Suite.parse(text)
            if suite.counter:
                continue
            for question in runs:
                if len(question) == suite.question_length and ocra.respond(suite, secret, question) in runs:
                    _add(ranking, pin, suite.digits * BITS_PER_DIGIT - 2 * log2(len(runs)), "an answer kept")


class _Case:
    """One unit at one moment: what a PIN is tried with."""

    def __init__(self, attacker: Attacker, unit: int, moment: int) -> None:
        self.unit: Evidence = attacker.units[unit]
        self.view: View = self.unit.last_view(moment)
        root, wrapping = self.view.root, self.view.wrapping
        if wrapping:
            secret = attacker.device_secrets[0] if attacker.device_secrets else bytes(32)
            self.stretch = Stretch(wrapping.salt, root.rounds, secret, self.unit.uid)
            self.sealed_dek = wrapping.sealed_dek
        else:
            self.stretch = Stretch(root.salt, root.rounds, root.secret, self.unit.uid)
            self.sealed_dek = root.sealed_dek
        self.credentials = list(self.unit.together[wrapping or root])

    def target(self, pin: bytes) -> bytes:
        return shift(pin, self.view.offset)

    def guess(self, pin: bytes) -> Guess:
        target = self.target(pin)
        kek = self.stretch.kek(target)
        dek = open_dek(self.sealed_dek, kek)
        return Guess(pin, target, kek, dek, tuple(open_key(each, dek) for each in self.credentials))

    def search(self, traces: Traces) -> Search:
        return Search(traces, self.unit.uid, self.view.root, self.view.wrapping, self.credentials)

    def obvious_targets(self) -> set[bytes]:
        """What a careless maker might have taken instead of random digits."""
        count = self.view.root.digits
        serial = self.view.root.serial
        digits = bytes(byte for byte in serial if 0x30 <= byte <= 0x39)
        targets = {b"0" * count, b"123456789"[:count], digits.rjust(count, b"0")[-count:]}
        for source in (serial, self.unit.uid):
            digest = hashlib.sha256(source).digest()
            targets.add(b"%0*d" % (count, int.from_bytes(digest, "big") % 10**count))
            targets.add(bytes(0x30 + byte % 10 for byte in digest[:count]))
        return targets

    def known_texts(self) -> list[bytes]:
        """What a careless maker might have made a key of."""
        texts = [self.unit.uid, self.unit.uid.hex().encode(), self.view.root.serial, self.stretch.salt]
        for each in self.credentials:
            texts += [each.id, each.nonce, *(suite.encode() for suite in each.suites)]
        return texts


def _add(ranking: Ranking, pin: bytes, bits: float, reason: str) -> None:
    ranking.scores[pin] += bits
    if bits >= FOUND:
        ranking.reasons.setdefault(pin, set()).add(reason)


def _settled(ranking: Ranking) -> bool:
    best = sorted(ranking.scores.values(), reverse=True)
    return len(best) > FEW and best[0] - best[FEW] > SETTLED


def _digit_runs(payloads: Iterable[bytes]) -> set[str]:
    """All runs of 4 to 10 digits among bytes of no known format."""
    found = set()
    for payload in payloads:
        text = "".join(chr(byte) if 0x30 <= byte <= 0x39 else " " for byte in payload)
        for run in text.split():
            found |= {run[at : at + size] for size in range(4, 11) for at in range(len(run) - size + 1)}
    return found
