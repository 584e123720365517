"""Where a token stands in its life, and which way it may go from there."""

from __future__ import annotations

import enum
from typing import Final


class TokenState(enum.StrEnum):
    """Where a token stands.

    Blank: no unit holds keys under this serial. In doubt: recorded before it was told to seal. Sealed: it has proved
    itself. Assigned: it belongs to a user. Shipped: it is on its way to the user, or there. Returned: it came back.
    Destroyed: for good; nothing of its keys is left.
    """

    BLANK = "blank"
    IN_DOUBT = "in_doubt"
    SEALED = "sealed"
    ASSIGNED = "assigned"
    SHIPPED = "shipped"
    RETURNED = "returned"
    DESTROYED = "destroyed"

    @property
    def words(self) -> str:
        """For people."""
        return self.value.replace("_", " ")


# A token that came back opens with a PIN that somebody else knows: nobody gets it before it was made blank.
NEXT: Final[dict[TokenState, tuple[TokenState, ...]]] = {
    TokenState.BLANK: (TokenState.IN_DOUBT, TokenState.DESTROYED),
    TokenState.IN_DOUBT: (TokenState.SEALED, TokenState.BLANK, TokenState.DESTROYED),
    TokenState.SEALED: (TokenState.ASSIGNED, TokenState.BLANK, TokenState.DESTROYED),
    TokenState.ASSIGNED: (TokenState.SHIPPED, TokenState.SEALED, TokenState.RETURNED, TokenState.DESTROYED),
    TokenState.SHIPPED: (TokenState.RETURNED, TokenState.DESTROYED),
    TokenState.RETURNED: (TokenState.BLANK, TokenState.DESTROYED),
    TokenState.DESTROYED: (),
}
# In these the inventory has no keys of the token.
KEYLESS: Final = frozenset({TokenState.BLANK, TokenState.DESTROYED})


def before(state: TokenState) -> tuple[TokenState, ...]:
    """The states from which a token comes to this one."""
    return tuple(start for start, ends in NEXT.items() if state in ends)
