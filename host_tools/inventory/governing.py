"""Changes of operators and policy: free until anything needs two operators, then by two operators themselves."""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from host_tools.inventory import four_eyes
from host_tools.inventory.asking import check_in_use
from host_tools.inventory.desk_errors import OperatorInUseError, TooFewOperatorsError
from host_tools.inventory.errors import FieldError, UnverifiableError
from host_tools.inventory.operators import Operator, operator_row
from host_tools.inventory.rows import Credential
from host_tools.inventory.schema import OperatorRow, PolicyRow
from host_tools.inventory.store import Inventory
from host_tools.inventory.token_rows import credential_row
from host_tools.inventory.verify import login_suite

LONGEST_NAME = 64  # characters
AT_LEAST = 2  # operators, while anything needs two


def add_operator(
    inventory: Inventory, name: str, serial: str, credential_id: bytes | str | None = None
) -> Operator:
    """This person is an operator from now on, with this token.

    The token answers plain challenges, and is nobody else's. Raises FieldError, OperatorInUseError, TokenStateError,
    UnverifiableError, OperatorsNeededError, and what `Inventory.credential` raises.
    """
    _check_name(name)
    credential = inventory.credential(serial, credential_id)
    if credential.server_id is not None or login_suite(credential).question_format != "N":
        raise UnverifiableError(
            credential.name, "an operator's token answers challenges of digits, without a page"
        )
    with inventory.writing() as session:
        check_in_use(credential_row(session, credential).token)
        taken = session.scalar(
            select(OperatorRow).where(or_(OperatorRow.name == name, OperatorRow.serial == serial))
        )
        if taken is not None:
            raise OperatorInUseError(taken.name, taken.serial)
        detail = addition_detail(name, credential)
        agreed = four_eyes.spend(inventory, session, four_eyes.OPERATOR_ADD, serial, detail)
        session.add(OperatorRow(name=name, serial=serial, credential_id=credential.id))
        inventory.note(session, "operator added", serial, **detail, **agreed)
    return Operator(name, serial, credential.id)


def addition_detail(name: str, credential: Credential) -> four_eyes.Details:
    """What two operators have to agree on, for one more of them: his name, and the credential that will be him."""
    return {"name": name, "credential": credential.name}


def remove_operator(inventory: Inventory, name: str) -> None:
    """He is none any more. Raises UnknownOperatorError, TooFewOperatorsError, OperatorsNeededError."""
    with inventory.writing() as session:
        row = operator_row(session, name)
        if four_eyes.is_needed(session, four_eyes.OPERATOR_REMOVE):
            _check_enough(_count(session) - 1)
        agreed = four_eyes.spend(inventory, session, four_eyes.OPERATOR_REMOVE, None, {"name": name})
        session.delete(row)
        inventory.note(session, "operator removed", row.serial, name=name, **agreed)


def turn_on(inventory: Inventory, action: str) -> None:
    """The action needs two operators from now on. Raises UnknownActionError, TooFewOperatorsError."""
    with inventory.writing() as session:
        if four_eyes.is_needed(session, action):
            return
        _check_enough(_count(session))
        session.add(PolicyRow(action=action))
        inventory.note(session, "two operators needed", action=action)


def turn_off(inventory: Inventory, action: str) -> None:
    """It does not any more, if two operators agree. Raises UnknownActionError, OperatorsNeededError."""
    with inventory.writing() as session:
        if not four_eyes.is_needed(session, action):
            return
        agreed = four_eyes.spend(inventory, session, four_eyes.POLICY_OFF, None, {"action": action})
        session.delete(session.get_one(PolicyRow, action))
        inventory.note(session, "one operator enough", None, action=action, **agreed)


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or "," in name or name != name.strip():
        raise FieldError(
            "name",
            f"an operator's name has 1 to {LONGEST_NAME} printable characters, no comma, no space at its ends",
        )


def _check_enough(count: int) -> None:
    if count < AT_LEAST:
        raise TooFewOperatorsError(count)


def _count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(OperatorRow)) or 0
