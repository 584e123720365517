"""What a station writes down of a token that it made: who, what and when, and nothing secret."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from host_tools.inventory import Credential, Token

Firmware = Literal["as the token says", "written and read back"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A made token. `firmware` is what is known of its flash; `left_usb` whether it was seen to leave USB for good."""

    token: Token
    credentials: tuple[Credential, ...]
    firmware: Firmware
    letter: bool
    left_usb: bool
    audit_head: str

    def as_object(self) -> dict[str, Any]:
        """For JSON. Times are UTC, ISO 8601."""
        token = self.token
        return {
            "serial": token.serial,
            "state": token.state.value,
            "user": token.user,
            "reference": token.reference,
            "board": token.board,
            "uid": token.uid.hex(),
            "firmware": token.firmware_version,
            "build": token.build,
            "firmware_is": self.firmware,
            "mode": token.mode,
            "recorded_at": token.created_at.isoformat(),
            "sealed_at": None if token.sealed_at is None else token.sealed_at.isoformat(),
            "credentials": [
                {
                    "id": one.id.hex(),
                    "label": one.label,
                    "kind": one.kind,
                    "login": one.login_suite,
                    "sign": one.sign_suite,
                    "server": one.server_suite,
                }
                for one in self.credentials
            ],
            "letter": self.letter,
            "left_usb": self.left_usb,
            "audit_head": self.audit_head,
        }

    def as_json(self) -> str:
        """One line."""
        return json.dumps(self.as_object(), ensure_ascii=False)
