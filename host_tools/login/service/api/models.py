"""The bodies of the API: what is taken, with its bounds, and what is given. Times are UTC (RFC 3339)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from host_tools.login.accounts import User
from host_tools.login.answering import Answered, PageAnswered
from host_tools.login.beginning import Asked
from host_tools.login.devices import Device, DeviceState, Method
from host_tools.login.service.api.texts import (
    Flag,
    Given,
    Label,
    Name,
    Number,
    Password,
    Phone,
    Serial,
    Taken,
    Typed,
)
from host_tools.policy.kinds import DeviceKind


class BeginLogin(Taken):
    """User name and password; without a password the caller has judged the first factor itself (scope `vouch`)."""

    user: Name
    password: Password | None = None
    device: Number | None = None


class Response(Taken):
    """What the user typed: a response, a code, two values of a card, a passcode."""

    response: Typed


class PageNumber(Taken):
    """What a token in mutual mode shows to be typed into the page."""

    number: Typed


class Demand(Given):
    """What the login page shows; `reference` goes with the answer, which is due until `expires_at`."""

    reference: str
    method: Method
    device: int
    kind: DeviceKind
    serial: str | None
    challenge: str | None
    indexes: tuple[int, int] | None
    sent_to: str | None
    expires_at: datetime

    @classmethod
    def of(cls, asked: Asked) -> Demand:
        """From the core's."""
        return cls(
            reference=asked.reference,
            method=asked.method,
            device=asked.device,
            kind=asked.kind,
            serial=asked.serial,
            challenge=asked.challenge,
            indexes=asked.indexes,
            sent_to=asked.sent_to,
            expires_at=asked.expires_at,
        )


class Page(Given):
    """`code` proves the page to the token; the challenge is typed after it."""

    code: str
    demand: Demand

    @classmethod
    def of(cls, answered: PageAnswered) -> Page:
        """From the core's."""
        return cls(code=answered.code, demand=Demand.of(answered.asked))


class Verdict(Given):
    """Whether the response was right, and with it the session. It does not tell by which PIN."""

    accepted: bool
    session: str | None
    expires_at: datetime | None
    limited: bool

    @classmethod
    def of(cls, answered: Answered) -> Verdict:
        """From the core's."""
        return cls(
            accepted=answered.accepted,
            session=answered.session,
            expires_at=answered.expires_at,
            limited=answered.is_limited,
        )


class NewUser(Taken):
    """A user to be added."""

    name: Name
    password: Password | None = None
    phone: Phone | None = None
    language: Annotated[str, Field(max_length=10, examples=["en"])] = "en"


class UserChange(Taken):
    """What is given is changed; null removes it."""

    password: Password | None = None
    phone: Phone | None = None


class UserShown(Given):
    """A user."""

    name: str
    has_password: bool
    phone: str | None
    language: str
    created_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, user: User) -> UserShown:
        """From the core's."""
        return cls(
            name=user.name,
            has_password=user.has_password,
            phone=user.phone,
            language=user.language,
            created_at=user.created_at,
            closed_at=user.closed_at,
        )


class NewDevice(Taken):
    """A token to be made the user's device: one credential of it, by id or label, if it has several."""

    serial: Serial
    credential: Label | None = None
    kind: DeviceKind | None = None
    active: Flag = False


class DeviceShown(Given):
    """A device of a user.

    `counter_unsure`: since a restore; no plain code of the token is judged until it is resynchronised.
    """

    id: int
    kind: DeviceKind
    state: DeviceState
    method: Method | None
    serial: str | None
    label: str | None
    counter_unsure: bool
    added_at: datetime
    activated_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, device: Device) -> DeviceShown:
        """From the core's."""
        token = device.token
        return cls(
            id=device.id,
            kind=device.kind,
            state=device.state,
            method=device.method,
            serial=None if token is None else token.serial,
            label=None if token is None else token.label,
            counter_unsure=token is not None and token.counter_unsure,
            added_at=device.added_at,
            activated_at=device.activated_at,
            expires_at=device.expires_at,
            ended_at=device.ended_at,
        )
