"""Signed transactions: references to sign with, signatures as a token makes them, and the verdict on one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.transaction import MOST_DIGITS, REFERENCE, question
from host_tools.inventory import allowance
from host_tools.inventory.errors import (
    NoFormError,
    ReferenceNotIssuedError,
    ReferenceUsedError,
    UnverifiableError,
    ValueCountError,
)
from host_tools.inventory.judging import (
    Factor,
    Keys,
    Verdict,
    as_response,
    judged_and_counted,
    keys_of,
    refuse_unsure,
    usable_suite,
)
from host_tools.inventory.rows import Credential
from host_tools.inventory.schema import CredentialRow, ReferenceRow
from host_tools.inventory.store import Inventory
from host_tools.inventory.token_rows import credential_row

REFERENCE_DIGITS = 6  # at least


def issue_reference(inventory: Inventory, serial: str, credential_id: bytes | str | None = None) -> str:
    """The next reference for a transaction: six digits or more, never one that was issued or used before.

    Raises NoFormError (the credential signs nothing, or its form has no reference), AllowanceSpentError, and what
    `Inventory.credential` raises.
    """
    credential = inventory.credential(serial, credential_id)
    with inventory.writing() as session:
        row = credential_row(session, credential)
        return next_reference(session, credential, row, inventory.now())


def next_reference(session: Session, credential: Credential, row: CredentialRow, now: datetime) -> str:
    """The same in the caller's transaction. Raises NoFormError, AllowanceSpentError."""
    if not _has_references(credential):
        raise NoFormError(credential.name)
    while True:
        row.references_due = allowance.paid(row.references_due, now)
        row.sign_index += 1
        reference = _as_issued(row.sign_index)
        if not _was_used(session, row, reference):
            return reference


def expected_signature(
    inventory: Inventory,
    serial: str,
    values: Sequence[str],
    credential_id: bytes | str | None = None,
) -> str:
    """The signature that the token shows next for these values of its form. A development tool: it plays the token.

    Values are digits, an amount in minor units. Nothing is counted or used up. Raises NoFormError, UnverifiableError,
    UnwrapError, ValueCountError, `dsc.protocol`'s FieldValueError, and what `Inventory.credential` raises.
    """
    credential = inventory.credential(serial, credential_id)
    suite = sign_suite(credential)
    asked = _question(credential, values)
    timestamp = None if suite.time_step is None else int(inventory.now().timestamp())
    counter = credential.counter if suite.counter else None
    with keys_of(inventory, credential) as keys:
        return respond(suite, keys.real, asked, counter=counter, timestamp=timestamp)


def verify_signature(
    inventory: Inventory,
    serial: str,
    values: Sequence[str],
    signature: str,
    credential_id: bytes | str | None = None,
) -> Verdict:
    """Judge the signature of a transaction with these values of the credential's form.

    Values are digits, an amount in minor units. A form that ends in a reference has each accepted once, whoever chose
    it, and 7 is 000007; one that does not is only kept from being played back by a counter in the sign suite, which
    moves on as at a login. Raises ReferenceUsedError, ReferenceNotIssuedError (after a restore only),
    CounterUnsureError, NoFormError, ValueCountError, ResponseFormatError, UnverifiableError, UnwrapError,
    `dsc.protocol`'s FieldValueError, and what `Inventory.credential` raises.
    """
    credential = inventory.credential(serial, credential_id)
    with keys_of(inventory, credential) as keys, inventory.writing() as session:
        row = credential_row(session, credential)
        return judge_signature(session, credential, keys, row, values, signature, inventory.now())


def judge_signature(
    session: Session,
    credential: Credential,
    keys: Keys,
    row: CredentialRow,
    values: Sequence[str],
    signature: str,
    now: datetime,
    *,
    only_issued: bool = False,
) -> Verdict:
    """The same in the caller's transaction; raises as `verify_signature` does. Wrong ones are not counted here.

    With `only_issued` a reference has to be one that `next_reference` gave out for this credential, as it was written,
    and a credential that has neither references nor a counter is refused: its signatures would be good for ever.
    """
    suite = sign_suite(credential)
    if only_issued and not _has_references(credential) and not suite.counter:
        reason = (
            "its signatures have neither a reference nor a counter, and would be accepted again and again"
        )
        raise UnverifiableError(credential.name, reason)
    asked = _question(credential, values)
    given = as_response(suite, signature)

    def compute(key: bytearray, factor: Factor) -> str:
        return respond(suite, key, asked, counter=factor[0], timestamp=factor[1])

    reference = values[-1] if _has_references(credential) else None
    if reference is not None and _was_used(session, row, reference):
        raise ReferenceUsedError(reference)
    # What was accepted between a backup and its restore is not known: then only what was issued afterwards is taken.
    if reference is not None and (only_issued or row.spent_references):
        _refuse_not_issued(row, reference)
    if reference is None and suite.counter:
        refuse_unsure(row, "let it answer a challenge that the inventory issues")
    verdict = judged_and_counted(keys, suite, compute, given, row, now)
    if reference is not None and verdict.accepted:
        row.references.append(ReferenceRow(reference=reference, used_at=now))
    return verdict


def sign_suite(credential: Credential) -> Suite:
    """The suite that the credential signs its form with; raises NoFormError, UnverifiableError."""
    if not credential.form or credential.sign_suite is None:
        raise NoFormError(credential.name)
    suite = usable_suite(credential.sign_suite)
    if (suite.question_format, suite.question_length) != ("H", 64):
        raise UnverifiableError(suite.text, "a transaction is signed as a question of 64 hex digits (QH64)")
    return suite


def _has_references(credential: Credential) -> bool:
    return bool(credential.form) and credential.form[-1].kind == REFERENCE


def _question(credential: Credential, values: Sequence[str]) -> str:
    form = credential.form
    if len(values) != len(form):
        raise ValueCountError(len(form), [field.label for field in form], len(values))
    return question(credential.serial, form, values)


def _as_issued(number: int) -> str:
    return f"{number:0{REFERENCE_DIGITS}}"


def _refuse_not_issued(row: CredentialRow, reference: str) -> None:
    number = int(reference)
    if reference != _as_issued(number) or not row.spent_references < number <= row.sign_index:
        raise ReferenceNotIssuedError(reference, restored=row.spent_references > 0)


def _was_used(session: Session, row: CredentialRow, reference: str) -> bool:
    """If the number was used, with whatever zeros before it."""
    number = reference.lstrip("0")
    spellings = [number.zfill(length) for length in range(max(1, len(number)), MOST_DIGITS[REFERENCE] + 1)]
    used = select(ReferenceRow.id).where(
        ReferenceRow.credential_id == row.id, ReferenceRow.reference.in_(spellings)
    )
    return session.scalars(used).first() is not None
