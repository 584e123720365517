"""What a login by privacyIDEA's interface comes to, and the port by which the core is asked for it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Protocol

from host_tools.policy.kinds import DeviceKind

# The right, in privacyIDEA's words, to start a login whose first factor the caller has checked itself.
TRIGGER = "triggerchallenge"

_TYPES = {
    DeviceKind.DSC_PLUS: "ocra",
    DeviceKind.PLATINUM: "ocra",
    DeviceKind.GOLD: "ocra",
    DeviceKind.DSC: "hotp",
    DeviceKind.ALPINE: "hotp",
    DeviceKind.SECURITY_CODE_CARD: "indexedsecret",
    DeviceKind.ONLINE_SECURITY_CODE_CARD: "indexedsecret",
    DeviceKind.TEMPORARY_PASSCODE: "registration",
    DeviceKind.IB_KEY: "push",
    DeviceKind.SMS: "sms",
}


class Way(enum.StrEnum):
    """How a challenge is answered, in privacyIDEA's words (its `client_mode`)."""

    TYPED = "interactive"
    CONFIRMED_ELSEWHERE = "poll"


class Progress(enum.StrEnum):
    """How far a transaction is that is confirmed elsewhere, in privacyIDEA's words (its `challenge_status`)."""

    PENDING = "pending"
    ANSWERED = "accept"
    DECLINED = "declined"


@dataclass(frozen=True)
class Source:
    """Where a request comes from: the address of the connection, and whom the caller says it asks for.

    `claimed` is the caller's word alone: good for the log, for limits only if the caller is trusted.
    """

    address: str
    claimed: str = ""
    agent: str = ""


@dataclass(frozen=True)
class Check:
    """A step of a login: with a transaction the answer to it, else the password, or password and code in one."""

    user: str
    secret: bytearray = field(repr=False)
    transaction: str = ""
    realm: str = ""


@dataclass(frozen=True)
class Prompt:
    """What a user is asked: by which device, in which words. `question` is the bare challenge, if there is one."""

    device: DeviceKind
    serial: str
    message: str
    question: str = ""
    way: Way = Way.TYPED

    @property
    def type(self) -> str:
        """The type of token as which privacyIDEA's clients take the device.

        They look for `push` and poll then; the phone's challenge that is typed is no push.
        """
        if self.device is DeviceKind.IB_KEY and self.way is Way.TYPED:
            return "ocra"
        return _TYPES[self.device]


@dataclass(frozen=True)
class Accepted:
    """The user is who he says, by the device of this serial (empty: a device without one)."""

    serial: str = ""


@dataclass(frozen=True)
class Rejected:
    """The user is not let in. The reason is in our audit log, and is not the caller's."""


@dataclass(frozen=True)
class Challenged:
    """The first factor is right, and the second is asked for: the answer comes with this transaction."""

    transaction: str
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True)
class Issued:
    """A token for later requests; `rights` are those of the API key."""

    token: str = field(repr=False)
    name: str
    rights: tuple[str, ...]


Outcome = Accepted | Rejected | Challenged


class Checks(Protocol):
    """What the core does for foreign clients. It may block; the secrets are wiped by who calls."""

    def check(self, asked: Check, source: Source) -> Outcome:
        """Take a step of a login. An unknown user is a `Rejected` that took as long as a wrong password."""
        ...

    def trigger(self, user: str, caller: str, source: Source) -> Challenged | Rejected:
        """Start a login whose first factor the caller, an API key with that right, vouches for."""
        ...

    def progress(self, transaction: str, source: Source) -> Progress:
        """How far a transaction is; one that nobody knows is pending too."""
        ...

    def authenticate(self, name: str, secret: bytearray, source: Source) -> Issued:
        """A token for an API key. Raises CredentialsRefusedError."""
        ...

    def caller(self, token: str, right: str) -> str:
        """The name of the API key behind a token, which has the right. Raises CallerError's kinds."""
        ...
