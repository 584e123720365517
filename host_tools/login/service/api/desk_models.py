"""The bodies of what the help desk does, of cards and of activations. Times are UTC (RFC 3339)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from host_tools.login.activating import Activated
from host_tools.login.issuing import IssuedCard, IssuedPasscode
from host_tools.login.service.api.texts import WHOLE, Flag, Given, Identification, Name, Number, Taken, Typed


class Identified(Taken):
    """A user was identified."""

    identified_by: Identification


class Lifted(Given):
    """Whether there was a block, of the user or of a device of his."""

    lifted: bool


class NewUnlockCode(Taken):
    """Which unlock code is wanted: `n` is what the token's screen shows; of several tokens, `device` says which.

    `again` gives the last one once more; `ahead` one that is not the next, if the inventory was restored since.
    """

    n: Annotated[int, Field(ge=1, le=9999), WHOLE]
    identified_by: Identification
    device: Number | None = None
    again: Flag = False
    ahead: Flag = False


class UnlockCode(Given):
    """16 digits for the token's keypad."""

    code: str


class TwoCodes(Taken):
    """Two codes that the user's token has shown in a row; `device` is needed if there are several tokens."""

    first: Typed
    second: Typed
    device: Number | None = None


class Ended(Given):
    """How many sessions there were."""

    sessions: int


class Passcode(Given):
    """A temporary passcode, to be read out; nobody can be told it again.

    `lifted` is whether there was a block; until `locked_until` it opens nothing.
    """

    passcode: str
    lifted: bool
    locked_until: datetime | None

    @classmethod
    def of(cls, issued: IssuedPasscode) -> Passcode:
        """From the core's, which the caller wipes."""
        return cls(passcode=issued.code.decode(), lifted=issued.lifted, locked_until=issued.locked_until)


class NewCard(Taken):
    """Which card: the online one, which expires, or the one that is printed and sent."""

    online: Flag


class CardShown(Given):
    """A code card, whose codes are told this once: the first one is number 1. `serial` is what it is called."""

    device: int
    serial: str
    issued_at: datetime
    expires_at: datetime | None
    codes: list[str]

    @classmethod
    def of(cls, card: IssuedCard) -> CardShown:
        """From the core's, whose codes the caller wipes."""
        return cls(
            device=card.device.id,
            serial=card.serial,
            issued_at=card.issued_at,
            expires_at=card.expires_at,
            codes=[code.decode() for code in card.codes],
        )


class DeviceOfSession(Taken):
    """A device of the session's user."""

    device: Number


class DeviceOfUser(Taken):
    """A device of a user who was identified."""

    user: Name
    device: Number


class CallerOfDesk(Taken):
    """Who telephones; `device` is needed where he has several tokens that answer challenges."""

    user: Name
    device: Number | None = None


class Activation(Given):
    """Whether the answer was right, and the device is active."""

    accepted: bool
    device: int

    @classmethod
    def of(cls, activated: Activated) -> Activation:
        """From the core's."""
        return cls(accepted=activated.accepted, device=activated.device)
