"""What goes wrong between station and token."""

from __future__ import annotations

from collections.abc import Sequence


class StationError(Exception):
    """Base of the errors of this package."""


class TokenRefusedError(StationError):
    """The token answered with an error; `code` is its name, `reason` the token's words."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class OtherProtocolError(StationError):
    """The token speaks another version of the messages than this program's `spoken`; `reason` is the token's words."""

    def __init__(self, spoken: int, reason: str) -> None:
        super().__init__(
            f"{reason}: put the firmware of this program on it, or use a program that speaks the token's version"
        )
        self.spoken = spoken
        self.reason = reason


class BrokenEntropyError(StationError):
    """The token's source of random bits failed its health test, and it made no key; `reason` is the token's words."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{reason}; it makes none before it is switched off and on, and a board that fails again is broken"
        )
        self.reason = reason


class NoAnswerError(StationError):
    """The token did not answer in time; `waited_for` names the message."""

    def __init__(self, waited_for: str) -> None:
        super().__init__(f"the token did not answer with {waited_for}")
        self.waited_for = waited_for


class SilentUnitError(NoAnswerError):
    """The unit has not answered the first message; a sealed one never does."""

    def __str__(self) -> str:
        return "the unit does not answer: a blank token does, and says so on its display; a sealed one never does"


class UnexpectedAnswerError(StationError):
    """The token answered with another message; both are message numbers."""

    def __init__(self, wanted: int, got: int) -> None:
        super().__init__(f"the token answered with message {got} instead of {wanted}")
        self.wanted = wanted
        self.got = got


class GarbledAnswerError(StationError):
    """The token's answer arrived whole, but is not of the form that its message has."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the token's answer can't be read: {reason}")
        self.reason = reason


class WrongKeysError(StationError):
    """The token reports other keys than were ordered."""

    def __init__(self, serial: str) -> None:
        super().__init__(f"token {serial} reports keys that were not ordered, in number or length")
        self.serial = serial


class NotBlankError(StationError):
    """The token has a vault already; only a factory reset makes it blank."""

    def __init__(self) -> None:
        super().__init__(
            "the token is sealed already; a factory reset (CLR and D held while it is switched on) erases it, "
            "and makes it blank again"
        )


class LeftOverError(StationError):
    """The making of the token broke off before it was sealed, and its serial may be in doubt; `uid` is the board's."""

    def __init__(self, uid: bytes) -> None:
        super().__init__(
            f"the making of a token on board {uid.hex()} broke off before it was sealed: "
            "`picodsc station resolve` settles its serial"
        )
        self.uid = uid


class UnknownBoardError(StationError):
    """The token says that it is another `board` than those `allowed`."""

    def __init__(self, board: str, allowed: Sequence[str]) -> None:
        super().__init__(f"the token is on board {board!r}; here tokens are made on {', '.join(allowed)}")
        self.board = board
        self.allowed = list(allowed)


class SelfTestError(StationError):
    """The token does not say that its self-test has passed; `uid` is the board's."""

    def __init__(self, uid: bytes) -> None:
        super().__init__(
            f"the self-test of board {uid.hex()} has not passed since it was switched on; make no token of it"
        )
        self.uid = uid


class LeftInDoubtError(StationError):
    """The token was not made, and what was to go with it could not be removed; `reason` says what failed first."""

    def __init__(self, serial: str, reason: str) -> None:
        super().__init__(
            f"{reason}; token {serial} stays in the inventory, in doubt: `picodsc token forget {serial}` frees it"
        )
        self.serial = serial
        self.reason = reason


class SameLabelError(StationError):
    """Two credentials were to have one label; nobody could tell them apart."""

    def __init__(self, unlabelled: str) -> None:
        super().__init__(
            f"the labels of a token's credentials must differ; one without a label is called {unlabelled!r}"
        )
        self.unlabelled = unlabelled


class FailedProofError(StationError):
    """The sealed token answered the proof challenge wrongly: it does not hold the key that it reported."""

    def __init__(self, serial: str) -> None:
        super().__init__(f"token {serial} answered its first challenge wrongly; do not hand it out")
        self.serial = serial


class InDoubtError(StationError):
    """It broke off after the token was recorded: nobody knows whether it sealed; `reason` says what broke off."""

    def __init__(self, serial: str, reason: str) -> None:
        super().__init__(
            f"{reason}; token {serial} is in doubt. Plug the unit in again: if it is blank, provision it once more; if "
            f"it asks for a PIN, `picodsc station resolve {serial}` settles it"
        )
        self.serial = serial
        self.reason = reason


class UnitInUseError(StationError):
    """The unit says that it is one of which the inventory has a token; `serial` and `state` are that token's."""

    def __init__(self, serial: str, state: str) -> None:
        super().__init__(
            f"by its unique id this unit is token {serial}, which is {state} in the inventory, and yet it is blank; if "
            f"it was reset, `picodsc station resolve {serial} --port usb` says so to the inventory first"
        )
        self.serial = serial
        self.state = state


class OtherUnitError(StationError):
    """The unit on the port is not the token's; both ids are hexadecimal."""

    def __init__(self, serial: str, wanted: str, found: str) -> None:
        super().__init__(
            f"token {serial} is the unit {wanted or 'of another maker'}, and this one is {found}"
        )
        self.serial = serial
        self.wanted = wanted
        self.found = found


class SealedLetterError(StationError):
    """The token's PIN goes out by a letter that nobody has opened, so that nobody can type it here."""

    def __init__(self, serial: str) -> None:
        super().__init__(
            f"the PIN of token {serial} is for a letter, and nobody here is to know it: reset the unit (hold * and D "
            "for three seconds while it gets power, then type the four digits that it shows), and provision it again"
        )
        self.serial = serial


class NoUnitError(StationError):
    """No blank unit is on USB, or several are and none was named; `found` are the ports."""

    def __init__(self, found: Sequence[str]) -> None:
        what = (
            f"several boards are on USB ({', '.join(found)}): name one with --port"
            if found
            else (
                "no blank token is on USB. A blank one says so on its display; a Pico without the firmware gets it by "
                "`make flash`; a sealed token never shows itself on USB"
            )
        )
        super().__init__(what)
        self.found = tuple(found)


class OtherOrderError(StationError):
    """An order's serial or reference is that of a token which was made by another order."""

    def __init__(self, line: int, serial: str, reference: str | None, user: str | None) -> None:
        was = ", ".join(
            f"{name} {value!r}"
            for name, value in (("reference", reference), ("user", user))
            if value is not None
        )
        super().__init__(
            f"line {line}: its token would be {serial}, which was made by another order ({was or 'by hand'})"
        )
        self.line = line
        self.serial = serial
