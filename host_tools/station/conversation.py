"""The station's side of making a token: one method a message, over any unit's link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from dsc.crypto.memory import wipe
from dsc.protocol import messages, orders
from dsc.protocol.errors import MessageError
from dsc.protocol.frames import FrameReader, encode_frame
from host_tools.station.errors import (
    BrokenEntropyError,
    GarbledAnswerError,
    NoAnswerError,
    SilentUnitError,
    TokenRefusedError,
    UnexpectedAnswerError,
)
from host_tools.station.units import Link

T = TypeVar("T")
STEP_MS: Final = 20
ENTROPY_ERROR: Final = "EntropyError"  # the token's name for it
PATIENCE_MS: Final = 20_000  # a real board stretches the PIN for about a second


class Conversation:
    """Frames to and from a token in its factory state."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._reader = FrameReader()

    def identify(self) -> messages.Identity:
        """Ask the token who it is; its word proves nothing. Raises SilentUnitError if it is none that answers."""
        try:
            payload = self._ask(messages.HELLO, messages.encode_hello(), messages.IDENTITY)
        except NoAnswerError as error:
            raise SilentUnitError(error.waited_for) from None
        return _read(messages.decode_identity, payload)

    def provision(self, order: orders.Provision) -> tuple[list[orders.KeySet], bytearray]:
        """Send the order; the token draws its secrets, and reports each credential's keys and the unlock secret.

        The latter is empty in soft mode. The caller wipes both.
        """
        request = orders.encode_provision(order)
        answer = self._ask(messages.PROVISION, request, messages.KEYS)
        try:
            return _read(orders.decode_keys, answer)
        finally:
            wipe(answer)

    def commit(self) -> None:
        """Let the token write and seal. From here on it may exist."""
        self._ask(messages.COMMIT, bytearray(), messages.SEALED)

    def prove(self, credential_id: bytes, question: str) -> str:
        """Let the sealed token answer a challenge; a plain code is the answer to an empty one."""
        payload = self._ask(messages.PROVE, messages.encode_prove(credential_id, question), messages.PROOF)
        return _read(messages.decode_proof, payload)

    def reset(self) -> None:
        """Let the token forget the PIN and restart into its application."""
        self._ask(messages.RESET, bytearray(), messages.BYE)

    def _ask(self, kind: int, payload: bytearray, wanted: int) -> bytearray:
        """Send one message and wait for the payload of its answer.

        What was sent is overwritten, and so is all else that arrives: any of it may hold keys.
        Raises TokenRefusedError, BrokenEntropyError, UnexpectedAnswerError, GarbledAnswerError, NoAnswerError.
        """
        frame = encode_frame(kind, payload)
        try:
            self._link.link_send(bytes(frame))
        finally:
            wipe(frame, payload)
        try:
            for _ in range(PATIENCE_MS // STEP_MS):
                self._link.run(STEP_MS)
                frames = self._reader.feed(self._link.link_receive())
                if frames:
                    return _wanted(wanted, frames)
            raise NoAnswerError(_NAMES[wanted])
        finally:
            self._reader.wipe()


_NAMES: Final = {
    messages.IDENTITY: "IDENTITY",
    messages.KEYS: "KEYS",
    messages.SEALED: "SEALED",
    messages.PROOF: "PROOF",
    messages.BYE: "BYE",
}


def _wanted(wanted: int, frames: list[tuple[int, bytearray]]) -> bytearray:
    """The payload of the first frame, if it is of the wanted kind; everything else is overwritten."""
    (got, answer), *others = frames
    wipe(*(payload for _, payload in others))
    if got == wanted:
        return answer
    try:
        if got == messages.ERROR:
            code, reason = _read(messages.decode_error, answer)
            if code == ENTROPY_ERROR:
                raise BrokenEntropyError(reason)
            raise TokenRefusedError(code, reason)
        raise UnexpectedAnswerError(wanted, got)
    finally:
        wipe(answer)


def _read(decode: Callable[[bytearray], T], payload: bytearray) -> T:
    try:
        return decode(payload)
    except MessageError as error:
        raise GarbledAnswerError(str(error)) from error


def key_length(algorithm: str) -> int:
    """Bytes of a new key for a suite's hash: as long as the digest (RFC 4226 section 4, RFC 2104 section 3)."""
    return {"SHA1": 20, "SHA256": 32, "SHA512": 64}[algorithm]


def wipe_keys(keys: Sequence[orders.KeySet], unlock_secret: bytearray | None = None) -> None:
    """Overwrite what `provision` returned."""
    for each in keys:
        each.wipe()
    wipe(unlock_secret)
