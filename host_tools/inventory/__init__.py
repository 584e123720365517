"""The inventory: the one home of tokens, credentials, device keys and issued challenges."""

from host_tools.inventory.location import Location, default_location
from host_tools.inventory.rows import Credential, NewCredential, Token
from host_tools.inventory.states import TokenState
from host_tools.inventory.store import Inventory

__all__ = [
    "Credential",
    "Inventory",
    "Location",
    "NewCredential",
    "Token",
    "TokenState",
    "default_location",
]
