"""Compare what a token showed with what its keys give: the window of counters and times, the alarm, the verdict."""

from __future__ import annotations

import enum
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from dsc.crypto.hashes import DIGEST_SIZE
from dsc.crypto.memory import equal, wipe
from dsc.crypto.ocra import Suite
from host_tools.inventory.errors import CounterUnsureError, ResponseFormatError, UnverifiableError
from host_tools.inventory.recording import PIN_HASH_ROLE, credential_of
from host_tools.inventory.rows import Credential
from host_tools.inventory.schema import CredentialRow
from host_tools.inventory.store import Inventory
from host_tools.policy.rules import CodeRules

LAST_COUNTER: Final = 2**64 - 1
_SEPARATORS: Final = str.maketrans("", "", " -")

Factor = tuple[int | None, int | None]  # counter and Unix seconds, of suites that have them
F = TypeVar("F")


class Verdict(enum.Enum):
    """What a well-formed response turned out to be. An alarm is to be shown to nobody who stands at the token."""

    ACCEPTED = "accepted"
    ALARM = "accepted with alarm"
    REJECTED = "rejected"

    @property
    def accepted(self) -> bool:
        """Whether the response opens what was asked for, with alarm or without."""
        return self is not Verdict.REJECTED


@dataclass(frozen=True, slots=True)
class Keys:
    """What PIN and duress PIN of a credential open; the latter only where it has one.

    `reach` is how far the responses are looked for. `pin_hash` is that of an imported credential whose PIN enters the
    responses.
    """

    real: bytearray = field(repr=False)
    alarm: bytearray | None = field(repr=False)
    reach: CodeRules = field(repr=False)
    pin_hash: bytearray | None = field(default=None, repr=False)


@contextmanager
def keys_of(inventory: Inventory, credential: Credential) -> Iterator[Keys]:
    """The credential's keys, wiped at the end. Raises UnwrapError, UnknownCredentialError."""
    real = inventory.key(credential)
    alarm = pin_hash = None
    try:
        alarm = inventory.alarm_key(credential)
        if credential.has_pin_hash:
            pin_hash = inventory.secret(credential, PIN_HASH_ROLE)
        yield Keys(real, alarm, inventory.rules().code, pin_hash)
    finally:
        wipe(real, alarm, pin_hash)


def judged(
    keys: Keys, compute: Callable[[bytearray, F], str], given: bytes, factors: Sequence[F]
) -> tuple[Verdict, int | None]:
    """The verdict, and the place of the first of the factors for which a key gives what was given.

    Both keys are computed with for every factor, and there is no way out at a match: the time taken must tell neither
    how far the counter is ahead, nor which key it was, nor whether there is an alarm key. If one factor fits both keys
    by chance, it is an alarm.
    """
    verdict, match = Verdict.REJECTED, None
    with alarm_or_decoy(keys) as (second, is_alarm_key):
        for place, factor in enumerate(factors):
            real = _fits(compute(keys.real, factor), given)
            alarm = _fits(compute(second, factor), given) & is_alarm_key
            if (real or alarm) and verdict is Verdict.REJECTED:
                verdict, match = (Verdict.ALARM if alarm else Verdict.ACCEPTED), place
    return verdict, match


@contextmanager
def alarm_or_decoy(keys: Keys) -> Iterator[tuple[bytearray, bool]]:
    """The alarm key, or a random one in its place, which is wiped; and whether it is the alarm key.

    What the decoy gives is computed and dropped: it never matches, not even by chance.
    """
    if keys.alarm is not None:
        yield keys.alarm, True
        return
    decoy = bytearray(os.urandom(len(keys.real)))
    try:
        yield decoy, False
    finally:
        wipe(decoy)


def judged_and_counted(
    keys: Keys,
    suite: Suite,
    compute: Callable[[bytearray, Factor], str],
    given: bytes,
    row: CredentialRow | None,
    now: datetime,
) -> Verdict:
    """The verdict on an OCRA response; `row`, needed for counters only, moves past the counter that fits.

    A counter that is unsure since a restore is looked for further on, and is sure again when it was found: the caller
    sees to it that the question is a fresh one.
    """
    factors = [
        (counter, timestamp)
        for counter in (_counters(suite, row, keys.reach) if suite.counter and row is not None else (None,))
        for timestamp in _timestamps(suite, now, keys.reach)
    ]
    verdict, match = judged(keys, compute, given, factors)
    counter = None if match is None else factors[match][0]
    if row is not None and counter is not None:
        row.counter = counter + 1
        row.counter_unsure = False
    return verdict


def window(counter: int, ahead: int) -> range:
    """The counters that are looked at: this one and so many more.

    The very last one is none of them, since nothing would be left to move on to.
    """
    return range(counter, min(counter + ahead + 1, LAST_COUNTER))


def nearby(present: int, reach: CodeRules, step: int = 1) -> list[int]:
    """The times or time steps that are looked at: the present one, and then those beside it, the nearest first."""
    beside = range(1, reach.drift_steps + 1)
    return [present, *(present + sign * step * off for off in beside for sign in (-1, 1))]


def refuse_unsure(row: CredentialRow, remedy: str) -> None:
    """Raises CounterUnsureError where only the counter keeps a code from being accepted again, and it is unsure."""
    if row.counter_unsure:
        raise CounterUnsureError(credential_of(row).name, remedy)


def usable_suite(text: str, *, has_pin_hash: bool = False) -> Suite:
    """The suite, if its responses can be computed from what is known here; raises UnverifiableError."""
    suite = Suite.parse(text)
    if suite.pin_algorithm is not None and not has_pin_hash:
        raise UnverifiableError(suite.text, "its responses contain a PIN hash, and none is kept")
    if suite.session_length is not None:
        raise UnverifiableError(suite.text, "its responses contain session data, which is not known here")
    return suite


def without_separators(text: str) -> str:
    """What was typed, without the spaces and dashes that people group digits by."""
    return text.translate(_SEPARATORS)


def as_response(suite: Suite, text: str) -> bytes:
    """A response as it is compared; raises ResponseFormatError for what can be none of the suite's."""
    if suite.digits:
        return as_code(suite.digits, text)
    # The whole HMAC, as hex (RFC 6287 erratum 5625).
    length = 2 * DIGEST_SIZE[suite.algorithm]
    return _well_formed(text, "0123456789abcdef", length, f"{length} hex digits")


def as_code(digits: int, text: str) -> bytes:
    """A code of so many decimal digits as it is compared; raises ResponseFormatError."""
    return _well_formed(text, "0123456789", digits, f"{digits} digits")


def _well_formed(text: str, alphabet: str, length: int, expected: str) -> bytes:
    response = without_separators(text).lower()
    if len(response) != length or not set(response) <= set(alphabet):
        raise ResponseFormatError(expected)
    return response.encode("ascii")


def _fits(computed: str, given: bytes) -> bool:
    return equal(computed.lower().encode("ascii"), given)


def _counters(suite: Suite, row: CredentialRow, reach: CodeRules) -> range:
    if not row.counter_unsure:
        return window(row.counter, reach.look_ahead)
    # A guess must not be right more than once in a hundred thousand times; short responses are looked for less far.
    most = reach.resynchronise_within
    far = most if not suite.digits else min(most, 10**suite.digits // 100_000)
    return window(row.counter, max(far, reach.look_ahead))


def _timestamps(suite: Suite, now: datetime, reach: CodeRules) -> Sequence[int | None]:
    if suite.time_step is None:
        return (None,)
    return nearby(int(now.timestamp()), reach, suite.time_step)
