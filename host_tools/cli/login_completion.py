"""What shells complete for the login system's commands: users, their devices, and serials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer


def complete_user(incomplete: str) -> list[str]:
    """Names of users."""
    from host_tools.login.completions import user_names

    place = _database()
    return [] if place is None else _as_typed(user_names(place, incomplete), incomplete)


def complete_serial(incomplete: str) -> list[str]:
    """Serials of tokens."""
    from host_tools.login.completions import serials

    place = _database()
    return [] if place is None else _as_typed(serials(place, incomplete), incomplete)


def complete_device(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Numbers of the devices of the user who is on the line already, with their kind."""
    from host_tools.login.completions import device_numbers

    place, user = _database(), ctx.params.get("user")
    if place is None or not user:
        return []
    found = device_numbers(place, str(user))
    return [(str(number), kind) for number, kind in found if str(number).startswith(incomplete)]


def _as_typed(found: list[str], start: str) -> list[str]:
    """Shells, and Typer, drop what does not begin as it was typed; commands take either case."""
    return [start + one[len(start) :] for one in found]


def _database() -> Path | None:
    """The inventory's file; None if it is elsewhere, or nothing can be said."""
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.location import default_location

    try:
        place: Any = default_location().database
    except InventoryError:
        return None
    return place if isinstance(place, Path) else None
