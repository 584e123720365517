"""The kinds of devices that make a second factor (SECURE_LOGIN.md section 1)."""

from __future__ import annotations

import enum


class DeviceKind(enum.StrEnum):
    """What a user answers a login with."""

    DSC_PLUS = "dsc+"
    DSC = "dsc"
    PLATINUM = "platinum"
    GOLD = "gold"
    ALPINE = "alpine"
    SECURITY_CODE_CARD = "security-code-card"
    ONLINE_SECURITY_CODE_CARD = "online-security-code-card"
    TEMPORARY_PASSCODE = "temporary-passcode"
    IB_KEY = "ib-key"
    SMS = "sms"

    @property
    def is_temporary(self) -> bool:
        """Whether it only bridges the time until another device."""
        return self in (
            DeviceKind.ONLINE_SECURITY_CODE_CARD,
            DeviceKind.TEMPORARY_PASSCODE,
            DeviceKind.SMS,
        )
