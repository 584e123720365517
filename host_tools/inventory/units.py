"""Tokens by the unit that they are: what is known of a unit that shows itself with its unique id."""

from __future__ import annotations

from sqlalchemy import select

from host_tools.inventory.recording import token_of
from host_tools.inventory.rows import OURS, Token
from host_tools.inventory.schema import TokenRow
from host_tools.inventory.states import TokenState
from host_tools.inventory.store import Inventory


def tokens_of_unit(inventory: Inventory, uid: bytes) -> list[Token]:
    """Every token that this unit is or was, oldest first."""
    with inventory.reading() as session:
        query = select(TokenRow).where(TokenRow.uid == bytes(uid), TokenRow.manufacturer == OURS)
        return [token_of(row) for row in session.scalars(query.order_by(TokenRow.id))]


def tokens_in_doubt(inventory: Inventory) -> list[Token]:
    """Every token of which nobody knows whether it sealed, oldest first."""
    with inventory.reading() as session:
        query = select(TokenRow).where(TokenRow.state == TokenState.IN_DOUBT.value)
        return [token_of(row) for row in session.scalars(query.order_by(TokenRow.id))]
