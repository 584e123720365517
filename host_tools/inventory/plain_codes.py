"""Judge plain one-time codes, which answer no challenge: HOTP by counter (RFC 4226), TOTP by time (RFC 6238)."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from sqlalchemy.orm import Session

from dsc.crypto.memory import equal
from dsc.protocol.plain import Method, code
from host_tools.inventory import drift, failures
from host_tools.inventory.errors import UnverifiableError
from host_tools.inventory.judging import (
    Keys,
    Verdict,
    alarm_or_decoy,
    as_code,
    judged,
    keys_of,
    refuse_unsure,
    window,
)
from host_tools.inventory.rows import Credential
from host_tools.inventory.schema import CredentialRow
from host_tools.inventory.store import Inventory
from host_tools.inventory.token_rows import credential_row


def verify_code(
    inventory: Inventory, serial: str, given: str, credential_id: bytes | str | None = None
) -> Verdict:
    """Judge a code; an accepted one is never accepted again.

    By counter, it may be up to 20 ahead (RFC 4226 section 7.4), and the stored counter moves past it. By time, it may
    be one step off either way (RFC 6238 section 5.2) from where the token's clock is taken to be (`drift`), and must be
    of a later step than the last one accepted. Spaces and dashes are ignored. Raises UnknownSerialError,
    UnknownCredentialError, AmbiguousCredentialError, ResponseFormatError, UnverifiableError (the credential answers
    challenges), CounterUnsureError, UnwrapError.
    """
    credential = inventory.credential(serial, credential_id)
    method = _method(credential)
    typed = as_code(method.digits, given)
    with keys_of(inventory, credential) as keys, inventory.writing() as session:
        row = credential_row(session, credential)
        return _judged(method, keys, row, typed, inventory.now())


def judge_counted(
    inventory: Inventory, session: Session, credential: Credential, keys: Keys, given: str
) -> Verdict:
    """Judge a code as `verify_code` does, in the caller's transaction, and count it.

    Raises LockedError, BlockedError, ResponseFormatError, UnverifiableError, CounterUnsureError.
    """
    row = credential_row(session, credential)
    now = inventory.now()
    failures.refuse(inventory, session, row, now)
    verdict = judge_in(credential, keys, row, given, now)
    failures.count_verdict(inventory, session, row, verdict, now)
    return verdict


def judge_in(credential: Credential, keys: Keys, row: CredentialRow, given: str, now: datetime) -> Verdict:
    """Judge a code as `verify_code` does, and move the row's counter or step; nothing else is counted.

    Raises ResponseFormatError, UnverifiableError, CounterUnsureError.
    """
    method = _method(credential)
    return _judged(method, keys, row, as_code(method.digits, given), now)


def resynchronise(
    inventory: Inventory, serial: str, first: str, second: str, credential_id: bytes | str | None = None
) -> Verdict:
    """Find a token again whose key was pressed too often, or whose clock is off: by two codes that follow one another.

    They are looked for within 1,000 counters from the stored one (RFC 4226 section 7.4 and appendix E.4), or as far
    from the present step as a clock may be off (RFC 6238 section 6), and none is accepted again. Two codes, because one
    would be found by chance too often in such a window. A pair that is not found counts as a failure, one that is as a
    success. Raises LockedError, BlockedError, and what `verify_code` does.
    """
    credential = inventory.credential(serial, credential_id)
    with keys_of(inventory, credential) as keys, inventory.writing() as session:
        row = credential_row(session, credential)
        now = inventory.now()
        failures.refuse(inventory, session, row, now)
        verdict, event = find(credential, keys, row, first, second, now)
        failures.count(session, row, now, success=verdict.accepted)
        inventory.note(session, event, serial, credential=credential.id.hex())
        if verdict is Verdict.ALARM:
            inventory.note(session, "alarm", serial, credential=credential.id.hex())
        return verdict


def find(
    credential: Credential, keys: Keys, row: CredentialRow, first: str, second: str, now: datetime
) -> tuple[Verdict, str]:
    """Find a token again as `resynchronise` does, in the caller's transaction; nothing is counted.

    The verdict, and what is to be written into the audit log. Raises ResponseFormatError, UnverifiableError.
    """
    method = _method(credential)
    pair = as_code(method.digits, first), as_code(method.digits, second)
    if method.timed:
        present = int(now.timestamp()) // method.step
        steps = drift.searched(row, present, keys.reach, method.step)
        verdict, step = _consecutive(keys, method, pair, steps)
        if step is not None:
            drift.found(row, step + 1, present)
        return verdict, "clock found" if verdict.accepted else "clock not found"
    counters = window(row.counter, keys.reach.resynchronise_within)
    verdict, counter = _consecutive(keys, method, pair, counters)
    if counter is not None:
        row.counter = counter + 2
        row.counter_unsure = False
    return verdict, "counter found" if verdict.accepted else "counter not found"


def _judged(method: Method, keys: Keys, row: CredentialRow, typed: bytes, now: datetime) -> Verdict:
    if method.timed:
        present = int(now.timestamp()) // method.step
        steps = drift.expected(row, present, keys.reach, method.step)
        verdict, match = judged(keys, lambda key, step: _code(method, key, step), typed, steps)
        if match is not None:
            drift.remember(row, steps[match], present)
        return verdict
    remedy = f"use `picodsc resync {row.token.serial}` with two codes in a row, as fresh as can be"
    refuse_unsure(row, remedy)
    counters = window(row.counter, keys.reach.look_ahead)
    verdict, match = judged(keys, lambda key, counter: _code(method, key, counter), typed, counters)
    if match is not None:
        row.counter = counters[match] + 1
    return verdict


def _consecutive(
    keys: Keys, method: Method, pair: tuple[bytes, bytes], moving: range
) -> tuple[Verdict, int | None]:
    """Where the pair begins, with either key; each code is computed once, and all of them."""
    first: tuple[Verdict, int | None] = (Verdict.REJECTED, None)
    with alarm_or_decoy(keys) as (second, is_alarm_key):
        for verdict, key, counts in (
            (Verdict.ACCEPTED, keys.real, True),
            (Verdict.ALARM, second, is_alarm_key),
        ):
            codes = [_code(method, key, one).encode("ascii") for one in moving]
            fits = [equal(one, pair[0]) & equal(other, pair[1]) for one, other in pairwise(codes)]
            if any(fits) and counts:
                first = (verdict, moving[fits.index(True)])
    return first


def _code(method: Method, key: bytearray, moving: int) -> str:
    """The code of a counter, or of a step of time."""
    return code(method, key, moving * method.step if method.timed else moving)


def _method(credential: Credential) -> Method:
    if credential.kind == "ocra":
        raise UnverifiableError(credential.login_suite, "its responses answer a challenge, and there is none")
    return Method.parse(credential.login_suite)
