"""Temporary passcodes: how they are made, what they are good for as time goes by, and when another may be issued.

A passcode is read out on the telephone, so it is compared as people type it (`reading.is_same`).
"""

from __future__ import annotations

import enum
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from host_tools.login.rules.code_errors import PasscodeTwiceError, ShapeError
from host_tools.login.rules.reading import check_alphabet
from host_tools.policy.kinds import DeviceKind

LENGTHS: Final = range(4, 33)


class Phase(enum.StrEnum):
    """What a passcode is good for: all that its device may do, or only to obtain the online card, or nothing."""

    FULL = "full"
    LIMITED = "limited"
    OVER = "over"


class Happening(enum.StrEnum):
    """What bears on whether a passcode may be issued."""

    PASSCODE_ISSUED = "passcode-issued"
    DEVICE_ACTIVATED = "device-activated"
    LOGIN_ANSWERED = "login-answered"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a user at `at`, with a device of this kind."""

    what: Happening
    device: DeviceKind
    at: datetime


def new_passcode(length: int, alphabet: str) -> bytearray:
    """A passcode by chance: `length` (4 to 32) ASCII characters of `alphabet`; the caller wipes it.

    Raises ShapeError.
    """
    if length not in LENGTHS:
        raise ShapeError("length", f"{LENGTHS[0]} to {LENGTHS[-1]}")
    check_alphabet(alphabet)
    letters = alphabet.encode("ascii")
    return bytearray(secrets.choice(letters) for _ in range(length))


def phase(issued_at: datetime, now: datetime, full: timedelta, limited: timedelta) -> Phase:
    """What a passcode is good for: `full` from when it was issued, and for `limited` after that.

    Before it was issued it is as at that moment: servers' clocks differ by a little, and what a clock that was set
    back means is judged elsewhere.
    """
    age = now - issued_at
    if age < full:
        return Phase.FULL
    return Phase.LIMITED if age < full + limited else Phase.OVER


def check_may_issue(history: Iterable[Event]) -> None:
    """Raise PasscodeTwiceError if a passcode issued now would be the second in a row (SECURE_LOGIN.md section 1).

    `history` are the user's events in the order in which they were recorded. Since the last passcode another device
    must have been activated or have answered a login: then the user had something else in hand than a word that was
    read out. Whether that passcode was used, withdrawn or is over plays no part, nor does a device that was ordered or
    shipped.
    """
    last: Event | None = None
    for event in history:
        if event.what is Happening.PASSCODE_ISSUED:
            last = event
        elif event.device is not DeviceKind.TEMPORARY_PASSCODE:
            last = None
    if last is not None:
        raise PasscodeTwiceError(last.at)
