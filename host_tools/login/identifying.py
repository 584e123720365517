"""A user was identified: what blocks him and his devices is lifted. A lock for a day goes on."""

from __future__ import annotations

from host_tools.inventory import failures
from host_tools.inventory.schema import CredentialRow
from host_tools.login import standing
from host_tools.login.accounts import User
from host_tools.login.devices import Device, devices_in
from host_tools.login.system import Work


def lift_blocks(work: Work, user: User, identified_by: str) -> bool:
    """Blocks of the user and of his devices end; if there were any. Fewer failures go on to count without one.

    The audit log is told that he was identified, and how.
    """
    # He is told apart from others who share a token of his: its own block is lifted for all of them.
    devices = devices_in(work, user.id)
    blocked = any(standing_of(work, user, one).blocked for one in (None, *devices))
    if blocked:
        standing.identified(work, user.id)
    for part in {one.token.row: one.token for one in devices if one.token is not None}.values():
        row = work.session.get_one(CredentialRow, part.row)
        blocked |= failures.lift(work.inventory, work.session, row, work.now)
    work.note("user identified", user=user.name, by=identified_by)
    return blocked


def standing_of(work: Work, user: User, device: Device | None = None) -> standing.Standing:
    """How the login of the user stands, by this device or by himself alone."""
    found, expired = standing.counting(work, user.id, device)
    return standing.standing(found, expired, user.id, device, work.now, work.rules.failures)
