"""Which of a user's devices end as soon as another one is active (SECURE_LOGIN.md section 4: it is mandatory then)."""

from __future__ import annotations

from typing import Final

from host_tools.policy.kinds import DeviceKind

CARDS: Final = (DeviceKind.SECURITY_CODE_CARD, DeviceKind.ONLINE_SECURITY_CODE_CARD)


def replaces(kind: DeviceKind, other: DeviceKind, *, other_is_ready: bool) -> bool:
    """Whether a device of this kind, once active, ends the other one; `other_is_ready`: it was not activated yet.

    What stays ends all that only bridges the time until then. A card ends the cards before it, but none that is still
    on its way, and the passcode by which it was obtained. A user has one passcode, and one number for text messages.
    """
    if other.is_temporary and not kind.is_temporary:
        return True
    if kind in CARDS:
        before = other in CARDS and (other.is_temporary or not other_is_ready)
        return before or other is DeviceKind.TEMPORARY_PASSCODE
    return kind is other and kind.is_temporary
