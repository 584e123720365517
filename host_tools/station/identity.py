"""Judges what a token says of itself: whether a station may make it, and what is another than here.

A token's own word proves nothing: other firmware can say the same, and will where somebody planted it. This is against
mistakes, such as another board on the desk, an old image, a token that is somebody's already. What is really in a
board's flash, its boot ROM reads (`make flash-check`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, Self

from dsc.protocol import messages
from dsc.protocol.messages import Identity
from dsc.version import VERSION
from host_tools.device.image_file import Image
from host_tools.station.errors import LeftOverError, NotBlankError, SelfTestError, UnknownBoardError

PROGRAM: Final = "this program"
IMAGE: Final = "the image at hand"
REAL_BOARDS: Final = ("pico",)  # whose image has run


@dataclass(frozen=True)
class Expected:
    """What a blank token should say: its board, one of `boards`, and version and build, each None where not known."""

    boards: tuple[str, ...] = REAL_BOARDS
    version: str | None = None
    build: str | None = None

    @classmethod
    def of(cls, image: Image) -> Self:
        """What a board with this image says; an image without a mark says nothing but that it is for a Pico."""
        mark = image.mark
        return cls() if mark is None else cls((mark.board,), mark.version, mark.build)


@dataclass(frozen=True)
class Difference:
    """What a token says and what it is `here`, which is at PROGRAM or IMAGE; to be told, and no reason to refuse it.

    `what` is "version" or "build"; `told` is empty if the token says no build.
    """

    what: str
    told: str
    here: str
    where: str

    def __str__(self) -> str:
        if not self.told:
            return f"the token tells no {self.what}; that of {self.where} is {self.here}"
        order = _order(self.told, self.here) if self.what == "version" else "another"
        return f"the token's {self.what} is {self.told}, {order} than {self.here} of {self.where}"


def check(identity: Identity, boards: Collection[str] = REAL_BOARDS, *, left_over: bool = False) -> None:
    """Refuse a token that no station should make, by its own word, which proves nothing.

    `left_over` allows one whose making broke off before it was sealed, for a station that knows which it was.
    Raises UnknownBoardError, NotBlankError, LeftOverError, SelfTestError.
    """
    if identity.board not in boards:
        raise UnknownBoardError(identity.board, sorted(boards))
    if identity.vault == messages.VAULT_SEALED:
        raise NotBlankError
    if identity.vault == messages.VAULT_UNSEALED and not left_over:
        raise LeftOverError(bytes(identity.uid))
    if not identity.flags & messages.SELF_TEST_PASSED:
        raise SelfTestError(bytes(identity.uid))


def differences(identity: Identity, expected: Expected) -> list[Difference]:
    """What a station should tell its operator before it makes this token: other versions and builds than here."""
    return list(_differences(identity, expected))


def _differences(identity: Identity, expected: Expected) -> Iterator[Difference]:
    if identity.version != VERSION:
        yield Difference("version", identity.version, VERSION, PROGRAM)
    if expected.version not in (None, VERSION, identity.version):
        yield Difference("version", identity.version, expected.version, IMAGE)
    if expected.build not in (None, identity.build):
        yield Difference("build", identity.build, expected.build, IMAGE)


def _order(version: str, other: str) -> str:
    """ "older", "newer", or "another" where a version is no numbers with dots between."""
    parts = [one.split(".") for one in (version, other)]
    if not all(part.isdecimal() and part.isascii() for one in parts for part in one):
        return "another"
    mine, its = ([int(part) for part in one] for one in parts)
    return "older" if mine < its else "newer"
